import { HASH_BYTES, subtreeHash, TILE_WIDTH, type Tile, tileBytes } from '../tree/index.ts';
import { type Flaw, firstDifference, flaw, hex } from './flaw.ts';
import type { LogSource, StoredTile } from './source.ts';

/** The hash that the tile above has for a full tile. The one above has been found good before. */
export async function hashAbove(source: LogSource, tile: Tile, level: number): Promise<Buffer | null> {
  const index = Math.floor(tile.index / TILE_WIDTH);
  const at = tile.index % TILE_WIDTH;
  const above = await source.tile({ level: level + 1, index, width: at + 1 });
  const hash = above.hashes?.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
  return hash?.length === HASH_BYTES ? hash : null;
}

/** Why a tile cannot be what it should be, before any hash is looked at; null where it may be. */
export function misshapen({ name, hashes }: StoredTile, tile: Tile): Flaw | null {
  if (hashes === null) return flaw('tile_missing', name, 'it is not there');
  const wanted = tileBytes(tile);
  if (hashes.length === wanted) return null;
  const words = `it has ${hashes.length} octets and should have ${wanted}`;
  return flaw('tile_length_wrong', name, words, { offset: Math.min(hashes.length, wanted) });
}

/** Whether a full tile has the hash that is above it. */
export const isFull = ({ width }: Tile): boolean => width === TILE_WIDTH;
export const hasHash = (hashes: Buffer, hash: Buffer): boolean => subtreeHash(hashes).equals(hash);

/** A tile that is not what the entries below it make: its first octet that differs, and what that should be. */
export function wrongOctet({ name, hashes }: StoredTile, shouldBe: Buffer): Flaw | null {
  const offset = firstDifference(hashes!, shouldBe);
  if (offset === null) return null;
  const words = `octet ${offset} is ${hex(hashes![offset])} and should be ${hex(shouldBe[offset])}, as the entries below it are those that were signed`;
  return flaw('tile_wrong', name, words, { offset });
}

/** A tile that has not the hash above it, and whose entries have not either. */
export const neither = ({ name }: StoredTile, hash: Buffer, index: number | null): Flaw => {
  const words = `its hash should be ${hash.toString('hex')}, as the tile above it says; the entries below it do not have that hash either`;
  return flaw('tile_wrong', name, words, { index });
};
