import { EXAMPLE_ID, type ExamplesOf, empty, handset, plain, shortCode } from './example-fields.ts';

const ofMessage = { message_id: EXAMPLE_ID, ...shortCode };
const areas = [Buffer.from('\x00North shore'), Buffer.from('\x00South shore')];

/** PDUs about a message that was sent before, and those of cell broadcast. */
export const operationExamples: ExamplesOf<
  | 'query_sm'
  | 'query_sm_resp'
  | 'cancel_sm'
  | 'cancel_sm_resp'
  | 'replace_sm'
  | 'replace_sm_resp'
  | 'broadcast_sm'
  | 'broadcast_sm_resp'
  | 'query_broadcast_sm'
  | 'query_broadcast_sm_resp'
  | 'cancel_broadcast_sm'
  | 'cancel_broadcast_sm_resp'
> = {
  query_sm: [{ ...plain, title: 'how does the message fare?', fields: ofMessage }],
  query_sm_resp: [
    {
      ...plain,
      title: 'the message is under way',
      fields: { message_id: EXAMPLE_ID, final_date: '', message_state: 1, error_code: 0 },
    },
    {
      ...plain,
      title: 'the message has arrived',
      fields: { message_id: EXAMPLE_ID, final_date: '260101120000000+', message_state: 2, error_code: 255 },
    },
    {
      ...plain,
      title: 'no such message',
      status: 0x67,
      fields: { message_id: '', final_date: '', message_state: 0, error_code: 0 },
    },
  ],
  cancel_sm: [
    { ...plain, title: 'do not send the message', fields: { service_type: '', ...ofMessage, ...handset } },
    {
      ...plain,
      title: 'send nothing of this service',
      fields: { service_type: 'WAPPP', ...ofMessage, message_id: '', ...handset },
    },
  ],
  cancel_sm_resp: [
    { ...empty, title: 'the message is cancelled' },
    { ...empty, title: 'the message cannot be cancelled', status: 0x11 },
  ],
  replace_sm: [
    {
      ...plain,
      title: 'another text for the message',
      fields: {
        ...ofMessage,
        schedule_delivery_time: '260101120000000+',
        validity_period: '000001000000000R',
        registered_delivery: 1,
        sm_default_msg_id: 0,
        short_message: Buffer.from('Your table will be ready at nine'),
      },
    },
  ],
  replace_sm_resp: [
    { ...empty, title: 'the message is replaced' },
    { ...empty, title: 'the message cannot be replaced', status: 0x13 },
  ],
  broadcast_sm: [
    {
      ...plain,
      title: 'a warning to two shores',
      fields: {
        service_type: 'CBS',
        ...shortCode,
        message_id: '',
        priority_flag: 1,
        schedule_delivery_time: '',
        validity_period: '000001000000000R',
        replace_if_present_flag: 0,
        data_coding: 0,
        sm_default_msg_id: 0,
      },
      tlvs: {
        broadcast_area_identifier: areas,
        broadcast_content_type: Buffer.from([1, 0, 1]),
        broadcast_rep_num: 12,
        broadcast_frequency_interval: Buffer.from([0x09, 0, 5]),
        message_payload: Buffer.from('High water at nine'),
      },
    },
  ],
  broadcast_sm_resp: [
    { ...plain, title: 'a broadcast for all areas', fields: { message_id: EXAMPLE_ID } },
    {
      ...plain,
      title: 'a broadcast not for all areas',
      fields: { message_id: EXAMPLE_ID },
      tlvs: { broadcast_error_status: [0x0109], broadcast_area_identifier: [areas[1]!] },
    },
  ],
  query_broadcast_sm: [
    {
      ...plain,
      title: 'how does the broadcast fare?',
      fields: ofMessage,
      tlvs: { user_message_reference: 3 },
    },
  ],
  query_broadcast_sm_resp: [
    {
      ...plain,
      title: 'the broadcast has been sent',
      fields: { message_id: EXAMPLE_ID },
      tlvs: {
        message_state: 2,
        broadcast_area_identifier: areas,
        broadcast_area_success: [100, 255],
        broadcast_end_time: '260101120000000+',
      },
    },
  ],
  cancel_broadcast_sm: [
    {
      ...plain,
      title: 'end the broadcast',
      fields: { service_type: 'CBS', ...ofMessage },
      tlvs: { broadcast_content_type: Buffer.from([1, 0, 1]) },
    },
  ],
  cancel_broadcast_sm_resp: [{ ...empty, title: 'the broadcast is ended' }],
};
