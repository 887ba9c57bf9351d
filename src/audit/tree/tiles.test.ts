import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  edgeTiles,
  grownBundles,
  grownTiles,
  packEntries,
  parseTilePath,
  type Tile,
  tileOf,
  tilePath,
} from './tiles.ts';

const paths = (tiles: readonly Tile[]): string[] => tiles.map(tilePath);

/** The paths of the full ones. */
const full = (tiles: readonly Tile[]) => paths(tiles.filter(({ width }) => width === 256)).toSorted();

describe('the path of a tile', () => {
  const examples: readonly (readonly [Tile, string])[] = [
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 0, index: 7, width: 1 }, 'tile/0/007.p/1'],
    [{ level: 1, index: 999, width: 255 }, 'tile/1/999.p/255'],
    [{ level: 2, index: 1000, width: 256 }, 'tile/2/x001/000'],
    [{ level: 63, index: 1_234_067, width: 256 }, 'tile/63/x001/x234/067'],
    [{ level: 'entries', index: 1_234_067, width: 17 }, 'tile/entries/x001/x234/067.p/17'],
    [{ level: 0, index: Number.MAX_SAFE_INTEGER, width: 256 }, 'tile/0/x009/x007/x199/x254/x740/991'],
  ];
  for (const [tile, path] of examples) {
    it(`${path} is written and read`, () => {
      assert.equal(tilePath(tile), path);
      assert.deepEqual(parseTilePath(path), tile);
    });
  }

  it('has one spelling', () => {
    const wrong = [
      '',
      'tile',
      'tile/0',
      'tile/0/0',
      'tile/0/00',
      'tile/0/0000',
      'tile/00/000',
      'tile/01/000',
      'tile/64/000',
      'tile/100/000',
      'tile/-1/000',
      'tile/data/000',
      'tile/8/0/000',
      'tile/0/x000/001',
      'tile/0/x001',
      'tile/0/001/000',
      'tile/0/x001/x234/x067',
      'tile/0/X001/000',
      'tile/0/000.p/0',
      'tile/0/000.p/01',
      'tile/0/000.p/256',
      'tile/0/000.p/257',
      'tile/0/000.p/999',
      'tile/0/000.p/',
      'tile/0/000.p',
      'tile/0/000/',
      '/tile/0/000',
      'tile/0/000\n',
      'tile/0/000?x',
      'tile/0/../000',
      'tile/0/x009/x007/x199/x254/x740/992',
      'tile/0/x999/x999/x999/x999/x999/x999/999',
      'tile/0/٠٠٠',
      'Tile/0/000',
    ];
    for (const path of wrong) assert.equal(parseTilePath(path), null, JSON.stringify(path));
  });
});

describe('the tiles of a tree', () => {
  it('of 70,000 leaves are those the specification counts', () => {
    const tiles = grownTiles(0, 70_000);
    const of = (level: number, isFull: boolean) =>
      tiles.filter((tile) => tile.level === level && (tile.width === 256) === isFull);
    assert.deepEqual(
      [0, 1, 2, 3].map((level) => [of(level, true).length, of(level, false).map(({ width }) => width)]),
      [
        [273, [112]],
        [1, [17]],
        [0, [1]],
        [0, []],
      ],
    );
  });

  it('of 256 leaves are a full one and one of width 1 above', () => {
    assert.deepEqual(paths(grownTiles(0, 256)), ['tile/0/000', 'tile/1/000.p/1']);
  });

  it('of 0 leaves are none', () => {
    assert.deepEqual([grownTiles(0, 0), edgeTiles(0), tileOf(0, 0, 0)], [[], [], null]);
  });

  it('are new or wider after it grew, and only those', () => {
    assert.deepEqual(grownTiles(300, 300), []);
    assert.deepEqual(paths(grownTiles(300, 301)), ['tile/0/001.p/45']);
    assert.deepEqual(paths(grownTiles(511, 513)), ['tile/0/001', 'tile/0/002.p/1', 'tile/1/000.p/2']);
    assert.deepEqual(paths(grownTiles(512, 513)), ['tile/0/002.p/1']);
    assert.deepEqual(paths(grownTiles(65_535, 65_536)), ['tile/0/255', 'tile/1/000', 'tile/2/000.p/1']);
  });

  it('come in the same full ones, however the tree grew', () => {
    const steps = [0, 1, 255, 256, 257, 1000, 65_536, 66_000, 140_000];
    const grown = steps.slice(1).flatMap((size, at) => grownTiles(steps[at]!, size));
    assert.deepEqual(full(grown), full(grownTiles(0, 140_000)));
  });

  it('that are partial are its edge', () => {
    assert.deepEqual(paths(edgeTiles(70_000)), ['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1']);
    assert.deepEqual(paths(edgeTiles(256)), ['tile/1/000.p/1']);
    assert.deepEqual(paths(edgeTiles(65_536)), ['tile/2/000.p/1']);
  });
});

describe('bundles of entries', () => {
  it('stand beside the tiles of leaves', () => {
    assert.deepEqual(paths(grownBundles(200, 600)), ['tile/entries/000', 'tile/entries/001', 'tile/entries/002.p/88']);
  });

  it('have each entry behind its length', () => {
    const longest = Buffer.alloc(0xffff, 7);
    const bundle = packEntries([Buffer.alloc(0), Buffer.from('ab'), longest]);
    assert.deepEqual(bundle, Buffer.concat([Buffer.from([0, 0, 0, 2, 0x61, 0x62, 0xff, 0xff]), longest]));
  });

  it('are not made of what does not fit', () => {
    assert.throws(() => packEntries([Buffer.alloc(0x10000)]), /65,535/);
    assert.throws(() => packEntries(Array.from({ length: 257 }, () => Buffer.alloc(1))), /256/);
  });
});
