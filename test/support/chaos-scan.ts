import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A thing to look for, in one of the forms in which it may lie in a file. */
export interface Pattern {
  readonly what: string;
  readonly bytes: Buffer;
}

const BCD_BYTES = 6;
/** The octets of a number 1NPA55501xx in reversed-nibble BCD that do not depend on NPA and xx (TS 23.040 §9.1.2.3). */
const BCD_MIDDLE = Buffer.from([0x55, 0x05]);
const BCD_MIDDLE_AT = 2;

const hex = (bytes: Buffer): Buffer => Buffer.from(bytes.toString('hex'));

/** A text in the forms in which it may lie in a file: as it is, in UTF-16 of either order, and as a log would write its bytes. */
export function formsOf(what: string, text: string): Pattern[] {
  const ascii = Buffer.from(text);
  const littleEndian = Buffer.from(text, 'utf16le');
  const bigEndian = Buffer.from(littleEndian).swap16();
  return [
    { what, bytes: ascii },
    { what: `${what} in UTF-16BE`, bytes: bigEndian },
    { what: `${what} in UTF-16LE`, bytes: littleEndian },
    { what: `${what} in hexadecimal`, bytes: hex(ascii) },
    { what: `${what} in UTF-16BE in hexadecimal`, bytes: hex(bigEndian) },
    {
      what: `${what} in UTF-8 in base64`,
      bytes: Buffer.from(ascii.subarray(0, ascii.length - (ascii.length % 3)).toString('base64')),
    },
  ];
}

/** E.164 digits as SMS carries them: two digits an octet, the first in the low half, filled up with F. */
export const bcdOf = (digits: string): Buffer =>
  Buffer.from(digits.padEnd(2 * Math.ceil(digits.length / 2), 'f').replaceAll(/(.)(.)/g, '$2$1'), 'hex');

/** Looks for patterns, and for telephone numbers of the range for fiction, in every file of a folder. */
export class Scan {
  readonly #patterns: readonly Pattern[];
  readonly #numbers: ReadonlySet<string>;
  readonly #bcds: ReadonlySet<string>;
  /** What was found, and in which files. */
  readonly found = new Map<string, Set<string>>();
  /** Numbers found in BCD: six octets of noise are one of 10,000 numbers once in 28 thousand million places. */
  readonly inBcd = new Set<string>();
  bytes = 0;
  readonly files: string[] = [];

  constructor(patterns: readonly Pattern[], numbers: readonly string[]) {
    this.#patterns = patterns;
    this.#numbers = new Set(numbers.map((number) => number.slice(1)));
    this.#bcds = new Set(numbers.map((number) => bcdOf(number).toString('hex')));
  }

  async folder(path: string): Promise<void> {
    for (const entry of await readdir(path, { withFileTypes: true, recursive: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error; // the database removes files as it goes
        return Buffer.alloc(0);
      });
      this.look(file, bytes);
    }
  }

  look(file: string, bytes: Buffer): void {
    this.files.push(file);
    this.bytes += bytes.length;
    for (const { what, bytes: pattern } of this.#patterns) if (bytes.includes(pattern)) this.#note(what, file);
    this.#lookForNumbers(file, bytes);
    this.#lookForBcd(bytes);
  }

  /** With '+' or without, with the country code or without: the ten digits behind it. */
  #lookForNumbers(file: string, bytes: Buffer): void {
    for (const [form, step] of [
      ['latin1', 1],
      ['utf16le', 2],
    ] as const) {
      const middle = Buffer.from('55501', form);
      for (let at = bytes.indexOf(middle); at >= 0; at = bytes.indexOf(middle, at + step)) {
        const digits = bytes.subarray(Math.max(0, at - 3 * step), at + 7 * step).toString(form);
        if (this.#numbers.has(digits)) this.#note(`a number as ${form}`, file);
      }
    }
  }

  #lookForBcd(bytes: Buffer): void {
    for (let at = bytes.indexOf(BCD_MIDDLE); at >= 0; at = bytes.indexOf(BCD_MIDDLE, at + 1)) {
      const number = bytes.subarray(Math.max(0, at - BCD_MIDDLE_AT)).toString('hex', 0, BCD_BYTES);
      if (this.#bcds.has(number)) this.inBcd.add(number);
    }
  }

  #note(what: string, file: string): void {
    const files = this.found.get(what) ?? new Set();
    this.found.set(what, files.add(file));
  }
}
