import { must } from '../../base/must.ts';

const NO_BYTES = Buffer.alloc(0);
const LATIN1_MAX = 0xff;

/** Writes octets one after the other into a buffer that its owner provides and keeps large enough. */
export class OctetWriter {
  bytes: Buffer = NO_BYTES;
  at = 0;

  u8(value: number): void {
    this.bytes[this.at++] = value;
  }

  u16(value: number): void {
    this.bytes[this.at++] = value >>> 8;
    this.bytes[this.at++] = value;
  }

  u32(value: number): void {
    const { bytes, at } = this;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
    this.at = at + 4;
  }

  /** A C-Octet String; `max` counts its NUL. A NUL within it would shift every field behind it. */
  cString(text: string, max: number): void {
    must(text.length < max, 'a C-Octet String fits its field');
    const { bytes, at } = this;
    const end = at + text.length;
    for (let i = at; i < end; i++) {
      const code = text.charCodeAt(i - at);
      if (code === 0 || code > LATIN1_MAX) must(false, 'a C-Octet String holds octets other than NUL');
      bytes[i] = code;
    }
    bytes[end] = 0;
    this.at = end + 1;
  }

  /** Octets, or the octets of a Latin-1 string. */
  octets(value: Buffer | string): void {
    this.at += typeof value === 'string' ? this.bytes.latin1Write(value, this.at) : value.copy(this.bytes, this.at);
  }
}
