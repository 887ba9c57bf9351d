import { never } from '../../base/must.ts';
import { decodeText } from './encode.ts';
import { hasShifts, noShifts, type Shifts } from './languages.ts';
import { fillBitsAfter, pack7, septetsIn, unpack7 } from './packed.ts';
import { readHeader } from './user-data-header.ts';

/** What a carrier may mean by data_coding 0, "SMSC default alphabet" (SMPP 3.4 §5.2.19). Here it means `gsm7`. */
export const defaultAlphabets = ['gsm7', 'gsm7-packed', 'latin1', 'ascii'] as const;
export type DefaultAlphabet = (typeof defaultAlphabets)[number];

/** A short_message, and the tables its header names. */
interface Split {
  readonly header: Buffer;
  readonly text: Buffer;
  readonly shifts: Shifts;
}

function split(octets: Buffer, hasHeader: boolean): Split {
  if (!hasHeader) return { header: octets.subarray(0, 0), text: octets, shifts: noShifts };
  const { bytes, shifts } = readHeader(octets);
  return { header: octets.subarray(0, bytes), text: octets.subarray(bytes), shifts };
}

const CARRIAGE_RETURN = 0x0d;
const SMS_OCTETS = 140;

/**
 * TS 23.038 §6.1.2.3.1: seven bits left over at the end would read as `@`, so they hold a carriage return; and a text that
 * ends in one on an octet boundary gets another, which does the same again. An SMS that is full has no room for that one.
 */
function padded(septets: Buffer, headerOctets: number, fillBits: number): Buffer {
  const bits = septets.length * 7 + fillBits;
  const leavesSeven = bits % 8 === 1;
  const endsInReturn = bits % 8 === 0 && septets.at(-1) === CARRIAGE_RETURN && headerOctets + bits / 8 < SMS_OCTETS;
  return leavesSeven || endsInReturn ? Buffer.concat([septets, Buffer.of(CARRIAGE_RETURN)]) : septets;
}

const fillBitsBehind = (header: Buffer): number => (header.length === 0 ? 0 : fillBitsAfter(header.length));

function packed({ header, text }: Split): Buffer {
  const fillBits = fillBitsBehind(header);
  return Buffer.concat([header, pack7(padded(text, header.length, fillBits), fillBits)]);
}

function unpacked({ header, text }: Split): Buffer {
  const fillBits = fillBitsBehind(header);
  const septets = unpack7(text, septetsIn(text.length, fillBits), fillBits);
  const isFull = (septets.length * 7 + fillBits) % 8 === 0;
  const isPadded = isFull && septets.at(-1) === CARRIAGE_RETURN;
  return Buffer.concat([header, isPadded ? septets.subarray(0, -1) : septets]);
}

/** In one octet a character; null where one has no place there, or the header says that the text is in septets. */
function transcribed({ header, text, shifts }: Split, highest: number): Buffer | null {
  if (hasShifts(shifts)) return null;
  const characters = decodeText(text, 0)!;
  for (let at = 0; at < characters.length; at++) if (characters.charCodeAt(at) > highest) return null;
  return Buffer.concat([header, Buffer.from(characters, 'latin1')]);
}

const LATIN1_MAX = 0xff;
const ASCII_MAX = 0x7f;

/**
 * What a carrier is sent as data_coding 0 instead of our GSM 7-bit octets, by what it means by it. `octets` is a whole
 * short_message, its header in front where `hasHeader` says so. Null where the carrier's alphabet lacks a character: the
 * text can go as UCS-2. Never longer than what it was made from but for the padding of packed septets.
 */
export function toDefaultAlphabet(octets: Buffer, hasHeader: boolean, alphabet: DefaultAlphabet): Buffer | null {
  switch (alphabet) {
    case 'gsm7':
      return octets;
    case 'gsm7-packed':
      return packed(split(octets, hasHeader));
    case 'latin1':
      return transcribed(split(octets, hasHeader), LATIN1_MAX);
    case 'ascii':
      return transcribed(split(octets, hasHeader), ASCII_MAX);
    default:
      return never(alphabet);
  }
}

/** Octets in a data coding that means the same to everyone. */
export interface Canonical {
  readonly dataCoding: 0 | 1 | 3;
  readonly octets: Buffer;
}

/** What a carrier sent as data_coding 0, as we mean it: Latin-1 and ASCII have a data coding of their own. */
export function fromDefaultAlphabet(octets: Buffer, hasHeader: boolean, alphabet: DefaultAlphabet): Canonical {
  switch (alphabet) {
    case 'gsm7':
      return { dataCoding: 0, octets };
    case 'gsm7-packed':
      return { dataCoding: 0, octets: unpacked(split(octets, hasHeader)) };
    case 'latin1':
      return { dataCoding: 3, octets };
    case 'ascii':
      return { dataCoding: 1, octets };
    default:
      return never(alphabet);
  }
}
