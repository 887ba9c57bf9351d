import { type Clock, MINUTE_MS } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { MessageKind } from '../../wire/text/kinds.ts';

interface Refusals {
  count: number;
  loggedAtMs: number;
}

/** Tells of messages that were refused for their kind: the first at once, those that follow once a minute, with their count. */
export class RefusedKinds {
  readonly #clock: Clock;
  readonly #log: Log;
  /** By credential and kind: no more than there are of both. */
  readonly #refusals = new Map<string, Refusals>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  note(credential: { accountId: number; id: number }, kind: MessageKind): void {
    const nowMs = this.#clock.elapsed();
    const refusals = this.#of(`${credential.id} ${kind}`);
    refusals.count++;
    if (nowMs - refusals.loggedAtMs < MINUTE_MS) return;
    const { count } = refusals;
    this.#log.warn('kind_refused', { account: credential.accountId, credential: credential.id, reason: kind, count });
    refusals.count = 0;
    refusals.loggedAtMs = nowMs;
  }

  #of(key: string): Refusals {
    const refusals = this.#refusals.get(key) ?? { count: 0, loggedAtMs: Number.NEGATIVE_INFINITY };
    this.#refusals.set(key, refusals);
    return refusals;
  }
}
