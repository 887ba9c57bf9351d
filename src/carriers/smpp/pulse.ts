import { type Clock, SECOND_MS } from '../../base/clock.ts';

const ALIVE_WITHIN_MS = 10 * SECOND_MS;

export interface PulseTimes {
  /** After this long without a word the other side is asked whether it is there. */
  readonly enquireLinkMs: number;
  readonly responseMs: number;
}

/** Whether the other side is there: what it says at all counts, for it may answer enquire_link late among other things. */
export class Pulse {
  readonly #times: PulseTimes;
  readonly #clock: Clock;
  #heardAtMs = 0;
  #askedAtMs: number | null = null;
  #told: ((answeredAtMs: number | null) => void) | null = null;

  constructor(times: PulseTimes, clock: Clock) {
    this.#times = times;
    this.#clock = clock;
  }

  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#askedAtMs = null;
  }

  /** What is to be done about its silence: `ask` is answered with an enquire_link. */
  due(nowMs: number): 'ask' | 'give up' | null {
    const { enquireLinkMs, responseMs } = this.#times;
    if (this.#askedAtMs !== null)
      return nowMs - this.#askedAtMs > Math.min(responseMs, ALIVE_WITHIN_MS) ? 'give up' : null;
    if (nowMs - this.#heardAtMs < enquireLinkMs) return null;
    this.#askedAtMs = nowMs;
    return 'ask';
  }

  /** How long the answer to the enquire_link takes that is sent now, ms; null where it does not come in ten seconds. */
  ping(): Promise<number | null> {
    this.answered(null);
    const { promise, resolve } = Promise.withResolvers<number | null>();
    const askedAtMs = this.#clock.elapsed();
    const callOff = this.#clock.after(ALIVE_WITHIN_MS, () => this.answered(null));
    this.#told = (answeredAtMs) => {
      callOff();
      resolve(answeredAtMs === null ? null : answeredAtMs - askedAtMs);
    };
    return promise;
  }

  /** An enquire_link was answered, or will not be (null). */
  answered(atMs: number | null): void {
    this.#told?.(atMs);
    this.#told = null;
  }
}
