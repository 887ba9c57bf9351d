import type { Entropy } from '../base/entropy.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** The largest multiple of 62 that fits a byte: above it, a byte would favour the first digits. */
const FAIR_LIMIT = 248;

/** Random base62 digits, each as likely as the others: 5.95 bits a digit. */
export function randomDigits(count: number, entropy: Entropy): string {
  let text = '';
  const draw = Buffer.alloc(count);
  while (text.length < count) {
    const fair = entropy.fill(draw).filter((byte) => byte < FAIR_LIMIT);
    for (const byte of fair.subarray(0, count - text.length)) text += DIGITS[byte % DIGITS.length];
  }
  draw.fill(0);
  return text;
}

/** A number in base62, with leading zeros. */
export function digitsOf(number: number, width: number): string {
  let text = '';
  for (let rest = number; text.length < width; rest = Math.floor(rest / DIGITS.length)) {
    text = DIGITS[rest % DIGITS.length] + text;
  }
  return text;
}
