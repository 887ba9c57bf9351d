import { GrowingTree } from '../../src/audit/tree/growing-tree.ts';
import { leafHash } from '../../src/audit/tree/merkle.ts';
import type { TileReader } from '../../src/audit/tree/proofs.ts';
import { type Tile, tilePath } from '../../src/audit/tree/tiles.ts';

/** A log in memory: entries in, tiles out, stored under their paths as a log serves them. */
export class MemoryLog {
  readonly entries: Buffer[] = [];
  readonly stored = new Map<string, Buffer>();
  readonly #tree = new GrowingTree();
  /** How often `read` was called, and the paths it was asked for. */
  reads = 0;
  readonly asked: string[] = [];

  get size(): number {
    return this.#tree.size;
  }

  /** Appends entries as one batch and stores the tiles this makes. */
  append(entries: readonly Buffer[]): void {
    for (const entry of entries) this.#tree.append(leafHash(entry));
    this.entries.push(...entries);
    for (const tile of this.#tree.takeTiles()) this.stored.set(tilePath(tile), tile.hashes);
  }

  root(): Buffer {
    return this.#tree.root();
  }

  /** Reads what is stored; for a partial tile that was not stored under its width, the widest there is. */
  readonly read: TileReader = async (tiles) => {
    this.reads++;
    this.asked.push(...tiles.map(tilePath));
    return tiles.map((tile) => this.#widest(tile));
  };

  #widest(tile: Tile): Buffer | null {
    for (let width = tile.width; width <= 256; width++) {
      const stored = this.stored.get(tilePath({ ...tile, width }));
      if (stored !== undefined) return stored;
    }
    return null;
  }
}

/** The entries `from` up to but not including `to`, all different and of many lengths. */
export const numberedEntries = (from: number, to: number): Buffer[] =>
  Array.from({ length: to - from }, (_, at) => Buffer.from(`entry ${from + at} ${'.'.repeat((from + at) % 90)}`));

export function logOf(size: number): MemoryLog {
  const log = new MemoryLog();
  log.append(numberedEntries(0, size));
  return log;
}
