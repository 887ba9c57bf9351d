import { type Fault, fault } from '../../base/fault.ts';
import { joinTlvs, splitTlvs } from '../../wire/smpp/raw-tlvs.ts';
import { type TlvName, tlvName, tlvs as tlvTable } from '../../wire/smpp/tlvs.ts';

/**
 * What is done with an optional parameter of a message that an application hands in: it is read here and goes no further,
 * is passed to the carrier as it is, or the message is refused, so that nothing is left out silently. What is passed on may
 * make the message one of the kinds that need a permission (`wire/text/kinds.ts`).
 */
export type Treatment = 'read' | 'pass' | 'refuse';

export const treatments: Readonly<Record<TlvName, Treatment>> = {
  // The text and its place, how long it is worth sending, and the application's word for it.
  message_payload: 'read',
  sar_msg_ref_num: 'read',
  sar_total_segments: 'read',
  sar_segment_seqnum: 'read',
  qos_time_to_live: 'read',
  user_message_reference: 'read',
  // For the handset and the person.
  dest_addr_subunit: 'pass',
  source_addr_subunit: 'pass',
  payload_type: 'pass',
  ms_msg_wait_facilities: 'pass',
  number_of_messages: 'pass',
  privacy_indicator: 'pass',
  source_subaddress: 'pass',
  dest_subaddress: 'pass',
  user_response_code: 'pass',
  source_port: 'pass',
  destination_port: 'pass',
  language_indicator: 'pass',
  callback_num: 'pass',
  callback_num_pres_ind: 'pass',
  callback_num_atag: 'pass',
  more_messages_to_send: 'pass',
  ussd_service_op: 'pass',
  display_time: 'pass',
  sms_signal: 'pass',
  ms_validity: 'pass',
  alert_on_message_delivery: 'pass',
  its_reply_type: 'pass',
  its_session_info: 'pass',
  billing_identification: 'pass',
  // Where a message goes is decided by the routes of this gateway, and in the network by the carrier.
  dest_network_type: 'refuse',
  dest_bearer_type: 'refuse',
  dest_telematics_id: 'refuse',
  source_network_type: 'refuse',
  source_bearer_type: 'refuse',
  source_telematics_id: 'refuse',
  source_network_id: 'refuse',
  dest_network_id: 'refuse',
  source_node_id: 'refuse',
  dest_node_id: 'refuse',
  dest_addr_np_resolution: 'refuse',
  dest_addr_np_information: 'refuse',
  dest_addr_np_country: 'refuse',
  // A delivery pending flag has its answer in a response that is over by the time the carrier is asked.
  set_dpf: 'refuse',
  // Of responses, receipts, binds and broadcasts: no part of a message.
  additional_status_info_text: 'refuse',
  receipted_message_id: 'refuse',
  sc_interface_version: 'refuse',
  dpf_result: 'refuse',
  ms_availability_status: 'refuse',
  network_error_code: 'refuse',
  delivery_failure_reason: 'refuse',
  message_state: 'refuse',
  congestion_state: 'refuse',
  broadcast_channel_indicator: 'refuse',
  broadcast_content_type: 'refuse',
  broadcast_content_type_info: 'refuse',
  broadcast_message_class: 'refuse',
  broadcast_rep_num: 'refuse',
  broadcast_frequency_interval: 'refuse',
  broadcast_area_identifier: 'refuse',
  broadcast_error_status: 'refuse',
  broadcast_area_success: 'refuse',
  broadcast_end_time: 'refuse',
  broadcast_service_group: 'refuse',
};

/** What the optional parameters that are kept with a message may take, in the form of the wire. */
export const PASSED_TLV_OCTETS_MAX = 1024;

/** Whether so many octets can be the value: of an integer all of them, of octets and strings within their bounds. */
function fits(name: TlvName, length: number): boolean {
  const field = tlvTable[name].value;
  if ('bytes' in field) return length === field.bytes;
  return length <= field.max && (field.kind === 'cString' || length >= field.min);
}

/**
 * The optional parameters that go with a message to its carrier, in the form of the wire and as a copy; null for none. Those
 * of vendors, and those nobody has defined, are passed on as they are.
 */
export function passedTlvs(octets: Buffer): Buffer | Fault | null {
  const passed = [];
  for (const tlv of splitTlvs(octets)) {
    const name = tlvName(tlv.tag);
    const treatment = name === null ? 'pass' : treatments[name];
    if (treatment === 'refuse') return fault('parameter_not_allowed', { field: name! });
    if (name !== null && !fits(name, tlv.value.length)) return fault('parameter_invalid', { field: name });
    if (treatment === 'pass') passed.push(tlv);
  }
  const joined = joinTlvs(passed);
  if (joined === null || joined.length <= PASSED_TLV_OCTETS_MAX) return joined;
  return fault('parameters_too_long', { detail: `At most ${PASSED_TLV_OCTETS_MAX} octets are kept with a message.` });
}
