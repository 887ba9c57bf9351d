import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entropy } from '../../base/entropy.ts';
import { nextDelayMs } from './schedule.ts';

const entropyOf = (fraction: number): Entropy => ({ fill: (target) => target.fill(0), fraction: () => fraction });
const delaysMs = [0, 5_000, 300_000];

test('without jitter the waits are those of the schedule, and then it is given up', () => {
  const waits = [0, 1, 2, 3].map((attempts) => nextDelayMs(delaysMs, attempts, entropyOf(0)));
  assert.deepEqual(waits, [0, 5_000, 300_000, null]);
});

test('jitter only lengthens a wait, by a fifth at most', () => {
  assert.equal(nextDelayMs(delaysMs, 0, entropyOf(0.999)), 0);
  assert.equal(nextDelayMs(delaysMs, 1, entropyOf(0.5)), 5_500);
  assert.equal(nextDelayMs(delaysMs, 2, entropyOf(0.999_999_999)), 360_000);
});
