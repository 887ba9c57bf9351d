import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dice } from './dice.ts';
import { TextMap } from './text-map.ts';

const STEPS = 200_000;

test('holds what a Map holds, however full it gets', () => {
  const dice = new Dice(20_331);
  const map = new TextMap<number>();
  const expected = new Map<string, number>();
  for (let step = 0; step < STEPS; step++) {
    const range = 2 ** (step % 50_000 < 25_000 ? 12 : 3);
    const key = `key ${dice.below(range)}`;
    assert.equal(map.get(key), expected.get(key));
    if (dice.fraction() < 0.5) {
      map.set(key, step);
      expected.set(key, step);
    } else {
      map.delete(key);
      expected.delete(key);
    }
    assert.equal(map.size, expected.size);
    if (step % 10_000 === 0) assertSame(map, expected);
  }
  for (const key of expected.keys()) map.delete(key);
  assertSame(map, new Map());
});

test('tells texts apart by nothing but their characters', () => {
  const map = new TextMap<number>();
  const texts = ['', 'a', 'A', 'ä', 'a\u0308', '\u{1F600}', '\uD83D', ' a', 'a ', '0', '00', 'x'.repeat(70_000)];
  for (const [at, text] of texts.entries()) map.set(text, at);
  for (const [at, text] of texts.entries()) assert.equal(map.get(Buffer.from(text, 'utf16le').toString('utf16le')), at);
  assert.equal(map.size, texts.length);
});

const sorted = (values: Iterable<number>): number[] => [...values].toSorted((one, other) => one - other);

function assertSame(map: TextMap<number>, expected: Map<string, number>): void {
  assert.deepEqual(sorted(map.values()), sorted(expected.values()));
  for (const [key, value] of expected) assert.equal(map.get(key), value);
}
