import type { PduFields } from '../../src/wire/smpp/pdus.ts';
import { EXAMPLE_ID, type ExamplesOf, handset, otherHandset, plain, shortCode } from './example-fields.ts';

const handling = {
  esm_class: 0,
  protocol_id: 0,
  priority_flag: 0,
  schedule_delivery_time: '',
  validity_period: '',
  registered_delivery: 1,
  replace_if_present_flag: 0,
  data_coding: 0,
  sm_default_msg_id: 0,
  short_message: Buffer.from('Your table is ready'),
};

const message: PduFields<'submit_sm'> = { service_type: '', ...shortCode, ...handset, ...handling };
const toMany = { service_type: '', ...shortCode, ...handling };

const fromHandset: PduFields<'deliver_sm'> = {
  ...message,
  source_addr: '12025550143',
  source_addr_ton: 1,
  source_addr_npi: 1,
  destination_addr: '72345',
  registered_delivery: 0,
};

const data: PduFields<'data_sm'> = {
  service_type: '',
  ...shortCode,
  ...handset,
  esm_class: 0,
  registered_delivery: 1,
  data_coding: 0,
};

const NO_OCTETS = Buffer.alloc(0);
const longest = {
  service_type: 'WAPPP',
  source_addr_ton: 5,
  source_addr: 'Aa0123456789aA012345',
  destination_addr: '44770090000044770090',
  priority_flag: 3,
  schedule_delivery_time: '260101120000000+',
  validity_period: '000007000000000R',
  short_message: Buffer.alloc(254, 'x'),
};
const RECEIPT = `id:${EXAMPLE_ID} sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:DELIVRD err:000 text:`;

/** Everyone who may stand in one submit_multi: 253 handsets and a list. */
const everybody: PduFields<'submit_multi'>['dest_address'] = [
  ...Array.from({ length: 253 }, (_, index) => ({
    dest_flag: 1 as const,
    ...handset,
    destination_addr: `120255501${String(index % 100).padStart(2, '0')}`,
  })),
  { dest_flag: 2, dl_name: 'x'.repeat(20) },
];

/** PDUs that carry a message, and their answers. */
export const messageExamples: ExamplesOf<
  | 'submit_sm'
  | 'submit_sm_resp'
  | 'submit_multi'
  | 'submit_multi_resp'
  | 'deliver_sm'
  | 'deliver_sm_resp'
  | 'data_sm'
  | 'data_sm_resp'
