import { type Clock, DAY_MS } from './clock.ts';
import { type Entropy, EntropyPool } from './entropy.ts';

/** A message id: the 16 bytes of a UUIDv7 (RFC 9562 §5.7). Its first 48 bits are Unix milliseconds, so it carries its day. */
export type Id = Buffer;

const COUNTER_MAX = 0x3ffff;
const MS_BYTES = 6;
const RANDOM_AT = 9;
const ID_BYTES = 16;

/** Makes ids that ascend within a process: milliseconds, an 18-bit counter, 56 random bits. */
export class IdSource {
  readonly #clock: Clock;
  readonly #random: EntropyPool;
  #lastMs = 0;
  #counter = 0;

  constructor(clock: Clock, entropy: Entropy) {
    this.#clock = clock;
    this.#random = new EntropyPool(entropy);
  }

  next(): Id {
    const nowMs = this.#clock.now();
    if (nowMs > this.#lastMs) {
      this.#lastMs = nowMs;
      this.#counter = 0;
    } else if (++this.#counter > COUNTER_MAX) {
      this.#lastMs++;
      this.#counter = 0;
    }
    const id = Buffer.allocUnsafe(ID_BYTES);
    id.writeUIntBE(this.#lastMs, 0, MS_BYTES);
    id[6] = 0x70 | (this.#counter >>> 14);
    id[7] = (this.#counter >>> 6) & 0xff;
    id[8] = 0x80 | (this.#counter & 0x3f);
    this.#random.draw(id, RANDOM_AT, ID_BYTES - RANDOM_AT);
    return id;
  }
}

/** How many ids a run has. */
export const RUN_MAX = 256;

/** An id in the run of another: the ids of a run differ in their last octet, and the first of them names the run. */
export function inRun(id: Id, place: number): Id {
  const other = Buffer.from(id);
  other[ID_BYTES - 1] = place;
  return other;
}

export const runOf = (id: Id): Id => inRun(id, 0);

const HEX_DIGITS = Buffer.from('0123456789abcdef');
const scratch = Buffer.from('00000000-0000-0000-0000-000000000000');
/** Where each octet stands in the text. */
const TEXT_AT = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;

/** The canonical text of an id: 36 characters, lower case. One string, where putting pieces of it together takes ten. */
export function idText(id: Id): string {
  for (let octet = 0; octet < ID_BYTES; octet++) {
    const at = TEXT_AT[octet]!;
    scratch[at] = HEX_DIGITS[id[octet]! >>> 4]!;
    scratch[at + 1] = HEX_DIGITS[id[octet]! & 0xf]!;
  }
  return scratch.latin1Slice(0, scratch.length);
}

const TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** The id a text stands for, or null where it is not a UUIDv7. */
export function parseId(text: string): Id | null {
  return TEXT.test(text) ? Buffer.from(text.replaceAll('-', ''), 'hex') : null;
}

/** When the id was made, Unix milliseconds. */
export const idTimeMs = (id: Id): number => id.readUIntBE(0, MS_BYTES);

/** The UTC day of the id, counted in days since 1970-01-01. */
export const idDay = (id: Id): number => Math.floor(idTimeMs(id) / DAY_MS);

/** The oldest of some ids; null where there is none. */
export function oldestId(ids: readonly (Id | undefined | null)[]): Id | null {
  let oldest: Id | null = null;
  for (const id of ids) if (id && (!oldest || Buffer.compare(id, oldest) < 0)) oldest = id;
  return oldest;
}

/** The lowest id of a millisecond, as text: a bound for range scans and partitions. */
export const lowestIdText = (unixMs: number): string =>
  idText(Buffer.from(unixMs.toString(16).padStart(12, '0').padEnd(32, '0'), 'hex'));
