import type { Entropy } from '../../base/entropy.ts';

/** A wait is lengthened by up to this part of itself, so that what failed together is not tried again together. */
const JITTER = 0.2;

/** How long to wait after `attempts` attempts, of which all failed; null when it is time to give up. */
export function nextDelayMs(delaysMs: readonly number[], attempts: number, entropy: Entropy): number | null {
  const delayMs = delaysMs[attempts];
  return delayMs === undefined ? null : Math.round(delayMs * (1 + JITTER * entropy.fraction()));
}
