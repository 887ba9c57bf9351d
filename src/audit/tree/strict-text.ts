import { isUtf8 } from 'node:buffer';
import { HASH_BYTES, MAX_SIZE } from './merkle.ts';

/**
 * The spellings that the texts of a log are made of. Each value has exactly one: what a signature or a proof says must
 * not change its octets and stay what it was.
 */

/** The octets of base64 with its padding (RFC 4648 §4); null for any other spelling of them. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

/** A hash in base64. */
export function decodeHash(text: string): Buffer | null {
  const bytes = decodeBase64(text);
  return bytes?.length === HASH_BYTES ? bytes : null;
}

/** All hashes, one a line; null when one is none. */
export function decodeHashes(lines: readonly string[]): Buffer[] | null {
  const hashes = lines.map(decodeHash);
  return hashes.every((hash) => hash !== null) ? hashes : null;
}

const DECIMAL = /^(?:0|[1-9]\d{0,15})$/;

/** A number without leading zeroes, up to 2^53 - 1. */
export function parseDecimal(text: string): number | null {
  const number = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return number <= MAX_SIZE ? number : null;
}

/** Whether there is an ASCII control character other than a newline. */
function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 && unit !== 0x0a) return true;
  }
  return false;
}

/** The text of octets that may stand in a note: UTF-8, no control characters but newlines (C2SP signed-note). */
export function decodeText(bytes: Buffer): string | null {
  if (!isUtf8(bytes)) return null;
  const text = bytes.toString('utf8');
  return hasControl(text) ? null : text;
}

/** Whether a text of our own may stand in a note. */
export const isNoteText = (text: string): boolean => text.isWellFormed() && !hasControl(text);
