import { cString, octets, type TlvField, u8, u16, u32, type ValuesOf } from './fields.ts';

interface TlvRow {
  readonly tag: number;
  readonly value: TlvField;
}

/** Optional parameters, SMPP 3.4 §5.3.2. Others are kept as they came. */
export const tlvs = {
  receipted_message_id: { tag: 0x001e, value: cString(65) },
  user_message_reference: { tag: 0x0204, value: u16 },
  sar_msg_ref_num: { tag: 0x020c, value: u16 },
  sar_total_segments: { tag: 0x020e, value: u8 },
  sar_segment_seqnum: { tag: 0x020f, value: u8 },
  sc_interface_version: { tag: 0x0210, value: u8 },
  network_error_code: { tag: 0x0423, value: octets(3, 3) },
  message_payload: { tag: 0x0424, value: octets(0, 65_535) },
  message_state: { tag: 0x0427, value: u8 },
  qos_time_to_live: { tag: 0x0017, value: u32 },
} as const satisfies Record<string, TlvRow>;

export type TlvName = keyof typeof tlvs;

/** A TLV that the table does not know, as it came. */
export interface UnknownTlv {
  readonly tag: number;
  readonly value: Buffer;
}

export type KnownTlvs = ValuesOf<{ [Name in TlvName]: (typeof tlvs)[Name]['value'] }>;
export type Tlvs = Partial<KnownTlvs> & { unknown?: UnknownTlv[] };

const names = new Map<number, TlvName>(Object.entries(tlvs).map(([name, { tag }]) => [tag, name as TlvName]));

/** The name of a tag, or null where the table does not know it. */
export const tlvName = (tag: number): TlvName | null => names.get(tag) ?? null;
