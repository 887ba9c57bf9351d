import { EMPTY, ESCAPE, lockingShiftTables, singleShiftTables } from './gsm7-tables.ts';
import { hasShifts, noShifts, type Shifts } from './languages.ts';

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

/** The characters of a locking shift table, with their octets. */
export const lockingCharacters = (table: Shifts['locking']): (readonly [character: string, octet: number])[] =>
  Array.from(lockingShiftTables[table].join(''), (character, octet) => [character, octet] as const).filter(
    ([character, octet]) => octet !== ESCAPE && character !== EMPTY,
  );

/** The characters of a single shift table, with the octets that stand behind the escape. */
export const singleCharacters = (table: Shifts['single']): (readonly [character: string, octet: number])[] =>
  Object.entries(singleShiftTables[table]).flatMap(([first, run]) =>
    Array.from(run, (character, at) => [character, Number(first) + at] as const),
  );

/**
 * Of two places of one character the later is used. Kannada has U+0CAA at 0x24 and 0x3D, and 0x24 stands between U+0CA0 and
 * U+0CA2: what a handset shows there is less certain.
 */
function compileOctets({ locking, single }: Shifts): Uint16Array {
  const escaped = singleCharacters(single).map(([character, octet]) => [character, ESCAPED | octet] as const);
  const entries = [...escaped, ...lockingCharacters(locking)];
  const table = new Uint16Array(Math.max(...entries.map(([character]) => character.charCodeAt(0))) + 1).fill(NONE);
  for (const [character, octet] of entries) table[character.charCodeAt(0)] = octet;
  return table;
}

function compile(shifts: Shifts): Alphabet {
  const octets = compileOctets(shifts);
  const codeUnits = new Uint16Array(0x100).fill(REPLACEMENT);
  for (const [character, octet] of lockingCharacters(shifts.locking)) codeUnits[octet] = character.charCodeAt(0);
  // TS 23.038 §6.2.1.1: what the single shift table leaves empty is shown as in the main table.
  const escaped = Uint16Array.from(codeUnits);
  escaped[ESCAPE] = SPACE;
  for (const [character, octet] of singleCharacters(shifts.single)) escaped[octet] = character.charCodeAt(0);
  const plain = Uint8Array.from({ length: 0x100 }, (_, code) =>
    code < 0x80 && octets[code]! < 0x80 ? octets[code]! : NOT_PLAIN,
  );
  return { octets, plain, codeUnits, escaped };
}

const defaultAlphabet = compile(noShifts);

/** Pairs that have been asked for, made once: 13 × 14 of them at most, 17 KiB each. */
const nationalAlphabets = new Map<string, Alphabet>();

function alphabetOf(shifts: Shifts): Alphabet {
  if (!hasShifts(shifts)) return defaultAlphabet;
  const pair = `${shifts.locking} ${shifts.single}`;
  const known = nationalAlphabets.get(pair);
  if (known) return known;
  const alphabet = compile(shifts);
  nationalAlphabets.set(pair, alphabet);
  return alphabet;
}

/**
 * For a text all of ASCII without an escape, which most are, else null: the octets are written natively and mapped in
 * place, several times as fast as reading the text character by character.
 */
function encodePlain(text: string): Buffer | null {
  const { plain } = defaultAlphabet;
  const octets = Buffer.allocUnsafe(text.length);
  if (octets.utf8Write(text, 0) !== text.length) return null;
  for (let at = 0; at < octets.length; at++) {
    const octet = plain[octets[at]!]!;
    if (octet === NOT_PLAIN) return null;
    octets[at] = octet;
  }
  return octets;
}

const octetOf = (codeUnit: number, { octets }: Alphabet): number =>
  codeUnit < octets.length ? octets[codeUnit]! : NONE;

/** How many septets a text takes, escapes included; null where a character does not fit. */
function countSeptets(text: string, alphabet: Alphabet): number | null {
  let septets = text.length;
  for (let at = 0; at < text.length; at++) {
    const octet = octetOf(text.charCodeAt(at), alphabet);
    if (octet === NONE) return null;
    if (octet >= ESCAPED) septets++;
  }
  return septets;
}

function encodeAny(text: string, alphabet: Alphabet): Buffer | null {
  const septets = countSeptets(text, alphabet);
  if (septets === null) return null;
  const octets = Buffer.allocUnsafe(septets);
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    const octet = octetOf(text.charCodeAt(at), alphabet);
    if (octet >= ESCAPED) octets[end++] = ESCAPE;
    octets[end++] = octet & 0x7f;
  }
  return octets;
}

/** GSM 7-bit octets of a text, one septet an octet, an escape octet before what is in the single shift table; or null. */
export const encodeGsm7 = (text: string, shifts: Shifts = noShifts): Buffer | null =>
  shifts === noShifts ? (encodePlain(text) ?? encodeAny(text, defaultAlphabet)) : encodeAny(text, alphabetOf(shifts));

/**
 * The text of GSM 7-bit octets. Octets from 0x80 on are shown as U+FFFD, and so are the places that a national locking
 * shift table leaves empty; the default alphabet has none.
 */
export function decodeGsm7(octets: Uint8Array, shifts: Shifts = noShifts): string {
  const { codeUnits, escaped } = alphabetOf(shifts);
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
