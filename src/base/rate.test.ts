import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Persistence, Rate } from './rate.ts';

/** How many of `count` go through when one is asked for every `everyMs`. */
function through(rate: Rate, count: number, everyMs: number): number {
  let gone = 0;
  for (let n = 0; n < count; n++) if (rate.take(n * everyMs) === 0) gone++;
  return gone;
}

test('so many go at once, and then one at a time', () => {
  const rate = new Rate(10, 5);
  assert.deepEqual(
    Array.from({ length: 7 }, () => rate.take(0)),
    [0, 0, 0, 0, 0, 100, 100],
  );
  assert.equal(rate.take(99), 1);
  assert.equal(rate.take(100), 0);
  assert.equal(rate.take(100), 100);
});

test('in the long run the rate is kept, however fast they come', () => {
  assert.equal(through(new Rate(100, 1), 10_000, 1), 1000);
  assert.equal(through(new Rate(100, 50), 10_000, 1), 1049);
  assert.equal(through(new Rate(100, 1), 1000, 10), 1000);
});

test('a rest is saved up to the burst and no further', () => {
  const rate = new Rate(10, 3);
  rate.take(0);
  assert.deepEqual(
    Array.from({ length: 4 }, () => rate.take(3_600_000)),
    [0, 0, 0, 100],
  );
});

test('what is reserved is taken, whatever the wait', () => {
  const rate = new Rate(2, 1);
  assert.deepEqual([rate.reserve(0), rate.reserve(0), rate.reserve(0)], [0, 500, 1000]);
  assert.equal(rate.take(1400), 100);
});

test('the wait for several is the wait until all of them may go, or as many as may ever', () => {
  const rate = new Rate(10, 5);
  for (let n = 0; n < 5; n++) rate.take(0);
  assert.deepEqual([rate.waitMs(0), rate.waitMs(0, 3), rate.waitMs(0, 5), rate.waitMs(0, 500)], [100, 300, 500, 500]);
});

test('what goes on is counted from its beginning, and from anew after a pause', () => {
  const persistence = new Persistence(1000);
  assert.deepEqual(
    [0, 900, 1800, 2800, 3801, 4000].map((ms) => persistence.again(ms)),
    [0, 900, 1800, 2800, 0, 199],
  );
});
