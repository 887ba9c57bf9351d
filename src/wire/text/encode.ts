import { cheapestShifts } from './cheapest.ts';
import { readDataCoding, type TextAlphabet } from './data-coding.ts';
import { decodeGsm7, encodeGsm7 } from './gsm7.ts';
import { type Language, noShifts, type Shifts } from './languages.ts';
import { countSegments } from './segments.ts';
import { decodeUcs2, encodeUcs2 } from './ucs2.ts';

/** A text in the SMPP data coding it is sent in: 0 GSM 7-bit (one septet an octet), 8 UCS-2. */
export interface EncodedText {
  readonly dataCoding: 0 | 8;
  readonly octets: Buffer;
  /** The tables it is written in; `shiftElements` makes of them what the header of each segment must say. */
  readonly shifts: Shifts;
}

export interface EncodeOptions {
  /** National languages whose tables may be used. Many networks and handsets show rubbish instead: none by default. */
  readonly languages: readonly Language[];
}

const plainly: EncodeOptions = { languages: [] };

/**
 * The coding that takes the fewest segments, and of those the plainest: the GSM 7-bit default alphabet, UCS-2, a national
 * single shift table, a locking one, both. The default alphabet is never dearer than UCS-2: with nothing but escaped
 * characters a segment still holds 80 of them (76 in parts) against 70 (67). Null where the text is not well-formed UTF-16.
 */
export function encodeText(text: string, { languages }: EncodeOptions = plainly): EncodedText | null {
  const plain = encodePlainly(text);
  return plain === null || languages.length === 0 ? plain : (encodeNationally(text, plain, languages) ?? plain);
}

function encodePlainly(text: string): EncodedText | null {
  const septets = encodeGsm7(text);
  if (septets !== null) return { dataCoding: 0, octets: septets, shifts: noShifts };
  const units = encodeUcs2(text);
  return units === null ? null : { dataCoding: 8, octets: units, shifts: noShifts };
}

/** In national tables, where that takes fewer segments than without. */
function encodeNationally(text: string, plain: EncodedText, languages: readonly Language[]): EncodedText | null {
  const segments = countSegments(plain.octets, plain.dataCoding);
  const shifts = segments === 1 ? null : cheapestShifts(text, languages, segments);
  return shifts && { dataCoding: 0, octets: encodeGsm7(text, shifts)!, shifts };
}

export interface DecodeOptions {
  /** What the user data header of the octets said. */
  readonly shifts?: Shifts;
  /** Whether the sender is known to write UCS-2 the wrong way round, where no byte order mark says so. */
  readonly isLittleEndian?: boolean;
}

const asItStands: DecodeOptions = {};

const decodeLatin1 = (octets: Uint8Array): string =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');

const decodeAscii = (octets: Uint8Array): string => decodeLatin1(octets).replace(/[\u0080-\u00ff]/g, '\ufffd');

const cyrillic = new TextDecoder('iso-8859-5');
const hebrew = new TextDecoder('iso-8859-8');

/** An alphabet without a row is binary, or not read here. */
const decoders: Partial<Record<TextAlphabet, (octets: Uint8Array, options: DecodeOptions) => string>> = {
  gsm7: (octets, { shifts }) => decodeGsm7(octets, shifts),
  ascii: decodeAscii,
  latin1: decodeLatin1,
  cyrillic: (octets) => cyrillic.decode(octets),
  hebrew: (octets) => hebrew.decode(octets),
  ucs2: (octets, { isLittleEndian }) => decodeUcs2(octets, isLittleEndian),
};

/**
 * The text of octets in an SMPP data coding, behind their header if they have one; null where the coding is binary or not
 * one that is read here.
 */
export const decodeText = (
  octets: Uint8Array,
  dataCoding: number,
  options: DecodeOptions = asItStands,
): string | null => decoders[readDataCoding(dataCoding).alphabet]?.(octets, options) ?? null;
