import { cString, octets, type TlvField, u8, u16, u32, type ValuesOf } from './fields.ts';

interface TlvRow {
  readonly tag: number;
  readonly value: TlvField;
  /** The interface_version that brought it. */
  readonly since: 0x34 | 0x50;
  /** It may stand in a PDU several times: its value is then a list, in the order of the wire. */
  readonly repeats: boolean;
}

const row = <Tag extends number, Value extends TlvField, Since extends 0x34 | 0x50>(
  since: Since,
  tag: Tag,
  value: Value,
) => ({ tag, value, since, repeats: false }) as const;
const several = <Tag extends number, Value extends TlvField, Since extends 0x34 | 0x50>(
  since: Since,
  tag: Tag,
  value: Value,
) => ({ tag, value, since, repeats: true }) as const;

/**
 * Optional parameters: SMPP 3.4 §5.3.2 (clauses 5.…) and SMPP 5.0 §4.8.4 (clauses 4.…). Others are kept as they came. Where
 * the versions give a value two sizes, both are read.
 */
export const tlvs = {
  dest_addr_subunit: row(0x34, 0x0005, u8), // 5.3.2.1
  dest_network_type: row(0x34, 0x0006, u8), // 5.3.2.3
  dest_bearer_type: row(0x34, 0x0007, u8), // 5.3.2.5
  dest_telematics_id: row(0x34, 0x0008, u16), // 5.3.2.7
  source_addr_subunit: row(0x34, 0x000d, u8), // 5.3.2.2
  source_network_type: row(0x34, 0x000e, u8), // 5.3.2.4
  source_bearer_type: row(0x34, 0x000f, u8), // 5.3.2.6
  source_telematics_id: row(0x34, 0x0010, u8), // 5.3.2.8
  qos_time_to_live: row(0x34, 0x0017, u32), // 5.3.2.9
  payload_type: row(0x34, 0x0019, u8), // 5.3.2.10
  additional_status_info_text: row(0x34, 0x001d, cString(256)), // 5.3.2.11
  receipted_message_id: row(0x34, 0x001e, cString(65)), // 5.3.2.12
  ms_msg_wait_facilities: row(0x34, 0x0030, u8), // 5.3.2.13
  privacy_indicator: row(0x34, 0x0201, u8), // 5.3.2.14
  source_subaddress: row(0x34, 0x0202, octets(2, 23)), // 5.3.2.15
  dest_subaddress: row(0x34, 0x0203, octets(2, 23)), // 5.3.2.16
  user_message_reference: row(0x34, 0x0204, u16), // 5.3.2.17
  user_response_code: row(0x34, 0x0205, u8), // 5.3.2.18
  source_port: row(0x34, 0x020a, u16), // 5.3.2.20
  destination_port: row(0x34, 0x020b, u16), // 5.3.2.21
  sar_msg_ref_num: row(0x34, 0x020c, u16), // 5.3.2.22
  language_indicator: row(0x34, 0x020d, u8), // 5.3.2.19
  sar_total_segments: row(0x34, 0x020e, u8), // 5.3.2.23
  sar_segment_seqnum: row(0x34, 0x020f, u8), // 5.3.2.24
  sc_interface_version: row(0x34, 0x0210, u8), // 5.3.2.25
  callback_num_pres_ind: several(0x34, 0x0302, u8), // 5.3.2.37: one for each callback_num
  callback_num_atag: several(0x34, 0x0303, octets(1, 65)), // 5.3.2.38: one for each callback_num
  number_of_messages: row(0x34, 0x0304, u8), // 5.3.2.39
  callback_num: several(0x34, 0x0381, octets(4, 19)), // 5.3.2.36
  dpf_result: row(0x34, 0x0420, u8), // 5.3.2.28
  set_dpf: row(0x34, 0x0421, u8), // 5.3.2.29
  ms_availability_status: row(0x34, 0x0422, u8), // 5.3.2.30
  network_error_code: row(0x34, 0x0423, octets(3, 3)), // 5.3.2.31
  message_payload: row(0x34, 0x0424, octets(0, 65_535)), // 5.3.2.32
  delivery_failure_reason: row(0x34, 0x0425, u8), // 5.3.2.33
  more_messages_to_send: row(0x34, 0x0426, u8), // 5.3.2.34
  message_state: row(0x34, 0x0427, u8), // 5.3.2.35
  congestion_state: row(0x50, 0x0428, u8), // 4.8.4.18
  ussd_service_op: row(0x34, 0x0501, u8), // 5.3.2.44
  broadcast_channel_indicator: row(0x50, 0x0600, u8), // 4.8.4.7
  broadcast_content_type: row(0x50, 0x0601, octets(3, 3)), // 4.8.4.8
  broadcast_content_type_info: row(0x50, 0x0602, octets(1, 255)), // 4.8.4.6
  broadcast_message_class: row(0x50, 0x0603, u8), // 4.8.4.12
  broadcast_rep_num: row(0x50, 0x0604, u16), // 4.8.4.13
  broadcast_frequency_interval: row(0x50, 0x0605, octets(3, 3)), // 4.8.4.11
  broadcast_area_identifier: several(0x50, 0x0606, octets(1, 101)), // 4.8.4.4: in a response the areas that failed
  broadcast_error_status: several(0x50, 0x0607, u32), // 4.8.4.10: one for each area that failed
  broadcast_area_success: several(0x50, 0x0608, u8), // 4.8.4.5: one for each area
  broadcast_end_time: row(0x50, 0x0609, cString(17)), // 4.8.4.9
  broadcast_service_group: row(0x50, 0x060a, octets(1, 255)), // 4.8.4.14
  billing_identification: row(0x50, 0x060b, octets(1, 1024)), // 4.8.4.3
  source_network_id: row(0x50, 0x060d, cString(65)), // 4.8.4.56
  dest_network_id: row(0x50, 0x060e, cString(65)), // 4.8.4.25
  source_node_id: row(0x50, 0x060f, octets(6, 6)), // 4.8.4.58
  dest_node_id: row(0x50, 0x0610, octets(6, 6)), // 4.8.4.27
  dest_addr_np_resolution: row(0x50, 0x0611, u8), // 4.8.4.22
  dest_addr_np_information: row(0x50, 0x0612, octets(10, 10)), // 4.8.4.21
  dest_addr_np_country: row(0x50, 0x0613, octets(1, 5)), // 4.8.4.20: five octets, peers in the field write fewer
  display_time: row(0x34, 0x1201, u8), // 5.3.2.26
  sms_signal: row(0x34, 0x1203, u16), // 5.3.2.40
  ms_validity: row(0x34, 0x1204, octets(1, 4)), // 5.3.2.27 one octet, 4.8.4.41 one or four
  alert_on_message_delivery: row(0x34, 0x130c, octets(0, 1)), // 5.3.2.41 without a value, 4.8.4.2 one octet
  its_reply_type: row(0x34, 0x1380, u8), // 5.3.2.42
  its_session_info: row(0x34, 0x1383, octets(2, 2)), // 5.3.2.43
} as const satisfies Record<string, TlvRow>;

export type TlvName = keyof typeof tlvs;

/**
 * So many a PDU may have: twice what a message with every TLV of SMPP 5.0 carries. More are ESME_RINVOPTPARSTREAM, so that
 * no PDU makes its reader walk thousands of empty ones.
 */
export const TLVS_MAX = 128;

/** A TLV that the table does not know, as it came. */
export interface UnknownTlv {
  readonly tag: number;
  readonly value: Buffer;
}

type Table = typeof tlvs;
type OneValue = ValuesOf<{ [Name in TlvName]: Table[Name]['value'] }>;
export type KnownTlvs = {
  [Name in TlvName]: Table[Name]['repeats'] extends true ? readonly OneValue[Name][] : OneValue[Name];
};
export type Tlvs = Partial<KnownTlvs> & { unknown?: UnknownTlv[] };

const names = new Map<number, TlvName>(Object.entries(tlvs).map(([name, { tag }]) => [tag, name as TlvName]));

/** The name of a tag, or null where the table does not know it. */
export const tlvName = (tag: number): TlvName | null => names.get(tag) ?? null;
