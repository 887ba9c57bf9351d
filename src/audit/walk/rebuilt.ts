import {
  edgeTiles,
  Frontier,
  HASH_BYTES,
  leafHash,
  TILE_WIDTH,
  type Tile,
  type TreeHead,
  type TrustPolicy,
  tileBytes,
} from '../tree/index.ts';
import { misshapen, wrongOctet } from './checked-tile.ts';
import { mergedClaims, sizeOfClaim, wrongClaim } from './claims.ts';
import { EntryCursor, entryBytes } from './entry-cursor.ts';
import { type Flaw, flaw, isFlaw } from './flaw.ts';
import type { Claim, LogSource } from './source.ts';

/** The tile that the entries below it make; null where they are not there to be read. */
export async function rebuiltTile(source: LogSource, tile: Tile, level: number): Promise<Buffer | null> {
  const made: Buffer[] = [];
  const frontier = new Frontier((of, hashes, at) => {
    if (of === level) made.push(Buffer.from(hashes.subarray(at, at + HASH_BYTES)));
  });
  const leaves = TILE_WIDTH ** level;
  const cursor = new EntryCursor(source.runs(tile.index * TILE_WIDTH * leaves), tile.index * TILE_WIDTH * leaves);
  for (let left = tile.width * leaves; left > 0; left--) {
    const place = await cursor.next();
    if (place === null || isFlaw(place)) return null;
    frontier.append(leafHash(entryBytes(place)));
  }
  await cursor.close();
  return Buffer.concat(made);
}

/** The last tile of each level, as entries make them. */
class Edge {
  readonly #levels: { readonly hashes: Buffer; count: number }[] = [];

  readonly add = (level: number, hashes: Buffer, at: number): void => {
    const into = this.#levels[level] ?? { hashes: Buffer.alloc(TILE_WIDTH * HASH_BYTES), count: 0 };
    this.#levels[level] = into;
    hashes.copy(into.hashes, (into.count++ % TILE_WIDTH) * HASH_BYTES, at, at + HASH_BYTES);
  };

  of(tile: Tile): Buffer {
    return this.#levels[Number(tile.level)]!.hashes.subarray(0, tileBytes(tile));
  }
}

export interface Puzzle {
  readonly source: LogSource;
  readonly policy: TrustPolicy;
  readonly claims: readonly Claim[];
}

/** The tiles do not have the root that was signed: whether they are wrong, or the entries with them, and where. */
export async function unexplained(puzzle: Puzzle, head: TreeHead): Promise<Flaw> {
  const edge = new Edge();
  const frontier = new Frontier(edge.add);
  const early = await firstContradiction(puzzle, frontier, head.size);
  if (early) return early;
  const isSigned = frontier.root().equals(head.root);
  const differs = await firstWrongTile(puzzle.source, edge, head.size);
  if (differs) {
    const words = `${differs.words.split(',')[0]}; neither the tiles nor the entries have the root that was signed`;
    return isSigned ? differs : { ...differs, words };
  }
  const words = `entries and tiles agree with one another, and not with it: its root was signed over other first ${head.size} entries`;
  return flaw('history_differs', 'the latest checkpoint', words, { index: head.size - 1 });
}

/** Goes through the entries: where they are unreadable, or the first checkpoint that they contradict. */
async function firstContradiction(puzzle: Puzzle, frontier: Frontier, size: number): Promise<Flaw | null> {
  const cursor = new EntryCursor(puzzle.source.runs(0));
  let good = 0;
  for await (const claim of mergedClaims(puzzle.source.claims(), puzzle.claims)) {
    const until = Math.min(sizeOfClaim(claim) ?? 0, size);
    const broken = await readUntil(cursor, frontier, until);
    if (broken) return broken;
    const wrong =
      until === frontier.size ? wrongClaim(claim, { size: until, root: frontier.root() }, puzzle.policy) : null;
    if (wrong?.code === 'history_differs') {
      const words = `${wrong.words}, and the tiles were changed with them: what was changed is among the entries ${good} to ${until - 1}`;
      return { ...wrong, words, index: good };
    }
    if (wrong) return wrong;
    good = until;
  }
  return readUntil(cursor, frontier, size);
}

async function readUntil(cursor: EntryCursor, frontier: Frontier, size: number): Promise<Flaw | null> {
  while (frontier.size < size) {
    const place = await cursor.next();
    if (place === null) {
      const index = frontier.size;
      return flaw('entry_missing', 'the end of the log', `nothing has the entries ${index} to ${size - 1}`, { index });
    }
    if (isFlaw(place)) return place;
    frontier.append(leafHash(entryBytes(place)));
  }
  return null;
}

async function firstWrongTile(source: LogSource, edge: Edge, size: number): Promise<Flaw | null> {
  for (const tile of edgeTiles(size).toReversed()) {
    const stored = await source.tile(tile);
    const wrong = misshapen(stored, tile) ?? wrongOctet(stored, edge.of(tile));
    if (wrong) return wrong;
  }
  return null;
}
