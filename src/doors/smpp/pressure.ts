import { SECOND_MS } from '../../base/clock.ts';
import { Persistence, Rate } from '../../base/rate.ts';

const IDLE_A_SECOND = 50;
const IDLE_AT_ONCE = 200;
const IDLE_CUT_AFTER_MS = 30 * SECOND_MS;
const DEFIANCE_AFTER_MS = 10 * SECOND_MS;
/** What pauses for so long is not the same flood. */
const PAUSE_MS = 2 * SECOND_MS;

/** What a session does about PDUs that do nothing, and about messages beyond the rate. Pure: times are monotonic ms. */
export class Pressure {
  readonly #idle = new Rate(IDLE_A_SECOND, IDLE_AT_ONCE);
  #flood: Persistence | null = null;
  #defiance: Persistence | null = null;

  /** One more PDU that does nothing: for how many milliseconds to read nothing, or that it is enough. */
  idle(nowMs: number): number | 'cut' {
    const waitMs = this.#idle.take(nowMs);
    if (waitMs === 0) return 0;
    this.#flood ??= new Persistence(PAUSE_MS);
    return this.#flood.again(nowMs) >= IDLE_CUT_AFTER_MS ? 'cut' : waitMs;
  }

  /** One more message was answered ESME_RTHROTTLED: whether the peer has gone on for so long that answers do not help. */
  throttled(nowMs: number): boolean {
    this.#defiance ??= new Persistence(PAUSE_MS);
    return this.#defiance.again(nowMs) >= DEFIANCE_AFTER_MS;
  }
}
