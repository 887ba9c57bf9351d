import { SECOND_MS } from '../../base/clock.ts';
import type { Entropy } from '../../base/entropy.ts';

/** A bind that lasted so long was a good one. */
const GOOD_MS = 10 * SECOND_MS;

/** How long to wait before the next try: doubled each time, by half more or less, so that nodes and binds do not come at once. */
export class BackOff {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #entropy: Entropy;
  #failures = 0;
  /** Binds in a row that were lost as soon as they were there: a carrier that takes and drops them is left alone too. */
  #shortLives = 0;

  constructor(minMs: number, maxMs: number, entropy: Entropy) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#entropy = entropy;
  }

  get failures(): number {
    return this.#failures;
  }

  /** A bind was lost that had lasted so long. */
  lost(lifeMs: number): void {
    this.#shortLives = lifeMs < GOOD_MS ? this.#shortLives + 1 : 0;
    this.#failures = Math.max(0, this.#shortLives - 1);
  }

  nextDelayMs(): number {
    const delayMs = Math.min(this.#maxMs, this.#minMs * 2 ** this.#failures++);
    return delayMs * (0.5 + this.#entropy.fraction());
  }
}
