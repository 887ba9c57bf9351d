import { HASH_BYTES, hashLeafInto, TILE_WIDTH, type Tile } from '../tree/index.ts';
import { hasHash, hashAbove, isFull, misshapen, neither, wrongOctet } from './checked-tile.ts';
import { type EntryCursor, type EntryPlace, offsetOf } from './entry-cursor.ts';
import { type Flaw, flaw, isFlaw } from './flaw.ts';
import type { LogSource } from './source.ts';

/** Is told where in `leaves` the hash of each entry stands that has been found good; may find something wrong itself. */
type EachLeaf = (at: number) => Promise<Flaw | null> | null;

/** The entries below a tile of the lowest level, which are next of `cursor`, and the tile itself. */
export async function wrongBundle(
  source: LogSource,
  cursor: EntryCursor,
  tile: Tile,
  leaves: Buffer,
  eachLeaf: EachLeaf,
): Promise<Flaw | null> {
  const stored = await source.tile(tile);
  const shape = misshapen(stored, tile);
  const hash = isFull(tile) ? await hashAbove(source, tile, 0) : null;
  const isGood = shape === null && (hash === null || hasHash(stored.hashes!, hash));
  const wrong = await wrongEntry(cursor, tile, { good: isGood ? stored.hashes : null, leaves, eachLeaf });
  if (wrong || isGood) return wrong;
  if (shape) return shape;
  const areSigned = hash === null || hasHash(leaves, hash);
  return areSigned ? wrongOctet(stored, leaves) : neither(stored, hash, tile.index * TILE_WIDTH);
}

interface Against {
  /** The tile, where it has been found good; else the entries are only hashed. */
  readonly good: Buffer | null;
  readonly leaves: Buffer;
  readonly eachLeaf: EachLeaf;
}

async function wrongEntry(cursor: EntryCursor, tile: Tile, { good, leaves, eachLeaf }: Against): Promise<Flaw | null> {
  for (let at = 0; at < tile.width * HASH_BYTES; at += HASH_BYTES) {
    const place = await cursor.next();
    if (place === null) return ended(tile, at / HASH_BYTES);
    if (isFlaw(place)) return place;
    hashLeafInto(place.run.bytes!, place.from, place.to, leaves, at);
    const isRight = good === null || good.compare(leaves, at, at + HASH_BYTES, at, at + HASH_BYTES) === 0;
    if (!isRight) return changed(place, good.subarray(at, at + HASH_BYTES));
    const wrong = eachLeaf(at);
    if (wrong !== null) {
      const found = await wrong;
      if (found) return found;
    }
  }
  return null;
}

function ended({ index, width }: Tile, count: number): Flaw {
  const first = index * TILE_WIDTH + count;
  const words = `nothing has entry ${first} and those up to ${index * TILE_WIDTH + width - 1}, which the latest checkpoint covers`;
  return flaw('entry_missing', 'the end of the log', words, { index: first });
}

function changed(place: EntryPlace, shouldBe: Buffer): Flaw {
  const { run, index } = place;
  const offset = offsetOf(place);
  const words = `entry ${index}, which begins at octet ${offset}, is not the one that was signed: its leaf hash should be ${shouldBe.toString('hex')}`;
  return flaw('entry_wrong', run.name, words, { offset, index });
}
