import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { GenerationCache } from './recipients-cache.ts';

const hashOf = (n: number): Buffer => createHash('sha256').update(String(n)).digest().subarray(0, 16);

test('what was set is found, whatever else collides with its place', () => {
  const cache = new GenerationCache<number>(64, (value) => value);
  const alike = Array.from({ length: 40 }, (_, i) => Buffer.from([...Buffer.alloc(15), i]));
  for (const [i, hash] of alike.entries()) cache.set(hash, i);
  assert.deepEqual(
    alike.map((hash) => cache.get(hash)),
    alike.map((_, i) => i),
  );
  assert.equal(cache.get(Buffer.from([...Buffer.alloc(15), 40])), undefined);
});

test('the last generation is always there, and never more than two are', () => {
  for (const count of [1, 99, 100, 101, 199, 200, 201, 1000]) {
    const cache = new GenerationCache<number>(100, (value) => value);
    for (let n = 0; n < count; n++) cache.set(hashOf(n), n);
    // The oldest first: what is found in the older generation moves to the younger one and may push another out.
    const kept = Array.from({ length: count }, (_, n) => cache.get(hashOf(n))).filter((value) => value !== undefined);
    assert.ok(kept.length >= Math.min(count, 100) && kept.length <= 200, `${kept.length} of ${count} are kept`);
    assert.equal(cache.get(hashOf(count - 1)), count - 1);
  }
});

test('what is asked for again stays, as a copy made once per generation', () => {
  const cache = new GenerationCache<{ copies: number }>(10, ({ copies }) => ({ copies: copies + 1 }));
  cache.set(hashOf(-1), { copies: 0 });
  for (let n = 0; n < 100; n++) {
    cache.set(hashOf(n), { copies: 0 });
    assert.notEqual(cache.get(hashOf(-1)), undefined);
  }
  const { copies } = cache.get(hashOf(-1))!;
  assert.ok(copies >= 9 && copies <= 12, `${copies} copies`);
});

test('a cleared cache is empty', () => {
  const cache = new GenerationCache<number>(10, (value) => value);
  for (let n = 0; n < 15; n++) cache.set(hashOf(n), n);
  cache.clear();
  for (let n = 0; n < 15; n++) assert.equal(cache.get(hashOf(n)), undefined);
});
