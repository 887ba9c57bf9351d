import { SECOND_MS } from '../../base/clock.ts';
import type { Entropy } from '../../base/entropy.ts';

/** A bind that lasted so long was a good one. */
const GOOD_MS = 10 * SECOND_MS;
/** So was one that brought over so many times what it left in doubt: to be without it costs more than to come back. */
const GOOD_SHARE = 10;
/** But not one that was lost sooner: a carrier that drops after each message would be bound to ten times a second. */
const LEAST_MS = SECOND_MS;
/** After a good bind the first try comes soon: a carrier that drops connections now and then is hardly noticed. */
const PROMPT_MS = 100;

export interface LostBind {
  readonly lifeMs: number;
  readonly answered: number;
  readonly unanswered: number;
}

/** How long to wait before the next try: doubled each time, by half more or less, so that nodes and binds do not come at once. */
export class BackOff {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #entropy: Entropy;
  #failures = 0;
  /** Binds in a row that were lost as soon as they were there: a carrier that takes and drops them is left alone too. */
  #shortLives = 0;
  #isPrompt = false;

  constructor(minMs: number, maxMs: number, entropy: Entropy) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#entropy = entropy;
  }

  get failures(): number {
    return this.#failures;
  }

  /** A bind was lost that had lasted so long, on which so many parts were answered and so many were not. */
  lost({ lifeMs, answered, unanswered }: LostBind): void {
    const broughtOver = answered > 0 && answered >= GOOD_SHARE * unanswered;
    const isGood = lifeMs >= GOOD_MS || (lifeMs >= LEAST_MS && broughtOver);
    this.#isPrompt = isGood;
    this.#shortLives = isGood ? 0 : this.#shortLives + 1;
    this.#failures = Math.max(0, this.#shortLives - 1);
  }

  nextDelayMs(): number {
    const delayMs = this.#isPrompt
      ? Math.min(PROMPT_MS, this.#minMs)
      : Math.min(this.#maxMs, this.#minMs * 2 ** this.#failures++);
    this.#isPrompt = false;
    return delayMs * (0.5 + this.#entropy.fraction());
  }
}
