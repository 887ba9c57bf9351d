import type { Dice } from '../src/base/dice.ts';

const OCTETS = [0, 1, 2, 3, 4, 5, 0x1b, 0x20, 0x3a, 0x40, 0x7f, 0x80, 0xfe, 0xff] as const;
const WORDS = [
  0, 1, 15, 16, 17, 254, 255, 256, 0x0424, 0x7fff, 0x8000, 0xffff, 70_000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
] as const;
const CHUNK_MAX = 64;
const STACKED_MAX = 5;

type Mutator = (bytes: Buffer, dice: Dice, pool: Pool) => Buffer;

/** What mutators draw from: words that mean something, and inputs that were worth keeping. */
export interface Pool {
  readonly dictionary: readonly Buffer[];
  readonly inputs: readonly Buffer[];
}

const pick = <T>(dice: Dice, from: readonly T[]): T => from[dice.below(from.length)]!;
const place = (dice: Dice, bytes: Buffer): number => dice.below(bytes.length + 1);

function spliced(bytes: Buffer, at: number, removed: number, inserted: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(Math.min(bytes.length, at + removed))]);
}

function overwritten(bytes: Buffer, at: number, by: Buffer): Buffer {
  return spliced(bytes, at, by.length, by);
}

/** A number of one, two or four octets, as lengths are written. */
function number(dice: Dice): Buffer {
  const value = dice.fraction() < 0.5 ? pick(dice, WORDS) : dice.below(512);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes.subarray(pick(dice, [0, 2, 3]));
}

/** A TLV with a tag that may be known, and a length that may be true. */
function tlv(dice: Dice, pool: Pool): Buffer {
  const value = dice.fraction() < 0.5 ? dice.fill(Buffer.alloc(dice.below(8))) : pick(dice, pool.dictionary);
  const header = Buffer.alloc(4);
  header.writeUInt16BE(
    pick(dice, [0x0424, 0x001e, 0x0427, 0x020c, 0x020e, 0x020f, 0x0210, 0x1400, dice.below(0x1500)]),
    0,
  );
  header.writeUInt16BE(dice.fraction() < 0.8 ? value.length : dice.below(0x1_0000), 2);
  return Buffer.concat([header, value]);
}

/** Makes the first command_length true again, so that what was changed behind it is read. */
function withLength(bytes: Buffer): Buffer {
  if (bytes.length < 16) return bytes;
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(bytes.length, 0);
  return copy;
}

const mutators: readonly Mutator[] = [
  (bytes, dice) => overwritten(bytes, place(dice, bytes), Buffer.from([dice.below(256)])),
  (bytes, dice) => overwritten(bytes, place(dice, bytes), Buffer.from([pick(dice, OCTETS)])),
  (bytes, dice) => {
    if (bytes.length === 0) return bytes;
    const copy = Buffer.from(bytes);
    copy[dice.below(copy.length)]! ^= 1 << dice.below(8);
    return copy;
  },
  (bytes, dice) => overwritten(bytes, place(dice, bytes), number(dice)),
  (bytes, dice) => spliced(bytes, place(dice, bytes), 1 + dice.below(CHUNK_MAX), Buffer.alloc(0)),
  (bytes, dice) => spliced(bytes, place(dice, bytes), 0, Buffer.alloc(1 + dice.below(CHUNK_MAX), pick(dice, OCTETS))),
  (bytes, dice) => {
    const from = place(dice, bytes);
    return spliced(bytes, place(dice, bytes), 0, bytes.subarray(from, from + 1 + dice.below(CHUNK_MAX)));
  },
  (bytes, dice) => bytes.subarray(0, place(dice, bytes)),
  (bytes, dice, pool) => spliced(bytes, place(dice, bytes), 0, pick(dice, pool.dictionary)),
  (bytes, dice, pool) => overwritten(bytes, place(dice, bytes), pick(dice, pool.dictionary)),
  (bytes, dice, pool) => spliced(bytes, place(dice, bytes), 0, tlv(dice, pool)),
  (bytes, dice, pool) => Buffer.concat([bytes, tlv(dice, pool)]),
  (bytes, dice, pool) => {
    const other = pick(dice, pool.inputs);
    return Buffer.concat([bytes.subarray(0, place(dice, bytes)), other.subarray(place(dice, other))]);
  },
  (bytes, dice, pool) => Buffer.concat([bytes, pick(dice, pool.inputs)]),
  withLength,
];

/** A new input, made of one that was worth keeping. */
export function mutated(bytes: Buffer, dice: Dice, pool: Pool, maxBytes: number): Buffer {
  let made = bytes;
  for (let left = 1 + dice.below(STACKED_MAX); left > 0; left--) made = pick(dice, mutators)(made, dice, pool);
  if (dice.fraction() < 0.3) made = withLength(made);
  return made.length > maxBytes ? made.subarray(0, maxBytes) : made;
}
