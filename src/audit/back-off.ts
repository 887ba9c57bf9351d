import { MINUTE_MS, SECOND_MS } from '../base/clock.ts';
import type { Entropy } from '../base/entropy.ts';

const FIRST_MS = SECOND_MS;
const LAST_MS = MINUTE_MS;

/** How long to wait after failures in a row: twice as long each time up to a minute, by half more or less. */
export class BackOff {
  readonly #entropy: Entropy;
  #failures = 0;

  constructor(entropy: Entropy) {
    this.#entropy = entropy;
  }

  get isTroubled(): boolean {
    return this.#failures > 0;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#failures++;
  }

  /** `restMs` where nothing is wrong. */
  delayMs(restMs: number): number {
    if (this.#failures === 0) return restMs;
    const delayMs = Math.min(LAST_MS, FIRST_MS * 2 ** (this.#failures - 1));
    return delayMs * (0.5 + this.#entropy.fraction());
  }
}
