import { type BindAttempt, bindRefusal, type Credential, type SmppRules, smppRules } from '../../access/index.ts';
import { SECOND_MS } from '../../base/clock.ts';
import { type Fault, fault } from '../../base/fault.ts';
import { Persistence, Rate } from '../../base/rate.ts';

/** Binds a credential may make at once, where it may not have more sessions than half of that; then some a second. */
const BINDS_AT_ONCE = 20;
const BINDS_A_SECOND = 2;
/** A bind that would wait longer for its turn is refused. */
const BIND_WAIT_MAX_MS = 5 * SECOND_MS;
const CHURN_PAUSE_MS = 10 * SECOND_MS;
/** What a reading pause lets gather, as parts of a second: so that a peer read at its rate is not woken for each message. */
const PAUSES_A_SECOND = 4;

/** One credential on this node: what its sessions share. It outlives them, so that no rate begins anew with a new session. */
export class Application {
  readonly credential: Credential;
  readonly rules: SmppRules;
  boundCount = 0;
  readonly #rate: Rate | null;
  readonly #binds: Rate;
  readonly #churn = new Persistence(CHURN_PAUSE_MS);

  constructor(credential: Credential) {
    this.credential = credential;
    this.rules = smppRules(credential.capability);
    const { messagesPerSecond, maxBinds } = this.rules;
    this.#rate = messagesPerSecond === null ? null : new Rate(messagesPerSecond, messagesPerSecond);
    this.#binds = new Rate(BINDS_A_SECOND, Math.max(BINDS_AT_ONCE, 2 * maxBinds));
  }

  /** Why it may not bind like this; null where it may. */
  bindRefusal(attempt: Omit<BindAttempt, 'boundCount'>): Fault | null {
    return bindRefusal(this.rules, { ...attempt, boundCount: this.boundCount });
  }

  /** How long a bind waits for its turn: 0 but for who binds again and again. `isNew` where that has just begun. */
  bindTurn(nowMs: number): { readonly waitMs: number; readonly isNew: boolean } | Fault {
    const waitMs = this.#binds.waitMs(nowMs);
    if (waitMs > BIND_WAIT_MAX_MS) return fault('throttled', { retryAfterMs: Math.ceil(waitMs) });
    this.#binds.reserve(nowMs);
    return { waitMs, isNew: waitMs > 0 && this.#churn.again(nowMs) === 0 };
  }

  /** Whether one more message is within the rate, and takes it if so. */
  takes(nowMs: number): boolean {
    return this.#rate === null || this.#rate.take(nowMs) === 0;
  }

  /** Takes so many in any case, for what was done already: who comes next waits for it. */
  charge(count: number, nowMs: number): void {
    for (let n = 0; n < count; n++) this.#rate?.reserve(nowMs);
  }

  /** How long to read nothing, so that a quarter of a second's messages may come then. */
  pauseMs(nowMs: number): number {
    const { messagesPerSecond } = this.rules;
    return this.#rate?.waitMs(nowMs, Math.ceil((messagesPerSecond ?? 0) / PAUSES_A_SECOND)) ?? 0;
  }
}
