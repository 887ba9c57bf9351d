import { Rate } from './rate.ts';

/** While a rate limits, it is looked at so often: a timer for each message would cost more than the message. */
export const TICK_MS = 20;
/** What a bind may catch up on after a late timer or a silence. */
const CATCH_UP_MS = 50;
/** How long a first refusal stops a bind whose rate is not known: SMSCs count by the second. */
const FIRST_PAUSE_MS = 1000;
const CONGESTED_PAUSE_MS = 250;
const CONGESTED = 100;

/**
 * When one bind may send: the generic cell rate algorithm (ITU-T I.371 annex A) under a rate that follows the answers, and
 * pauses. Pure: the time is an argument, monotonic ms.
 */
export class Pace {
  readonly rate: Rate;
  /** When the next message is due by the rate. */
  #dueMs = 0;
  #pausedUntilMs = 0;
  #isGuessing = false;

  constructor(messagesPerSecond: number | null) {
    this.rate = new Rate(messagesPerSecond);
  }

  /** Whether anything limits: else neither the clock nor a timer is needed. */
  get isLimited(): boolean {
    return this.#pausedUntilMs > 0 || this.rate.perSecond !== Number.POSITIVE_INFINITY;
  }

  allows(nowMs: number): boolean {
    if (this.#pausedUntilMs > 0) {
      if (nowMs < this.#pausedUntilMs) return false;
      this.#pausedUntilMs = 0;
      if (this.#isGuessing) this.rate.guess(nowMs);
      this.#isGuessing = false;
    }
    return this.#dueMs <= nowMs;
  }

  sent(nowMs: number): void {
    this.rate.sent(nowMs);
    const { perSecond } = this.rate;
    if (perSecond === Number.POSITIVE_INFINITY) return;
    this.#dueMs = Math.max(this.#dueMs, nowMs - CATCH_UP_MS) + 1000 / perSecond;
  }

  taken(sentAtMs: number, nowMs: number): void {
    this.rate.answered(sentAtMs, nowMs, false);
  }

  throttled(sentAtMs: number, nowMs: number): void {
    const isFirst = this.rate.answered(sentAtMs, nowMs, true);
    if (!isFirst) return;
    this.#isGuessing = true;
    this.#pause(nowMs + FIRST_PAUSE_MS);
  }

  /** congestion_state of an answer, SMPP 5.0 §4.8.4.18. */
  congested(state: number, nowMs: number): void {
    this.rate.congested(state);
    if (state >= CONGESTED) this.#pause(nowMs + CONGESTED_PAUSE_MS);
  }

  /** How long to wait before asking again. */
  waitMs(nowMs: number): number {
    return Math.max(TICK_MS, Math.max(this.#dueMs, this.#pausedUntilMs) - nowMs);
  }

  #pause(untilMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
  }
}
