import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logOf, MemoryLog, numberedEntries } from '../../../test/support/memory-log.ts';
import { GrowingTree } from './growing-tree.ts';
import { leafHash } from './merkle.ts';
import { rootOf } from './proofs.ts';
import { edgeTiles, grownTiles, tileBytes, tilePath } from './tiles.ts';

describe('a tree that grows', () => {
  it('makes exactly the tiles of its growth, each of its width', () => {
    const tree = new GrowingTree();
    for (const [from, to] of [
      [0, 1],
      [1, 1],
      [1, 255],
      [255, 256],
      [256, 700],
      [700, 66_000],
      [66_000, 66_001],
    ] as const) {
      for (const entry of numberedEntries(from, to)) tree.append(leafHash(entry));
      const tiles = tree.takeTiles();
      assert.deepEqual(tiles.map(tilePath), grownTiles(from, to).map(tilePath));
      for (const tile of tiles) assert.equal(tile.hashes.length, tileBytes(tile));
    }
  });

  it('has the same tiles however it was cut into batches', () => {
    const [whole, inSteps] = [logOf(2000), new MemoryLog()];
    for (let from = 0; from < 2000; from += 77) inSteps.append(numberedEntries(from, Math.min(from + 77, 2000)));
    for (const [path, hashes] of whole.stored) assert.deepEqual(inSteps.stored.get(path), hashes, path);
  });

  it('goes on from its partial tiles as if it had not stopped, at every size up to 600 and around 65,536', async () => {
    const sizes = [...Array.from({ length: 601 }, (_, size) => size), 65_535, 65_536, 65_537, 66_049];
    const log = logOf(66_100);
    for (const size of sizes) {
      const edge = await log.read(edgeTiles(size));
      const tree = GrowingTree.from(
        size,
        edge.map((hashes, at) => hashes!.subarray(0, tileBytes(edgeTiles(size)[at]!))),
      );
      assert.ok(tree !== null);
      assert.deepEqual([tree.size, tree.root()], [size, await rootOf(size, log.read)], `size ${size}`);
      assert.deepEqual(tree.takeTiles(), []);
      for (const entry of log.entries.slice(size, size + 300)) tree.append(leafHash(entry));
      assert.deepEqual(tree.root(), await rootOf(tree.size, log.read), `size ${size} and on`);
      assertStored(tree, log);
    }
  });

  it('does not go on from tiles that are missing or of another length', () => {
    assert.equal(GrowingTree.from(300, []), null);
    assert.equal(GrowingTree.from(300, [Buffer.alloc(44 * 32), Buffer.alloc(31)]), null);
    assert.equal(GrowingTree.from(300, [Buffer.alloc(43 * 32), Buffer.alloc(32)]), null);
    assert.equal(GrowingTree.from(0, [Buffer.alloc(32)]), null);
  });
});

/** What a tree made is, as far as it goes, what the log has stored. */
function assertStored(tree: GrowingTree, log: MemoryLog): void {
  const stored = new MapOfTiles(log);
  for (const tile of tree.takeTiles()) assert.ok(stored.begins(tile.level, tile.index, tile.hashes), tilePath(tile));
}

class MapOfTiles {
  readonly #log: MemoryLog;
  constructor(log: MemoryLog) {
    this.#log = log;
  }
  begins(level: number, index: number, hashes: Buffer): boolean {
    for (let width = 256; width > 0; width--) {
      const stored = this.#log.stored.get(tilePath({ level, index, width }));
      if (stored !== undefined) return stored.subarray(0, hashes.length).equals(hashes);
    }
    return false;
  }
}
