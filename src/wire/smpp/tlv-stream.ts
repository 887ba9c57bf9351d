import { readU16 } from './header.ts';
import { TLVS_MAX, tlvs } from './tlvs.ts';

/** TLVs in place, SMPP 3.4 §3.2.4.1: tag, length and value, one behind the other to the end of the PDU. */
export const TLV_HEADER_BYTES = 4;

/** Whether the TLVs end where the PDU ends, and are no more than a PDU may have. */
export function areSoundTlvs(bytes: Buffer, from: number, end: number): boolean {
  let at = from;
  for (let count = 0; at + TLV_HEADER_BYTES <= end && count < TLVS_MAX; count++) {
    at += TLV_HEADER_BYTES + readU16(bytes, at + 2);
  }
  return at === end;
}

/** Where the first TLV with this tag begins; -1 where there is none. The TLVs are sound. */
export function findTlv(bytes: Buffer, from: number, end: number, tag: number): number {
  for (let at = from; at < end; at += TLV_HEADER_BYTES + readU16(bytes, at + 2)) {
    if (readU16(bytes, at) === tag) return at;
  }
  return -1;
}

const { congestion_state } = tlvs;

/**
 * The congestion_state among the TLVs of a response (SMPP 5.0 §4.8.4.18), in percent: from 90 on the other side is nearly
 * congested, at 100 it is. Null where there is none, or the TLVs cannot be read.
 */
export function congestionState(bytes: Buffer, from: number, end: number): number | null {
  if (from >= end || !areSoundTlvs(bytes, from, end)) return null;
  const found = findTlv(bytes, from, end, congestion_state.tag);
  return found >= 0 && readU16(bytes, found + 2) === congestion_state.value.bytes
    ? bytes[found + TLV_HEADER_BYTES]!
    : null;
}
