import { must } from '../base/must.ts';

// The binary form of COPY: https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-BINARY-FORMAT
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const FIRST_BYTES = 64 * 1024;
const COPY_DATA = 0x64;
const COPY_DONE = 0x63;
const HEADER_BYTES = 5;
const UNIX_MS_OF_2000 = 946_684_800_000;
const TWO_32 = 2 ** 32;

/** What COPY is given for one table. */
export interface CopyRows {
  readonly bytes: Buffer;
  /** Where what is written next begins. */
  readonly end: number;
  clear(): void;
  /** Copies what was written into another buffer of its kind between two places. */
  copyRow(from: CopyRows, start: number, end: number): void;
  /** Adds trailer, length and CopyDone. What it returns is valid until the next change. */
  finish(): Buffer;
}

/** Rows of one table as one CopyData message, written in place into a buffer that grows and is used again. */
export class RowBuffer implements CopyRows {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #end = 0;

  constructor() {
    this.clear();
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

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

  copyRow(from: CopyRows, start: number, end: number): void {
    if (this.#end + end - start + HEADER_BYTES + 2 > this.#bytes.length) this.#grow(this.#end + end - start);
    this.#end += from.bytes.copy(this.#bytes, this.#end, start, end);
  }

  finish(): Buffer {
    return finished(this.#bytes, this.#end);
  }

  #grow(needed: number): void {
    this.#bytes = larger(this.#bytes, this.#end, needed);
  }
}

/** Where the count is written, and behind it the length of the entries. */
const COUNT_AT = HEADER_BYTES + SIGNATURE.length + 2 + 4;
const ENTRIES_AT = COUNT_AT + 4 + 4;
const LENGTH_BYTES = 2;

/** What becomes one row in the end, of two columns: how many entries, and all of them, each behind its length (2 octets). */
export class GroupBuffer implements CopyRows {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #end = 0;
  #count = 0;

  constructor() {
    this.clear();
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  get end(): number {
    return this.#end;
  }

  clear(): void {
    this.#bytes[0] = COPY_DATA;
    const rowAt = HEADER_BYTES + SIGNATURE.copy(this.#bytes, HEADER_BYTES);
    this.#bytes.writeInt32BE(4, this.#bytes.writeInt16BE(2, rowAt));
    this.#end = ENTRIES_AT;
    this.#count = 0;
  }

  /** Begins an entry of `byteCount` bytes, at most 65,535, and returns where in `bytes` it goes. */
  entry(byteCount: number): number {
    this.#reserve(LENGTH_BYTES + byteCount);
    const at = this.#bytes.writeUInt16BE(byteCount, this.#end);
    this.#end = at + byteCount;
    this.#count++;
    return at;
  }

  copyRow(from: CopyRows, start: number, end: number): void {
    this.#reserve(end - start);
    this.#end += from.bytes.copy(this.#bytes, this.#end, start, end);
    this.#count++;
  }

  finish(): Buffer {
    this.#bytes.writeInt32BE(this.#count, COUNT_AT);
    this.#bytes.writeInt32BE(this.#end - ENTRIES_AT, COUNT_AT + 4);
    return finished(this.#bytes, this.#end);
  }

  #reserve(byteCount: number): void {
    const needed = this.#end + byteCount;
    if (needed + HEADER_BYTES + 2 > this.#bytes.length) this.#bytes = larger(this.#bytes, this.#end, needed);
  }
}

function finished(bytes: Buffer, rowsEnd: number): Buffer {
  const end = bytes.writeInt16BE(-1, rowsEnd);
  bytes.writeInt32BE(end - 1, 1);
  bytes[end] = COPY_DONE;
  return bytes.subarray(0, bytes.writeInt32BE(4, end + 1));
}

function larger(bytes: Buffer, end: number, needed: number): Buffer {
  must(needed < 2 ** 30, 'a batch of rows stays below 1 GiB');
  const grown = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(needed + HEADER_BYTES + 2)) * 2);
  bytes.copy(grown, 0, 0, end);
  return grown;
}
