const MARK = 0xfeff;
const SWAPPED_MARK = 0xfffe;
const SWAPPED = String.fromCharCode(SWAPPED_MARK);

/**
 * UCS-2 of 3GPP TS 23.038 §6.2.3, big-endian, read as UTF-16: handsets show surrogate pairs, and emoji need them.
 * Null where a surrogate stands alone, or U+FFFE is there, which Unicode keeps free of a character: who meets it in front
 * of a text reads the rest the wrong way round, and so another text than was screened.
 */
export function encodeUcs2(text: string): Buffer | null {
  return text.isWellFormed() && !text.includes(SWAPPED) ? Buffer.from(text, 'utf16le').swap16() : null;
}

/**
 * The text of UTF-16; a lone surrogate or a last odd octet becomes U+FFFD. It is big-endian unless the caller knows better
 * or a byte order mark says so; the mark is no part of the text. Nothing is guessed from what the text looks like.
 */
export function decodeUcs2(octets: Uint8Array, isLittleEndian = false): string {
  const whole = octets.length & ~1;
  const first = whole > 0 ? (octets[0]! << 8) | octets[1]! : 0;
  const isMarked = first === MARK || first === SWAPPED_MARK;
  const units = Buffer.from(octets.subarray(isMarked ? 2 : 0, whole));
  if (isMarked ? first === MARK : !isLittleEndian) units.swap16();
  const text = units.toString('utf16le').toWellFormed();
  return whole === octets.length ? text : `${text}\ufffd`;
}
