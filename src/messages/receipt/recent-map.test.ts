import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentMap } from './recent-map.ts';

test('what was deleted does not come back from before it was set again', () => {
  const map = new RecentMap<number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.delete('a');
  assert.equal(map.get('a'), undefined);
  assert.equal(map.get('b'), 2);
});

test('two generations of entries are kept, and no more', () => {
  const map = new RecentMap<number>(2);
  for (const [at, key] of ['a', 'b', 'c', 'd', 'e'].entries()) map.set(key, at);
  assert.deepEqual(
    ['a', 'b', 'c', 'd', 'e'].map((key) => map.get(key)),
    [undefined, undefined, 2, 3, 4],
  );
});
