import { must } from '../base/must.ts';

// Binary form of an array parameter (array_send of PostgreSQL): dimensions, whether it has nulls, type of its values,
// then per dimension length and lower bound. The text form of a bytea[] has twice its bytes, each escaped.
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const TWO_32 = 2 ** 32;

/** Types by their number in pg_type. */
export const INT4 = 23;
export const INT8 = 20;
export const BYTEA = 17;

/** An array of values of one size, written in place and sent as it is. */
export class BinaryArray {
  readonly bytes: Buffer;
  readonly #valueBytes: number;
  #end = HEADER_BYTES;

  constructor(type: number, count: number, valueBytes: number) {
    this.bytes = Buffer.allocUnsafe(HEADER_BYTES + count * (LENGTH_BYTES + valueBytes));
    this.#valueBytes = valueBytes;
    this.bytes.writeInt32BE(1, 0);
    this.bytes.writeInt32BE(0, 4);
    this.bytes.writeInt32BE(type, 8);
    this.bytes.writeInt32BE(count, 12);
    this.bytes.writeInt32BE(1, 16);
  }

  /** Begins the next value and returns where in `bytes` it goes. */
  next(): number {
    const at = this.#end + LENGTH_BYTES;
    must(at + this.#valueBytes <= this.bytes.length, 'an array takes as many values as it was made for');
    this.bytes.writeInt32BE(this.#valueBytes, this.#end);
    this.#end = at + this.#valueBytes;
    return at;
  }

  int4(value: number): void {
    this.bytes.writeInt32BE(value, this.next());
  }

  /** `value` is a safe integer. */
  int8(value: number): void {
    const at = this.next();
    this.bytes.writeInt32BE(Math.floor(value / TWO_32), at);
    this.bytes.writeUInt32BE(value >>> 0, at + LENGTH_BYTES);
  }
}
