import type { CommandName } from '../../src/wire/smpp/commands.ts';
import type { PduFields } from '../../src/wire/smpp/pdus.ts';
import type { Tlvs } from '../../src/wire/smpp/tlvs.ts';

/** Example PDUs: they feed the round trip, the reader in place, the broken-input tests and the referee. */
export type ExamplePdu = {
  [Name in CommandName]: {
    readonly title: string;
    readonly command: Name;
    readonly status: number;
    readonly sequence: number;
    readonly fields: PduFields<Name>;
    readonly tlvs: Tlvs;
  };
}[CommandName];

const bind: PduFields<'bind_transceiver'> = {
  system_id: 'fortress',
  password: 'drawbrid',
  system_type: 'gateway',
  interface_version: 0x34,
  addr_ton: 1,
  addr_npi: 1,
  address_range: '^1202555',
};

const message: PduFields<'submit_sm'> = {
  service_type: '',
  source_addr_ton: 3,
  source_addr_npi: 0,
  source_addr: '72345',
  dest_addr_ton: 1,
  dest_addr_npi: 1,
  destination_addr: '12025550143',
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

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const RECEIPT = `id:${ID} sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:DELIVRD err:000 text:`;
const plain = { status: 0, sequence: 1, tlvs: {} };
const empty = { ...plain, fields: {} };

export const examplePdus: readonly ExamplePdu[] = [
  { ...plain, title: 'bind as receiver', command: 'bind_receiver', fields: bind },
  {
    ...plain,
    title: 'bound as receiver',
    command: 'bind_receiver_resp',
    fields: { system_id: 'sallyport' },
    tlvs: { sc_interface_version: 0x34 },
  },
  { ...plain, title: 'bind as transmitter', command: 'bind_transmitter', fields: { ...bind, address_range: '' } },
  { ...plain, title: 'bound as transmitter', command: 'bind_transmitter_resp', fields: { system_id: '' } },
  { ...plain, title: 'bind as transceiver', command: 'bind_transceiver', sequence: 0x7fffffff, fields: bind },
  {
    ...plain,
    title: 'bound as transceiver',
    command: 'bind_transceiver_resp',
    fields: { system_id: 'sallyport' },
    tlvs: { sc_interface_version: 0x34 },
  },
  {
    ...plain,
    title: 'refused bind without a body',
    command: 'bind_transceiver_resp',
    status: 0x0e,
    fields: { system_id: '' },
  },
  { ...plain, title: 'a plain message', command: 'submit_sm', fields: message },
  {
    ...plain,
    title: 'every field at its longest',
    command: 'submit_sm',
    sequence: 0x7ffffffe,
    fields: {
      ...message,
      service_type: 'WAPPP',
      source_addr_ton: 5,
      source_addr: 'Aa0123456789aA012345',
      destination_addr: '44770090000044770090',
      priority_flag: 3,
      schedule_delivery_time: '260101120000000+',
      validity_period: '000007000000000R',
      short_message: Buffer.alloc(254, 'x'),
    },
  },
  {
    ...plain,
    title: 'a segment with a user data header',
    command: 'submit_sm',
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
    command: 'submit_sm',
    fields: { ...message, short_message: Buffer.alloc(0) },
    tlvs: { user_message_reference: 7, message_payload: Buffer.alloc(300, 'long ') },
  },
  {
    ...plain,
    title: 'a segment numbered by TLVs',
    command: 'submit_sm',
    fields: message,
    tlvs: { sar_msg_ref_num: 0x1234, sar_total_segments: 2, sar_segment_seqnum: 1, qos_time_to_live: 3600 },
  },
  {
    ...plain,
    title: 'a message with a TLV of a vendor',
    command: 'submit_sm',
    fields: message,
    tlvs: { unknown: [{ tag: 0x1400, value: Buffer.from('vendor') }] },
  },
  { ...plain, title: 'an accepted message', command: 'submit_sm_resp', fields: { message_id: ID } },
  {
    ...plain,
    title: 'a refused message',
    command: 'submit_sm_resp',
    status: 0x58,
    sequence: 9,
    fields: { message_id: '' },
  },
  {
    ...plain,
    title: 'a delivery receipt',
    command: 'deliver_sm',
    fields: {
      ...message,
      source_addr: '12025550143',
      source_addr_ton: 1,
      source_addr_npi: 1,
      destination_addr: '72345',
      esm_class: 4,
      registered_delivery: 0,
      short_message: Buffer.from(RECEIPT),
    },
    tlvs: { receipted_message_id: ID, message_state: 2, network_error_code: Buffer.from([3, 0, 0]) },
  },
  { ...plain, title: 'an answered receipt', command: 'deliver_sm_resp', fields: { message_id: '' } },
  { ...empty, title: 'still there?', command: 'enquire_link', sequence: 3 },
  { ...empty, title: 'still there', command: 'enquire_link_resp', sequence: 3 },
  { ...empty, title: 'goodbye', command: 'unbind', sequence: 4 },
  { ...empty, title: 'goodbye too', command: 'unbind_resp', sequence: 4 },
  { ...empty, title: 'not understood', command: 'generic_nack', status: 3, sequence: 5 },
];
