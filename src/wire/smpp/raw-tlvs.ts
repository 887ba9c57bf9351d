import { readU16 } from './header.ts';
import { TLV_HEADER_BYTES } from './tlv-stream.ts';
import type { UnknownTlv } from './tlvs.ts';

/** The TLVs of octets in the form of the wire, in their order and in place; a last one that is cut short is left out. */
export function splitTlvs(octets: Buffer): UnknownTlv[] {
  const found: UnknownTlv[] = [];
  for (let at = 0; at + TLV_HEADER_BYTES <= octets.length; ) {
    const valueAt = at + TLV_HEADER_BYTES;
    const end = valueAt + readU16(octets, at + 2);
    if (end > octets.length) break;
    found.push({ tag: readU16(octets, at), value: octets.subarray(valueAt, end) });
    at = end;
  }
  return found;
}

/** TLVs in the form of the wire, as a copy; null for none. */
export function joinTlvs(tlvs: readonly UnknownTlv[]): Buffer | null {
  if (tlvs.length === 0) return null;
  return Buffer.concat(
    tlvs.flatMap(({ tag, value }) => [Buffer.of(tag >> 8, tag & 0xff, value.length >> 8, value.length & 0xff), value]),
  );
}

/** How many octets they take in the form of the wire. */
export const tlvOctets = (tlvs: readonly UnknownTlv[]): number =>
  tlvs.reduce((total, { value }) => total + TLV_HEADER_BYTES + value.length, 0);
