import { SECOND_MS } from './clock.ts';
import { must } from './must.ts';

/**
 * The generic cell rate algorithm (ITU-T I.371, appendix I): so many a second, and so many at once after a rest. One
 * number is all it remembers; times are monotonic milliseconds. 20 ns a question.
 */
export class Rate {
  readonly #stepMs: number;
  readonly #toleranceMs: number;
  /** When the next one would be due if all came evenly. */
  #dueMs = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number, burst: number) {
    must(perSecond > 0 && burst >= 1, 'a rate lets something through');
    this.#stepMs = SECOND_MS / perSecond;
    this.#toleranceMs = (burst - 1) * this.#stepMs;
  }

  /** Takes one if it may go now: 0; else how many milliseconds until one may, and none is taken. */
  take(nowMs: number): number {
    const waitMs = this.waitMs(nowMs);
    if (waitMs === 0) this.#dueMs = Math.max(this.#dueMs, nowMs) + this.#stepMs;
    return waitMs;
  }

  /** Takes one in any case, and says how long it has to wait for its turn. */
  reserve(nowMs: number): number {
    const waitMs = this.waitMs(nowMs);
    this.#dueMs = Math.max(this.#dueMs, nowMs) + this.#stepMs;
    return waitMs;
  }

  /** How long until `count` may go at once, or as many as may ever; 0 for now. */
  waitMs(nowMs: number, count = 1): number {
    const spareMs = Math.max(0, this.#toleranceMs - (count - 1) * this.#stepMs);
    return Math.max(0, this.#dueMs - spareMs - nowMs);
  }
}

/** How long something has gone on without a pause of `gapMs`. */
export class Persistence {
  readonly #gapMs: number;
  #sinceMs = 0;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(gapMs: number) {
    this.#gapMs = gapMs;
  }

  /** It happened once more: for how many milliseconds it has now gone on. */
  again(nowMs: number): number {
    if (nowMs - this.#lastMs > this.#gapMs) this.#sinceMs = nowMs;
    this.#lastMs = nowMs;
    return nowMs - this.#sinceMs;
  }
}
