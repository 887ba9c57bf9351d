import { must } from '../../base/must.ts';
import { HASH_BYTES, MAX_SIZE, TILE_LEVELS } from './merkle.ts';

/** Hashes in a full tile, and entries in a full bundle (C2SP tlog-tiles). */
export const TILE_WIDTH = 2 ** TILE_LEVELS;
/** The length of an entry in a bundle is two octets. */
export const MAX_ENTRY_BYTES = 0xffff;
const MAX_TILE_LEVEL = 63;

/** A tile of hashes, or (`entries`) a bundle of entries: `width` of them from `index` × 256 on, 256 when it is full. */
export interface Tile {
  readonly level: number | 'entries';
  readonly index: number;
  readonly width: number;
}

/** Path elements of three digits, all but the last with an x in front: 1234067 is x001/x234/067. */
function indexPath(index: number): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
}

/** Where a tile is served, below the prefix of the log: `tile/<L>/<N>[.p/<W>]`. */
export function tilePath({ level, index, width }: Tile): string {
  return `tile/${level}/${indexPath(index)}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

const TILE_PATH = /^tile\/(?<level>entries|\d{1,2})\/(?<index>(?:x\d{3}\/){0,5}\d{3})(?:\.p\/(?<width>\d{1,3}))?$/;

/** Null for what `tilePath` does not write. */
export function parseTilePath(path: string): Tile | null {
  const found = TILE_PATH.exec(path)?.groups;
  if (found === undefined) return null;
  const tile: Tile = {
    level: found.level === 'entries' ? 'entries' : Number(found.level),
    index: Number(found.index?.replaceAll(/[x/]/g, '')),
    width: Number(found.width ?? TILE_WIDTH),
  };
  const inBounds =
    (tile.level === 'entries' || tile.level <= MAX_TILE_LEVEL) &&
    tile.index <= MAX_SIZE &&
    tile.width >= 1 &&
    tile.width <= TILE_WIDTH;
  return inBounds && tilePath(tile) === path ? tile : null;
}

/** Hashes, or entries, that a tree of `size` leaves has on a level of tiles. */
export const tileHashCount = (size: number, level: number): number => Math.floor(size / TILE_WIDTH ** level);

/** The tile with that index in a tree of `size` leaves, as wide as it is there; null when the tree does not reach it. */
export function tileOf(size: number, level: number, index: number): Tile | null {
  const width = Math.min(TILE_WIDTH, tileHashCount(size, level) - index * TILE_WIDTH);
  return width > 0 ? { level, index, width } : null;
}

/** The tiles that are new or wider in a tree that grew from one size to another, without those between the two sizes. */
export function grownTiles(from: number, to: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0; tileHashCount(to, level) > 0; level++) {
    const [before, after] = [tileHashCount(from, level), tileHashCount(to, level)];
    if (before === after) continue;
    for (let index = Math.floor(before / TILE_WIDTH); index * TILE_WIDTH < after; index++) {
      tiles.push(tileOf(to, level, index)!);
    }
  }
  return tiles;
}

/** The bundles of entries that are new or longer in a log that grew from one size to another. */
export const grownBundles = (from: number, to: number): Tile[] =>
  grownTiles(from, to).flatMap((tile) => (tile.level === 0 ? [{ ...tile, level: 'entries' as const }] : []));

/** The partial tiles of a tree: what must be known of it so that it can grow. */
export function edgeTiles(size: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0; tileHashCount(size, level) > 0; level++) {
    const tile = tileOf(size, level, Math.floor(tileHashCount(size, level) / TILE_WIDTH));
    if (tile !== null) tiles.push(tile);
  }
  return tiles;
}

/** A bundle: each entry behind its length (two octets, big-endian). */
export function packEntries(entries: readonly Buffer[]): Buffer {
  must(entries.length <= TILE_WIDTH, 'a bundle has at most 256 entries');
  return Buffer.concat(
    entries.flatMap((entry) => {
      must(entry.length <= MAX_ENTRY_BYTES, 'an entry of the log has at most 65,535 octets');
      return [Buffer.of(entry.length >> 8, entry.length & 0xff), entry];
    }),
  );
}

/** The octets of a tile of hashes. */
export const tileBytes = (tile: Tile): number => tile.width * HASH_BYTES;
