import { parseNumber } from './e164.ts';

/**
 * The kinds of sender, and how SMPP addresses each (TON: SMPP 3.4 §5.2.5, NPI: §5.2.6). A short code has meaning inside
 * its country's networks only: carriers and aggregators take it as network specific under no numbering plan (3/0), some as
 * unknown (0/0 or 0/1) or abbreviated (6/0), which is then a setting of that carrier. A name is alphanumeric under no
 * plan (3GPP TS 23.040 §9.1.2.5).
 */
const kinds = {
  short_code: { ton: 3, npi: 0 },
  long_code: { ton: 1, npi: 1 },
  alphanumeric: { ton: 5, npi: 0 },
} as const;

export type SenderKind = keyof typeof kinds;

export const addressing = (kind: SenderKind): { readonly ton: number; readonly npi: number } => kinds[kind];

const MIN_SHORT_CODE_DIGITS = 3;
const MAX_SHORT_CODE_DIGITS = 8;
/** 3GPP TS 23.040 §9.1.2.5: ten octets of address value hold eleven septets. */
const MAX_NAME_LENGTH = 11;

const DIGIT = 1;
const LETTER = 2;
const MARK = 3;

/** Characters of a name by code: one septet each in the GSM 7-bit default alphabet, ASCII in SMPP, alike in both but '_'. */
const classes = (() => {
  const table = new Uint8Array(0x80);
  for (const mark of " !#%&'()*+,-./:_") table[mark.charCodeAt(0)] = MARK;
  for (const digit of '0123456789') table[digit.charCodeAt(0)] = DIGIT;
  for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') {
    table[letter.charCodeAt(0)] = LETTER;
    table[letter.toLowerCase().charCodeAt(0)] = LETTER;
  }
  return table;
})();

const classAt = (text: string, at: number): number => classes[text.charCodeAt(at)] ?? 0;

function isShortCode(text: string): boolean {
  if (text.length < MIN_SHORT_CODE_DIGITS || text.length > MAX_SHORT_CODE_DIGITS) return false;
  for (let at = 0; at < text.length; at++) if (classAt(text, at) !== DIGIT) return false;
  return true;
}

/** Outer spaces are refused: they cannot be seen, so two senders would look the same. */
function isName(text: string): boolean {
  if (text.length === 0 || text.length > MAX_NAME_LENGTH || text.startsWith(' ') || text.endsWith(' ')) return false;
  let hasLetter = false;
  for (let at = 0; at < text.length; at++) {
    const kind = classAt(text, at);
    if (kind === 0) return false;
    hasLetter ||= kind === LETTER;
  }
  return hasLetter;
}

/**
 * What a sender is: a short code (3 to 8 digits, no '+'), a long code (a possible E.164 number, whose address is what
 * `parseNumber` gives), or a name of 1 to 11 characters with a letter among them; null where it is none of these.
 */
export function senderKind(text: string): SenderKind | null {
  if (isShortCode(text)) return 'short_code';
  if (isName(text)) return 'alphanumeric';
  return parseNumber(text) === null ? null : 'long_code';
}
