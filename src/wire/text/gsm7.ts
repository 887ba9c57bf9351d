import { ESCAPE, lockingShiftTables, singleShiftTables } from './gsm7-tables.ts';

/** Two tables made ready for use. */
interface Alphabet {
  /** By UTF-16 code unit: the octet, with `ESCAPED` where an escape goes before it, or `NONE` where it does not fit. */
  readonly octets: Uint16Array;
  /** The same for ASCII without an escape: the octet, or `NOT_PLAIN`. */
  readonly plain: Uint8Array;
  /** By octet: the UTF-16 code unit. */
  readonly codeUnits: Uint16Array;
  /** By octet after an escape: the UTF-16 code unit. */
  readonly escaped: Uint16Array;
}

const NONE = 0xffff;
const ESCAPED = ESCAPE << 8;
const NOT_PLAIN = 0xff;
const REPLACEMENT = 0xfffd;
/** Shown for an escape that leads nowhere. TS 23.038 §6.2.1 note 1, §6.2.1.1 note 1. */
const SPACE = 0x20;

type SingleShift = Readonly<Record<number, string>>;

function compileOctets(characters: string, singleShift: SingleShift): Uint16Array {
  const extension = Object.entries(singleShift).map(
    ([octet, character]) => [character, ESCAPED | Number(octet)] as const,
  );
  const main = Array.from(characters, (character, octet) => [character, octet] as const);
  const entries = [...extension, ...main.filter(([, octet]) => octet !== ESCAPE)];
  const table = new Uint16Array(Math.max(...entries.map(([character]) => character.charCodeAt(0))) + 1).fill(NONE);
  for (const [character, octet] of entries) table[character.charCodeAt(0)] = octet;
  return table;
}

function compile(columns: readonly string[], singleShift: SingleShift): Alphabet {
  const characters = columns.join('');
  const octets = compileOctets(characters, singleShift);
  const codeUnits = new Uint16Array(0x100).fill(REPLACEMENT);
  const escaped = new Uint16Array(0x100).fill(REPLACEMENT);
  for (let octet = 0; octet < characters.length; octet++) {
    codeUnits[octet] = characters.charCodeAt(octet);
    // TS 23.038 §6.2.1.1: what the single shift table leaves empty is shown as in the main table.
    escaped[octet] = octet === ESCAPE ? SPACE : (singleShift[octet]?.charCodeAt(0) ?? codeUnits[octet]!);
  }
  const plain = Uint8Array.from({ length: 0x100 }, (_, code) =>
    code < 0x80 && octets[code]! < 0x80 ? octets[code]! : NOT_PLAIN,
  );
  return { octets, plain, codeUnits, escaped };
}

const alphabet = compile(lockingShiftTables.default, singleShiftTables.default);

/**
 * For a text all of ASCII without an escape, which most are, else null: the octets are written natively and mapped in
 * place, several times as fast as reading the text character by character.
 */
function encodePlain(text: string): Buffer | null {
  const { plain } = alphabet;
  const octets = Buffer.allocUnsafe(text.length);
  if (octets.utf8Write(text, 0) !== text.length) return null;
  for (let at = 0; at < octets.length; at++) {
    const octet = plain[octets[at]!]!;
    if (octet === NOT_PLAIN) return null;
    octets[at] = octet;
  }
  return octets;
}

const octetOf = (codeUnit: number): number => (codeUnit < alphabet.octets.length ? alphabet.octets[codeUnit]! : NONE);

/** How many septets a text takes, escapes included; null where a character does not fit. */
function countSeptets(text: string): number | null {
  let septets = text.length;
  for (let at = 0; at < text.length; at++) {
    const octet = octetOf(text.charCodeAt(at));
    if (octet === NONE) return null;
    if (octet >= ESCAPED) septets++;
  }
  return septets;
}

function encodeAny(text: string): Buffer | null {
  const septets = countSeptets(text);
  if (septets === null) return null;
  const octets = Buffer.allocUnsafe(septets);
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    const octet = octetOf(text.charCodeAt(at));
    if (octet >= ESCAPED) octets[end++] = ESCAPE;
    octets[end++] = octet & 0x7f;
  }
  return octets;
}

/** GSM 7-bit octets of a text, one septet an octet, an escape octet before what is in the extension table; or null. */
export const encodeGsm7 = (text: string): Buffer | null => encodePlain(text) ?? encodeAny(text);

/** The text of GSM 7-bit octets. Every octet below 0x80 has a meaning; from there on they are shown as U+FFFD. */
export function decodeGsm7(octets: Uint8Array): string {
  const { codeUnits, escaped } = alphabet;
  const text = Buffer.allocUnsafe(octets.length * 2);
  let end = 0;
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at]!;
    let codeUnit = codeUnits[octet]!;
    if (octet === ESCAPE) codeUnit = ++at < octets.length ? escaped[octets[at]!]! : SPACE;
    text[end++] = codeUnit & 0xff;
    text[end++] = codeUnit >> 8;
  }
  return text.toString('utf16le', 0, end);
}

/** Whether every octet is a septet. */
export function isGsm7(octets: Uint8Array): boolean {
  for (let at = 0; at < octets.length; at++) if (octets[at]! >= 0x80) return false;
  return true;
}
