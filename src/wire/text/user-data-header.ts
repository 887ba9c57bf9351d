// TS 23.040 §9.2.3.24: UDHL, then information elements of identifier, length and data.
const CONCATENATION_8_BIT = 0x00;
const CONCATENATION_16_BIT = 0x08;
const LENGTHS: Partial<Record<number, number>> = { [CONCATENATION_8_BIT]: 3, [CONCATENATION_16_BIT]: 4 };

/** Whether `octets` begin with a sound user data header that does nothing but join the parts of a long message. */
export function isConcatenationOnly(octets: Uint8Array): boolean {
  const end = 1 + (octets[0] ?? 0);
  if (end === 1 || end > octets.length) return false;
  let at = 1;
  while (at + 1 < end) {
    const bytes = octets[at + 1]!;
    if (LENGTHS[octets[at]!] !== bytes) return false;
    at += 2 + bytes;
  }
  return at === end;
}
