import { type Clock, MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import { FaultError } from '../../base/fault.ts';

const DELAY_MAX_MS = MINUTE_MS;

/**
 * Guesses at a passphrase: one at a time, and after each wrong one twice as long a wait, from a second to a minute. Whoever
 * can guess can open the control socket, so this is against scripts and slips, and Argon2id is against thieves of files.
 */
export class Attempts {
  readonly #clock: Clock;
  #wrongCount = 0;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #isUnderWay = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws `passphrase_too_soon`, and then `attempt` is not made; otherwise what that throws. */
  async make<T>(attempt: () => Promise<T>): Promise<T> {
    const waitMs = this.#isUnderWay ? SECOND_MS : this.#notBeforeMs - this.#clock.elapsed();
    if (waitMs > 0) throw new FaultError('passphrase_too_soon', { retryAfterMs: waitMs });
    this.#isUnderWay = true;
    try {
      const result = await attempt();
      this.#wrongCount = 0;
      return result;
    } catch (error) {
      if (error instanceof FaultError && error.fault.code === 'passphrase_wrong') this.#delay();
      throw error;
    } finally {
      this.#isUnderWay = false;
    }
  }

  #delay(): void {
    this.#notBeforeMs = this.#clock.elapsed() + Math.min(DELAY_MAX_MS, SECOND_MS * 2 ** this.#wrongCount);
    this.#wrongCount++;
  }
}
