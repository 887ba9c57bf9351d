import type { InboundPart } from '../../carriers/index.ts';
import { joinTlvs, splitTlvs } from '../../wire/smpp/raw-tlvs.ts';
import { tlvs as tlvTable } from '../../wire/smpp/tlvs.ts';
import { readHeader } from '../../wire/text/user-data-header.ts';
import type { NoticeContent } from '../notify/notice.ts';

/** Which part of which long message something is. */
export interface PartNumber {
  /** The bits of the reference in the header; 0 where the carrier numbers parts by TLVs. */
  readonly numbering: 0 | 8 | 16;
  readonly reference: number;
  /** 2 to 255. */
  readonly total: number;
  /** 1 to `total`. */
  readonly number: number;
}

/** A part holds one SMS. What is longer and says that it is a part is none. */
const PART_OCTETS_MAX = 254;

/** The place of a part that came; null for what is whole, or is numbered in a way that cannot be: it is told as it is. */
export function numberOf({ hasHeader, octets, place }: InboundPart): PartNumber | null {
  if (octets.length > PART_OCTETS_MAX) return null;
  const header = hasHeader ? readHeader(octets) : null;
  if (header?.flaw) return null;
  const found = header?.concatenation;
  if (found) {
    const { isWide, reference, total, number } = found;
    return total === 1 ? null : { numbering: isWide ? 16 : 8, reference, total, number };
  }
  return place === null || place.total === 1 ? null : { numbering: 0, ...place };
}

const { sar_msg_ref_num, sar_total_segments, sar_segment_seqnum } = tlvTable;

/** A part as it is kept: with the TLVs that number it, which say where it belongs if it is handed on alone. */
export function withPlace(part: InboundPart): InboundPart {
  if (part.place === null) return part;
  const { reference, total, number } = part.place;
  const numbers = [
    { tag: sar_msg_ref_num.tag, value: Buffer.of(reference >> 8, reference & 0xff) },
    { tag: sar_total_segments.tag, value: Buffer.of(total) },
    { tag: sar_segment_seqnum.tag, value: Buffer.of(number) },
  ];
  const tlvs = joinTlvs([...(part.tlvs === null ? [] : splitTlvs(part.tlvs)), ...numbers]);
  return { ...part, tlvs, place: null };
}

/** Which part something is that was handed on alone; null for what is whole. */
export function partOf({ octets, hasHeader, tlvs }: NoticeContent): Omit<PartNumber, 'numbering'> | null {
  const header = hasHeader ? readHeader(octets) : null;
  if (header?.concatenation && !header.flaw) {
    const { reference, total, number } = header.concatenation;
    return total === 1 ? null : { reference, total, number };
  }
  const beside = new Map(tlvs === null ? [] : splitTlvs(tlvs).map(({ tag, value }) => [tag, value] as const));
  const [reference, total, number] = [sar_msg_ref_num, sar_total_segments, sar_segment_seqnum].map(({ tag }) =>
    beside.get(tag),
  );
  if (!reference || !total || !number || total[0] === 1) return null;
  return { reference: reference.readUInt16BE(0), total: total[0]!, number: number[0]! };
}

const placing: ReadonlySet<number> = new Set([sar_msg_ref_num.tag, sar_total_segments.tag, sar_segment_seqnum.tag]);

/** The TLVs of a part without those that number it; null for none. */
export const withoutPlace = (tlvs: Buffer | null): Buffer | null =>
  tlvs === null ? null : joinTlvs(splitTlvs(tlvs).filter(({ tag }) => !placing.has(tag)));
