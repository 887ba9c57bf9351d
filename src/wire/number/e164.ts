import { type CountryCode, getCountries, getCountryCallingCode, Metadata } from 'libphonenumber-js/core';
import metadata from 'libphonenumber-js/min/metadata';

/** ITU-T E.164 §6: at most 15 digits. Fewer than 8 is the realm of short codes; a few islands' landlines are left out. */
const MIN_DIGITS = 8;
const MAX_DIGITS = 15;
/** 15 digits and as many separators; what is longer is not read. */
const MAX_WRITTEN_LENGTH = 40;

const PLUS = 0x2b;
const ZERO = 0x30;
const separators = new Set(' -.()');

const isDigit = (code: number): boolean => code >= ZERO && code <= ZERO + 9;

/** A calling code and a national length its numbering plan knows; a calling code comes once for each. */
function* numberingPlans(): Generator<readonly [callingCode: string, nationalLength: number]> {
  const reader = new Metadata(metadata);
  const plans = getCountries(metadata).map((country) => [getCountryCallingCode(country, metadata), country] as const);
  // The library selects a plan by calling code as well as by country, though its types know the country only.
  const worldwide = Object.keys(metadata.nonGeographic).map((code) => [code, code as CountryCode] as const);
  for (const [callingCode, plan] of [...plans, ...worldwide]) {
    reader.selectNumberingPlan(plan);
    for (const length of reader.numberingPlan?.possibleLengths() ?? []) yield [callingCode, length];
  }
}

/** By the first three digits, which tell the calling code: bit n is set where n digits in all are possible. */
function tabulate(): Uint16Array {
  const table = new Uint16Array(1000);
  for (const [callingCode, nationalLength] of numberingPlans()) {
    const digits = callingCode.length + nationalLength;
    if (digits < MIN_DIGITS || digits > MAX_DIGITS) continue;
    const span = 10 ** (3 - callingCode.length);
    const first = Number(callingCode) * span;
    for (let prefix = first; prefix < first + span; prefix++) table[prefix]! |= 1 << digits;
  }
  return table;
}

const possibleDigits = tabulate();

function isPossible(digits: string): boolean {
  if (digits.length < MIN_DIGITS || digits.length > MAX_DIGITS) return false;
  const prefix = digits.charCodeAt(0) * 100 + digits.charCodeAt(1) * 10 + digits.charCodeAt(2) - ZERO * 111;
  return ((possibleDigits[prefix]! >> digits.length) & 1) === 1;
}

function isClean(text: string, start: number): boolean {
  for (let at = start; at < text.length; at++) if (!isDigit(text.charCodeAt(at))) return false;
  return true;
}

function withoutSeparators(text: string): string | null {
  if (text.length > MAX_WRITTEN_LENGTH) return null;
  let digits = '';
  let plus = false;
  for (const character of text) {
    if (isDigit(character.charCodeAt(0))) digits += character;
    else if (character === '+' && !plus && digits === '') plus = true;
    else if (!separators.has(character)) return null;
  }
  return digits;
}

/**
 * The digits of an E.164 number, without '+', or null where no number of that calling code has that length. '+' may lead;
 * spaces, hyphens, dots and parentheses are passed over. A trunk prefix ('+44 (0)7700…') is not taken out: it is refused.
 * Possible lengths: the numbering plans of libphonenumber, which say nothing of whether the number is in use.
 */
export function parseNumber(text: string): string | null {
  const start = text.charCodeAt(0) === PLUS ? 1 : 0;
  const digits = isClean(text, start) ? text.slice(start) : withoutSeparators(text);
  return digits !== null && isPossible(digits) ? digits : null;
}

/** E.164 digits as they may be shown: all but the last two masked, `+*********43`. */
export const maskNumber = (digits: string): string => `+${digits.slice(-2).padStart(digits.length, '*')}`;
