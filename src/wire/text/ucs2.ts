/**
 * UCS-2 of 3GPP TS 23.038 §6.2.3, big-endian, read as UTF-16: handsets show surrogate pairs, and emoji need them.
 * Null where a surrogate stands alone: there is no character to send.
 */
export function encodeUcs2(text: string): Buffer | null {
  return text.isWellFormed() ? Buffer.from(text, 'utf16le').swap16() : null;
}

/** The text of big-endian UTF-16; a lone surrogate or a last odd octet becomes U+FFFD. */
export function decodeUcs2(octets: Uint8Array): string {
  const whole = octets.length & ~1;
  const text = Buffer.from(octets.subarray(0, whole)).swap16().toString('utf16le').toWellFormed();
  return whole === octets.length ? text : `${text}\ufffd`;
}
