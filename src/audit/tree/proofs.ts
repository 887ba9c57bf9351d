import { must } from '../../base/must.ts';
import { emptyRoot, HASH_BYTES, nodeHash, TILE_LEVELS } from './merkle.ts';
import { consistencySpans, inclusionSpans, type Span, type Subtree, subtreesOf } from './spans.ts';
import { TILE_WIDTH, type Tile, tileBytes, tileOf, tilePath } from './tiles.ts';

/** More hashes than any proof of a tree below 2^63 has (C2SP tlog-witness). */
export const MAX_PROOF_HASHES = 63;

/**
 * Reads tiles of hashes, all that a proof needs at once: for each its octets, in order. A wider one than was asked for
 * will do, as it begins the same; null for one that is not there.
 */
export type TileReader = (tiles: readonly Tile[]) => Promise<readonly (Buffer | null)[]>;

/** What could not be had: the path of the first tile that is not there, or too short. */
export interface Missing {
  readonly missing: string;
}

/** The hash over 2^n hashes side by side. */
export function subtreeHash(hashes: Buffer): Buffer {
  if (hashes.length === HASH_BYTES) return hashes;
  const middle = hashes.length / 2;
  return nodeHash(subtreeHash(hashes.subarray(0, middle)), subtreeHash(hashes.subarray(middle)));
}

interface Place {
  readonly tile: Tile;
  /** Octets of the tile that the subtree stands on. */
  readonly from: number;
  readonly to: number;
}

/** Where the hashes below a full subtree stand: in the tile that holds its level, whose width the tree decides. */
function placeOf({ level, index }: Subtree, size: number): Place {
  const tileLevel = Math.floor(level / TILE_LEVELS);
  const leaves = 2 ** (level % TILE_LEVELS);
  const first = index * leaves;
  const tileIndex = Math.floor(first / TILE_WIDTH);
  const from = (first - tileIndex * TILE_WIDTH) * HASH_BYTES;
  return { tile: tileOf(size, tileLevel, tileIndex)!, from, to: from + leaves * HASH_BYTES };
}

/** The hashes of spans of a tree of `size` leaves. A proof of a tree of 10^9 reads eight tiles, in one go. */
async function readSpans(spans: readonly Span[], size: number, read: TileReader): Promise<Buffer[] | Missing> {
  const places = spans.map((span) => subtreesOf(span).map((subtree) => placeOf(subtree, size)));
  const wanted = [...new Map(places.flat().map(({ tile }) => [tilePath(tile), tile]))];
  const tiles = new Map<string, Buffer>();
  const found = await read(wanted.map(([, tile]) => tile));
  for (const [at, [path, tile]] of wanted.entries()) {
    const hashes = found[at] ?? null;
    if (hashes === null || hashes.length < tileBytes(tile)) return { missing: path };
    tiles.set(path, hashes);
  }
  const hashOf = ({ tile, from, to }: Place): Buffer =>
    Buffer.from(subtreeHash(tiles.get(tilePath(tile))!.subarray(from, to)));
  return places.map((place) => place.map(hashOf).reduceRight((right, left) => nodeHash(left, right)));
}

/** The root of the first `size` leaves, from tiles. */
export async function rootOf(size: number, read: TileReader): Promise<Buffer | Missing> {
  if (size === 0) return emptyRoot();
  const hashes = await readSpans([{ from: 0, to: size }], size, read);
  return 'missing' in hashes ? hashes : hashes[0]!;
}

/** Proves that the entry `index` (below `size`) is in the tree of `size` leaves: from the leaf's sibling up to a child of the root. */
export async function inclusionProof(index: number, size: number, read: TileReader): Promise<Buffer[] | Missing> {
  must(index >= 0 && index < size, 'a proof of inclusion is for an entry of the tree');
  return readSpans(inclusionSpans(index, size), size, read);
}

/** Proves that the tree of `newSize` leaves begins with the tree of `oldSize`. Empty when one is empty, or both the same. */
export async function consistencyProof(
  oldSize: number,
  newSize: number,
  read: TileReader,
): Promise<Buffer[] | Missing> {
  must(oldSize >= 0 && oldSize <= newSize, 'a proof of consistency goes from a tree to a later one');
  if (oldSize === 0 || oldSize === newSize) return [];
  return readSpans(consistencySpans(oldSize, newSize), newSize, read);
}

const half = (number: number): number => Math.floor(number / 2);
const isOdd = (number: number): boolean => number % 2 === 1;

const areHashes = (hashes: readonly Buffer[]): boolean => hashes.every((hash) => hash.length === HASH_BYTES);
const isNumber = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** Whether the proof shows that the leaf stands at `index` of the tree with that root (RFC 9162 §2.1.3.2). */
export function provesInclusion(
  leaf: Buffer,
  index: number,
  { size, root }: TreeHead,
  proof: readonly Buffer[],
): boolean {
  if (!isNumber(index) || !isNumber(size) || index >= size || !areHashes([leaf, root, ...proof])) return false;
  let [place, last, hash] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(place) || place === last) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(place) && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && hash.equals(root);
}

/** What a checkpoint says of a tree: how many leaves, and their Merkle tree hash. */
export interface TreeHead {
  readonly size: number;
  readonly root: Buffer;
}

/**
 * Whether the proof shows that the newer tree begins with the older (RFC 9162 §2.1.4.2). From an empty tree every tree
 * grows, and two of the same size must have the same root: then the proof must be empty.
 */
export function provesConsistency(older: TreeHead, newer: TreeHead, proof: readonly Buffer[]): boolean {
  const known = isNumber(older.size) && isNumber(newer.size) && older.size <= newer.size;
  if (!known || !areHashes([older.root, newer.root, ...proof])) return false;
  if (older.size === 0) return proof.length === 0 && older.root.equals(emptyRoot()) && isRootOf(newer);
  if (older.size === newer.size) return proof.length === 0 && older.root.equals(newer.root);
  return provesGrowth(older, newer, proof);
}

/** A root that the size forbids is none: nothing hashes to the root of an empty tree. */
const isRootOf = ({ size, root }: TreeHead): boolean => size > 0 || root.equals(emptyRoot());

function provesGrowth(older: TreeHead, newer: TreeHead, proof: readonly Buffer[]): boolean {
  let [place, last] = [older.size - 1, newer.size - 1];
  while (isOdd(place)) [place, last] = [half(place), half(last)];
  // The whole old tree is a subtree when its size is a power of two. Its root is then left out of the proof.
  const [first, ...rest] = place === 0 ? [older.root, ...proof] : proof;
  if (first === undefined) return false;
  let [olderHash, newerHash] = [first, first];
  for (const hash of rest) {
    if (last === 0) return false;
    if (isOdd(place) || place === last) {
      olderHash = nodeHash(hash, olderHash);
      newerHash = nodeHash(hash, newerHash);
      while (!isOdd(place) && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      newerHash = nodeHash(newerHash, hash);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && olderHash.equals(older.root) && newerHash.equals(newer.root);
}