> = {
  submit_sm: [
    { ...plain, title: 'a plain message', fields: message },
    { ...plain, title: 'every field at its longest', sequence: 0x7ffffffe, fields: { ...message, ...longest } },
    {
      ...plain,
      title: 'a message with its flags set',
      fields: {
        ...message,
        esm_class: 0x8b,
        protocol_id: 0x41,
        registered_delivery: 0x1d,
        replace_if_present_flag: 1,
        data_coding: 0xf1,
        sm_default_msg_id: 0,
      },
    },
    {
      ...plain,
      title: 'a predefined message',
      fields: { ...message, sm_default_msg_id: 7, short_message: NO_OCTETS },
    },
    {
      ...plain,
      title: 'a segment with a user data header',
      fields: {
        ...message,
        esm_class: 0x40,
        data_coding: 8,
        short_message: Buffer.from('0500032a0201041f04400438043204350442', 'hex'),
      },
    },
    {
      ...plain,
      title: 'a message whose text is a payload',
      fields: { ...message, short_message: NO_OCTETS },
      tlvs: { user_message_reference: 7, message_payload: Buffer.alloc(300, 'long ') },
    },
    {
      ...plain,
      title: 'a segment numbered by TLVs',
      fields: message,
      tlvs: { sar_msg_ref_num: 0x1234, sar_total_segments: 2, sar_segment_seqnum: 1, qos_time_to_live: 3600 },
    },
    {
      ...plain,
      title: 'a message with TLVs of a vendor',
      fields: message,
      tlvs: {
        user_message_reference: 1,
        unknown: [
          { tag: 0x1400, value: Buffer.from('vendor') },
          { tag: 0x3fff, value: NO_OCTETS },
          { tag: 0x1400, value: Buffer.from('again') },
        ],
      },
    },
    {
      ...plain,
      title: 'a message with numbers to call back',
      fields: message,
      tlvs: {
        callback_num: [Buffer.from('\x01\x01\x0112025550143'), Buffer.from('\x01\x01\x01447700900123')],
        callback_num_pres_ind: [0x05, 0x01],
        callback_num_atag: [Buffer.from('\x00Front desk'), Buffer.from('\x00Box office')],
      },
    },
  ],
  submit_sm_resp: [
    { ...plain, title: 'an accepted message', fields: { message_id: EXAMPLE_ID } },
    { ...plain, title: 'an accepted message with the longest id', fields: { message_id: 'f'.repeat(64) } },
    { ...plain, title: 'a refused message', status: 0x58, sequence: 9, fields: { message_id: '' } },
    {
      ...plain,
      title: 'an accepted message of a busy SMSC',
      fields: { message_id: EXAMPLE_ID },
      tlvs: { congestion_state: 90 },
    },
    {
      ...plain,
      title: 'a refused message of a congested SMSC',
      status: 0x58,
      fields: { message_id: '' },
      tlvs: { congestion_state: 99 },
    },
  ],
  submit_multi: [
    {
      ...plain,
      title: 'a message to two handsets and a list',
      fields: {
        ...toMany,
        dest_address: [
          { dest_flag: 1, ...handset },
          { dest_flag: 2, dl_name: 'harbour masters' },
          { dest_flag: 1, ...otherHandset },
        ],
      },
    },
    { ...plain, title: 'a message to as many as may be', fields: { ...toMany, dest_address: everybody } },
    {
      ...plain,
      title: 'a payload to a list',
      fields: { ...toMany, short_message: NO_OCTETS, dest_address: [{ dest_flag: 2, dl_name: 'x' }] },
      tlvs: { message_payload: Buffer.from('All ferries leave at nine') },
    },
  ],
  submit_multi_resp: [
    { ...plain, title: 'a message taken for all', fields: { message_id: EXAMPLE_ID, unsuccess_sme: [] } },
    {
      ...plain,
      title: 'a message taken for some',
      fields: {
        message_id: EXAMPLE_ID,
        unsuccess_sme: [
          { ...handset, error_status_code: 0x0b },
          { ...otherHandset, error_status_code: 0x58 },
        ],
      },
    },
    { ...plain, title: 'a message taken for none', status: 0x33, fields: { message_id: '', unsuccess_sme: [] } },
  ],
  deliver_sm: [
    { ...plain, title: 'a message from a handset', fields: fromHandset },
    {
      ...plain,
      title: 'a delivery receipt',
      fields: { ...fromHandset, esm_class: 4, short_message: Buffer.from(RECEIPT) },
      tlvs: { receipted_message_id: EXAMPLE_ID, message_state: 2, network_error_code: Buffer.from([3, 0, 0]) },
    },
    {
      ...plain,
      title: 'an intermediate notification',
      fields: { ...fromHandset, esm_class: 0x20, short_message: NO_OCTETS },
      tlvs: { receipted_message_id: EXAMPLE_ID, message_state: 1 },
    },
  ],
  deliver_sm_resp: [
    { ...plain, title: 'an answered receipt', fields: { message_id: '' } },
    {
      ...plain,
      title: 'an application that cannot take it now',
      status: 0x64,
      fields: { message_id: '' },
      tlvs: { delivery_failure_reason: 2, network_error_code: Buffer.from([3, 0, 22]) },
    },
  ],
  data_sm: [
    {
      ...plain,
      title: 'a message as data',
      fields: data,
      tlvs: { message_payload: Buffer.from('Your table is ready') },
    },
    {
      ...plain,
      title: 'data with addresses at their longest',
      fields: { ...data, service_type: 'WAPPP', source_addr: 's'.repeat(64), destination_addr: 'd'.repeat(64) },
      tlvs: { source_port: 5000, destination_port: 5001, message_payload: Buffer.alloc(1000, 'x') },
    },
    {
      ...plain,
      title: 'data of SMPP 3.4: an alert without a value, a validity of one octet',
      fields: data,
      tlvs: { alert_on_message_delivery: NO_OCTETS, ms_validity: Buffer.from([2]) },
    },
    {
      ...plain,
      title: 'a receipt as data',
      fields: { ...data, esm_class: 4, registered_delivery: 0 },
      tlvs: { receipted_message_id: EXAMPLE_ID, message_state: 8 },
    },
  ],
  data_sm_resp: [
    { ...plain, title: 'accepted data', fields: { message_id: EXAMPLE_ID } },
    {
      ...plain,
      title: 'data that could not be delivered',
      status: 0xfe,
      fields: { message_id: '' },
      tlvs: { delivery_failure_reason: 1, additional_status_info_text: 'handset is off' },
    },
  ],
};
