import type { Entropy } from './entropy.ts';

const WORD = 2 ** 32;

/** Chance that can be thrown again: the same seed gives the same numbers (mulberry32). Never for secrets. */
export class Dice implements Entropy {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 32 random bits. */
  word(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** In [0, 1). */
  fraction(): number {
    return this.word() / WORD;
  }

  /** In [from, until). */
  between(from: number, until: number): number {
    return from + this.fraction() * (until - from);
  }

  /** A whole number in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  fill<T extends Uint8Array>(target: T): T {
    for (let at = 0; at < target.length; at++) target[at] = this.word();
    return target;
  }
}
