import { decodeGsm7, encodeGsm7 } from './gsm7.ts';
import { decodeUcs2, encodeUcs2 } from './ucs2.ts';

/** A text in the SMPP data coding it is sent in: 0 GSM 7-bit (one septet an octet), 8 UCS-2. */
export interface EncodedText {
  readonly dataCoding: 0 | 8;
  readonly octets: Buffer;
}

/**
 * The cheaper coding. GSM 7-bit where it fits: with nothing but escaped characters a segment still holds 80 of them (76 in
 * parts) against 70 (67) in UCS-2. Null where the text is not well-formed UTF-16.
 */
export function encodeText(text: string): EncodedText | null {
  const septets = encodeGsm7(text);
  if (septets !== null) return { dataCoding: 0, octets: septets };
  const units = encodeUcs2(text);
  return units === null ? null : { dataCoding: 8, octets: units };
}

const decodeLatin1 = (octets: Uint8Array): string =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');

const decodeAscii = (octets: Uint8Array): string => decodeLatin1(octets).replace(/[\u0080-\u00ff]/g, '\ufffd');

/** SMPP 3.4 §5.2.19 data_coding. 0 is the SMSC's default alphabet, which here is GSM 7-bit. */
const decoders: Readonly<Record<number, (octets: Uint8Array) => string>> = {
  0: decodeGsm7,
  1: decodeAscii,
  3: decodeLatin1,
  8: decodeUcs2,
};

/** The text of octets in an SMPP data coding; null where the coding is binary or not one that is read here. */
export const decodeText = (octets: Uint8Array, dataCoding: number): string | null =>
  decoders[dataCoding]?.(octets) ?? null;
