/**
 * Septets packed into octets, the first in the low bits. 3GPP TS 23.038 §6.1.2.1. `fillBits` are bits left free in front,
 * so that septets behind a header begin on a septet boundary.
 */
export function pack7(septets: Uint8Array, fillBits = 0): Buffer {
  const octets = Buffer.alloc(septets.length === 0 ? 0 : Math.ceil((septets.length * 7 + fillBits) / 8));
  for (let at = 0, bit = fillBits; at < septets.length; at++, bit += 7) {
    const shifted = (septets[at]! & 0x7f) << (bit & 7);
    octets[bit >> 3] = octets[bit >> 3]! | (shifted & 0xff);
    if (shifted > 0xff) octets[(bit >> 3) + 1] = shifted >> 8;
  }
  return octets;
}

/** How many septets so many octets have room for. */
export const septetsIn = (octets: number, fillBits = 0): number => Math.max(0, Math.floor((octets * 8 - fillBits) / 7));

/** So many septets out of packed octets, one an octet; fewer where the octets end before. */
export function unpack7(octets: Uint8Array, septetCount: number, fillBits = 0): Buffer {
  const septets = Buffer.allocUnsafe(Math.min(septetCount, septetsIn(octets.length, fillBits)));
  for (let at = 0, bit = fillBits; at < septets.length; at++, bit += 7) {
    const pair = octets[bit >> 3]! | ((octets[(bit >> 3) + 1] ?? 0) << 8);
    septets[at] = (pair >> (bit & 7)) & 0x7f;
  }
  return septets;
}

/** The bits left free behind a header of so many octets, its length included. TS 23.040 §9.2.3.24. */
export const fillBitsAfter = (headerOctets: number): number => (7 - ((headerOctets * 8) % 7)) % 7;
