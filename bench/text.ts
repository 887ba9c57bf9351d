import { outgoingMessage } from '../src/wire/smpp/pdu-writer.ts';

/** A text of 160 GSM characters that begins with a number of its own, by which the SMSC knows it again. */
const DIGITS = 10;
const ZERO = 0x30;
export const TEXT_CHARACTERS = 160;

export const blankText = (): Buffer =>
  Buffer.alloc(TEXT_CHARACTERS, '0000000000 The train to the coast leaves at nine. ');

/** What the load hands in, with a receipt: it lacks its serial, and from whom and to whom it goes. */
export const blankMessage = () => ({
  ...outgoingMessage(),
  destinationTon: 1,
  destinationNpi: 1,
  registeredDelivery: 1,
  text: blankText(),
});

export function writeSerial(text: Buffer, serial: number): void {
  let left = serial;
  for (let at = DIGITS - 1; at >= 0; at--) {
    text[at] = ZERO + (left % DIGITS);
    left = Math.floor(left / DIGITS);
  }
}

/** The number of a text, or -1 where it has none. */
export function readSerial(text: Buffer): number {
  let serial = 0;
  for (let at = 0; at < DIGITS; at++) {
    const digit = (text[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    serial = serial * DIGITS + digit;
  }
  return serial;
}
