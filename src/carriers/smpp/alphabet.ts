import { type DefaultAlphabet, fromDefaultAlphabet, toDefaultAlphabet } from '../../wire/text/default-alphabet.ts';
import { decodeText } from '../../wire/text/encode.ts';
import { encodeUcs2 } from '../../wire/text/ucs2.ts';
import { isConcatenationOnly, readHeader } from '../../wire/text/user-data-header.ts';
import type { InboundPart, OutboundPart } from '../carrier.ts';

const SMS_BYTES = 140;
const UCS2 = 8;

export interface Coded {
  readonly dataCoding: number;
  readonly octets: Buffer;
}

/**
 * A text in the default alphabet as a carrier means data_coding 0. What its alphabet lacks goes as UCS-2 where one SMS holds
 * it; else it is null: another carrier may take it.
 */
export function forCarrier({ octets, hasHeader }: OutboundPart, alphabet: DefaultAlphabet): Coded | null {
  const own = toDefaultAlphabet(octets, hasHeader, alphabet);
  return own ? { dataCoding: 0, octets: own } : asUcs2(octets, hasHeader);
}

/** Only behind a header that says nothing of the alphabet. */
function asUcs2(octets: Buffer, hasHeader: boolean): Coded | null {
  if (hasHeader && !isConcatenationOnly(octets)) return null;
  const headerBytes = hasHeader ? readHeader(octets).bytes : 0;
  const text = decodeText(octets.subarray(headerBytes), 0);
  const ucs2 = text === null ? null : encodeUcs2(text);
  if (ucs2 === null || headerBytes + ucs2.length > SMS_BYTES) return null;
  return { dataCoding: UCS2, octets: Buffer.concat([octets.subarray(0, headerBytes), ucs2]) };
}

/** What came from a carrier under data_coding 0, under the one that says the same to everybody. */
export const fromCarrier = (part: InboundPart, alphabet: DefaultAlphabet): InboundPart =>
  part.dataCoding === 0 ? { ...part, ...fromDefaultAlphabet(part.octets, part.hasHeader, alphabet) } : part;
