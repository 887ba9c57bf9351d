import { must } from '../base/must.ts';

// The binary form of COPY: https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-BINARY-FORMAT
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const FIRST_BYTES = 64 * 1024;
const COPY_DATA = 0x64;
const COPY_DONE = 0x63;
const HEADER_BYTES = 5;
const UNIX_MS_OF_2000 = 946_684_800_000;
const TWO_32 = 2 ** 32;

/** Rows of one table as one CopyData message, written in place into a buffer that grows and is used again. */
export class RowBuffer {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #end = 0;

  constructor() {
    this.clear();
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Where the next row begins. */
  get end(): number {
    return this.#end;
  }

  clear(): void {
    this.#bytes[0] = COPY_DATA;
    this.#end = HEADER_BYTES + SIGNATURE.copy(this.#bytes, HEADER_BYTES);
  }

  /** Begins a row of `fields` fields that together take at most `byteCount` bytes of values. */
  row(fields: number, byteCount: number): void {
    const needed = this.#end + 2 + 4 * fields + byteCount;
    if (needed + HEADER_BYTES + 2 > this.#bytes.length) this.#grow(needed);
    this.#end = this.#bytes.writeInt16BE(fields, this.#end);
  }

  /** Begins a field of `byteCount` bytes and returns where in `bytes` its value goes. */
  field(byteCount: number): number {
    const at = this.#bytes.writeInt32BE(byteCount, this.#end);
    this.#end = at + byteCount;
    return at;
  }

  nothing(): void {
    this.#end = this.#bytes.writeInt32BE(-1, this.#end);
  }

  int2(value: number): void {
    const at = this.field(2);
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
  }

  int4(value: number): void {
    this.#bytes.writeInt32BE(value, this.field(4));
  }

  /** `value` is a safe integer. */
  int8(value: number): void {
    const at = this.field(8);
    this.#bytes.writeInt32BE(Math.floor(value / TWO_32), at);
    this.#bytes.writeUInt32BE(value >>> 0, at + 4);
  }

  blob(value: Uint8Array): void {
    this.#bytes.set(value, this.field(value.length));
  }

  text(value: string): void {
    this.#bytes.utf8Write(value, this.field(Buffer.byteLength(value)));
  }

  /** A timestamptz: microseconds since 2000-01-01. */
  time(unixMs: number): void {
    this.int8((unixMs - UNIX_MS_OF_2000) * 1000);
  }

  /** Copies a row that was written into another buffer. */
  copyRow(from: RowBuffer, start: number, end: number): void {
    if (this.#end + end - start + HEADER_BYTES + 2 > this.#bytes.length) this.#grow(this.#end + end - start);
    this.#end += from.#bytes.copy(this.#bytes, this.#end, start, end);
  }

  /** Adds trailer, length and CopyDone. What it returns is valid until the next change. */
  finish(): Buffer {
    const end = this.#bytes.writeInt16BE(-1, this.#end);
    this.#bytes.writeInt32BE(end - 1, 1);
    this.#bytes[end] = COPY_DONE;
    return this.#bytes.subarray(0, this.#bytes.writeInt32BE(4, end + 1));
  }

  #grow(needed: number): void {
    must(needed < 2 ** 30, 'a batch of rows stays below 1 GiB');
    const bytes = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(needed + HEADER_BYTES + 2)) * 2);
    this.#bytes.copy(bytes, 0, 0, this.#end);
    this.#bytes = bytes;
  }
}
