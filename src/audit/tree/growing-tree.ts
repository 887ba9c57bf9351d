import { must } from '../../base/must.ts';
import { Frontier, HASH_BYTES, subtreeLevels, TILE_LEVELS } from './merkle.ts';
import { subtreeHash } from './proofs.ts';
import { edgeTiles, grownTiles, TILE_WIDTH, type Tile, tileBytes, tileHashCount } from './tiles.ts';

/** A tile of hashes with its octets: `width` hashes of 32. */
export interface HashTile extends Tile {
  readonly level: number;
  readonly hashes: Buffer;
}

/** One level of tiles: the hashes since the last full tile that was taken. */
interface Level {
  hashes: Buffer;
  /** How many hashes stand in `hashes`, and the number of the first one in the level. */
  count: number;
  first: number;
}

const emptyLevel = (first: number): Level => ({ hashes: Buffer.alloc(TILE_WIDTH * HASH_BYTES), count: 0, first });

/**
 * A tree that grows, and the tiles this makes. Append the hashes of a batch, take the tiles, store them with the size:
 * the partial ones among them are what `GrowingTree.from` continues with. Not taken tiles are held in memory: 32 octets
 * a leaf.
 */
export class GrowingTree {
  readonly #levels: Level[] = [];
  #frontier = new Frontier((level, hashes, at) => this.#add(level, hashes, at));
  #taken = 0;

  get size(): number {
    return this.#frontier.size;
  }

  append(hashes: Buffer, at = 0): void {
    this.#frontier.append(hashes, at);
  }

  root(): Buffer {
    return this.#frontier.root();
  }

  /** The tiles that have become new or wider since they were taken last. Their octets are copies. */
  takeTiles(): HashTile[] {
    const tiles = grownTiles(this.#taken, this.size).map((tile) => this.#tile(tile));
    this.#taken = this.size;
    for (const level of this.#levels) dropFullTiles(level);
    return tiles;
  }

  /**
   * The tree of that size, from its partial tiles: the octets of each of `edgeTiles(size)`, in that order. Null when one
   * has not as many octets as it should.
   */
  static from(size: number, edge: readonly Buffer[]): GrowingTree | null {
    const tiles = edgeTiles(size);
    if (edge.length !== tiles.length || tiles.some((tile, at) => edge[at]?.length !== tileBytes(tile))) return null;
    const tree = new GrowingTree();
    for (let level = 0; tileHashCount(size, level) > 0; level++) {
      const count = tileHashCount(size, level);
      tree.#levels.push(emptyLevel(count - (count % TILE_WIDTH)));
    }
    for (const [at, tile] of tiles.entries()) tree.#fill(Number(tile.level), edge[at]!);
    tree.#frontier = Frontier.of(size, tree.#subtrees(size), (level, hashes, at) => tree.#add(level, hashes, at));
    tree.#taken = size;
    return tree;
  }

  #fill(level: number, hashes: Buffer): void {
    const { hashes: kept } = this.#levels[level]!;
    hashes.copy(kept);
    this.#levels[level]!.count = hashes.length / HASH_BYTES;
  }

  /** A bit of the size on level n is a full subtree inside of the partial tile of level n / 8. */
  #subtrees(size: number): Buffer[] {
    const used = new Map<number, number>();
    return subtreeLevels(size).map((bit) => {
      const level = Math.floor(bit / TILE_LEVELS);
      const from = used.get(level) ?? 0;
      const to = from + 2 ** (bit % TILE_LEVELS);
      used.set(level, to);
      return subtreeHash(this.#levels[level]!.hashes.subarray(from * HASH_BYTES, to * HASH_BYTES));
    });
  }

  #add(level: number, hashes: Buffer, at: number): void {
    const into = this.#levels[level] ?? emptyLevel(0);
    this.#levels[level] = into;
    const end = into.count * HASH_BYTES;
    if (end === into.hashes.length) into.hashes = Buffer.concat([into.hashes, Buffer.alloc(end)]);
    hashes.copy(into.hashes, end, at, at + HASH_BYTES);
    into.count++;
  }

  #tile({ level, index, width }: Tile): HashTile {
    must(typeof level === 'number', 'a tree has tiles of hashes');
    const { hashes, first } = this.#levels[level]!;
    const from = (index * TILE_WIDTH - first) * HASH_BYTES;
    return { level, index, width, hashes: Buffer.from(hashes.subarray(from, from + width * HASH_BYTES)) };
  }
}

function dropFullTiles(level: Level): void {
  const full = level.count - (level.count % TILE_WIDTH);
  if (full === 0) return;
  level.hashes.copy(level.hashes, 0, full * HASH_BYTES, level.count * HASH_BYTES);
  level.first += full;
  level.count -= full;
}
