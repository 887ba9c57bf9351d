import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR_MS } from '../../base/clock.ts';
import type { Entropy } from '../../base/entropy.ts';
import { attemptDelaysMs, nextAttemptDelayMs } from './schedule.ts';

const entropyOf = (fraction: number): Entropy => ({ fill: (target) => target.fill(0), fraction: () => fraction });

test('without jitter the waits are those of Standard Webhooks, and then it is given up', () => {
  const still = entropyOf(0);
  const waits = attemptDelaysMs.map((_, attempts) => nextAttemptDelayMs(attempts, still));
  assert.deepEqual(waits.slice(0, 4), [0, 5_000, 300_000, 1_800_000]);
  assert.deepEqual(
    waits.slice(4),
    [2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS),
  );
  assert.equal(nextAttemptDelayMs(attemptDelaysMs.length, still), null);
});

test('jitter only lengthens a wait, by a fifth at most', () => {
  assert.equal(nextAttemptDelayMs(0, entropyOf(0.999)), 0);
  assert.equal(nextAttemptDelayMs(1, entropyOf(0.5)), 5_500);
  assert.equal(nextAttemptDelayMs(2, entropyOf(0.999_999_999)), 360_000);
});
