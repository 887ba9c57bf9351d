import { SECOND_MS } from '../../base/clock.ts';

export interface WatchLimits {
  readonly enquireLinkSeconds: number;
  readonly inactivitySeconds: number;
  readonly pduSeconds: number;
}

/** What is to be done about a bound session now. */
export type WatchVerdict = 'nothing' | 'ask' | 'silent' | 'inactive' | 'slow-pdu';

/** The timers of a bound session (SMPP 3.4 §2.7, §7.2): when it was last heard, asked, and of use. Pure; monotonic ms. */
export class Watch {
  /** When a PDU came last. */
  heardAtMs: number;
  /** When a PDU came last that did something. */
  usedAtMs: number;
  #askedAtMs: number | null = null;

  constructor(nowMs: number) {
    this.heardAtMs = nowMs;
    this.usedAtMs = nowMs;
  }

  heard(nowMs: number): void {
    this.heardAtMs = nowMs;
    this.#askedAtMs = null;
  }

  /** `midPduMs`: for how long a PDU that was begun has not ended; 0 between PDUs. After 'ask' it counts as asked. */
  look(nowMs: number, midPduMs: number, limits: WatchLimits): WatchVerdict {
    const silenceMs = limits.enquireLinkSeconds * SECOND_MS;
    if (midPduMs >= limits.pduSeconds * SECOND_MS) return 'slow-pdu';
    if (limits.inactivitySeconds > 0 && nowMs - this.usedAtMs >= limits.inactivitySeconds * SECOND_MS)
      return 'inactive';
    if (nowMs - this.heardAtMs < silenceMs) return 'nothing';
    if (this.#askedAtMs !== null) return nowMs - this.#askedAtMs >= silenceMs ? 'silent' : 'nothing';
    this.#askedAtMs = nowMs;
    return 'ask';
  }
}
