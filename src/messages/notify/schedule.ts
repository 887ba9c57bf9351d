import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import type { Entropy } from '../../base/entropy.ts';

/** How long to wait before each attempt at a notice: https://www.standardwebhooks.com, "Retry schedule". About 75 hours. */
export const attemptDelaysMs: readonly number[] = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** A wait is lengthened by up to this part of itself, so that what failed together is not tried again together. */
const JITTER = 0.2;

/** How long to wait after `attempts` failed attempts; null when it is time to give up. */
export function nextAttemptDelayMs(attempts: number, entropy: Entropy): number | null {
  const delayMs = attemptDelaysMs[attempts];
  return delayMs === undefined ? null : Math.round(delayMs * (1 + JITTER * entropy.fraction()));
}
