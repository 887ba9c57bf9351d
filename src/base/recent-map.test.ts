import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentMap } from './recent-map.ts';

test('the entry that was not used for longest goes first', () => {
  const map = new RecentMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  assert.equal(map.get('a'), 1);
  map.set('c', 3);
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c'), map.size], [1, undefined, 3, 2]);
});

test('an entry that is set again takes the room of one', () => {
  const map = new RecentMap<string, number>(2);
  for (const value of [1, 2, 3]) map.set('a', value);
  map.set('b', 4);
  assert.deepEqual([map.get('a'), map.get('b'), map.size], [3, 4, 2]);
});

test('what is deleted is gone', () => {
  const map = new RecentMap<string, number>(1);
  map.set('a', 1);
  map.delete('a');
  assert.deepEqual([map.get('a'), map.size], [undefined, 0]);
});
