import { type Fault, fault } from '../../base/fault.ts';
import type { Message } from '../message.ts';

const notEncodable = (detail: string): Fault => fault('text_not_encodable', { detail, field: '/text' });
const halfUnit = notEncodable('UCS-2 has two octets a character.');
const loneSurrogate = notEncodable('Half of a surrogate pair is missing.');
const littleEndianPart = notEncodable('A part in little-endian order: the other parts do not say theirs.');

const BIG_ENDIAN_MARK = 0xfeff;
const LITTLE_ENDIAN_MARK = 0xfffe;

/**
 * UCS-2 as handsets read it: the wrong order of octets is put right where a mark tells of it, and a mark is left out, since
 * handsets show it. Of a part the halves of a pair may stand at its edges: the other half is in the next part.
 */
export function takeUcs2(message: Message, octets: Buffer, isPart: boolean): Fault | null {
  if (octets.length % 2 !== 0) return halfUnit;
  const mark = octets.length >= 2 ? octets.readUInt16BE(0) : 0;
  if (mark === LITTLE_ENDIAN_MARK && isPart) return littleEndianPart;
  const isMarked = mark === LITTLE_ENDIAN_MARK || mark === BIG_ENDIAN_MARK;
  const text = isMarked ? octets.subarray(2) : octets;
  message.octets = mark === LITTLE_ENDIAN_MARK ? Buffer.from(text).swap16() : text;
  return hasLoneSurrogate(message.octets, isPart) ? loneSurrogate : null;
}

const SURROGATE_MASK = 0xfc;
const HIGH = 0xd8;
const LOW = 0xdc;

function hasLoneSurrogate(octets: Buffer, isPart: boolean): boolean {
  const last = octets.length - 2;
  for (let at = 0; at <= last; at += 2) {
    const half = octets[at]! & SURROGATE_MASK;
    if (half === LOW && !(isPart && at === 0)) return true;
    if (half !== HIGH) continue;
    if (at === last) return !isPart;
    if ((octets[at + 2]! & SURROGATE_MASK) !== LOW) return true;
    at += 2;
  }
  return false;
}
