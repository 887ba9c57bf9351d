/** SMPP 5.0 §4.8.4.18: 70 to 79 is the optimum, 80 to 89 nearly congested, 90 and above congested. */
const OPTIMUM_MAX = 79;
const CONGESTED = 90;
const FULL = 100;

/**
 * The congestion_state an application is told with each answer. A session that uses its whole window does well, so that
 * alone is never more than the optimum; how full the gateway is counts up to the end. Both from 0 to 1.
 */
export function congestionState(windowUse: number, fullness: number): number {
  const ofWindow = Math.round(windowUse * OPTIMUM_MAX);
  return Math.min(FULL, Math.max(ofWindow, Math.round(fullness * FULL)));
}

/** The same for who is over its rate, whatever room there is. */
export const congestionOfThrottled = (windowUse: number, fullness: number): number =>
  Math.max(CONGESTED, congestionState(windowUse, fullness));
