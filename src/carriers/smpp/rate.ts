/** What a carrier lets a bind send, learnt from its answers. Pure: the time is an argument (decision 0030). */

/**
 * An epoch is a second at least, for many an SMSC counts by the second and refuses all of its end; it is judged by so many
 * answers to what was sent in it, or when it has lasted long.
 */
const EPOCH_MS = 1000;
const EPOCH_ANSWERS = 20;
const EPOCH_ANSWERS_FEW = 3;
const EPOCH_MAX_MS = 5000;
/** Where most is refused the rate falls before the epoch is over, once: it is heeded within one window. */
const EARLY_ANSWERS = 20;
const EARLY_CUT = 0.7;
/** Just below what the carrier was seen to take, so that it has nothing to refuse. */
const BELOW = 0.95;
const LEAST_CUT = 0.25;
const SLOWEST_PER_SECOND = 1;
const FIRST_GUESS_PER_SECOND = 10;
/** A share of refusals that is borne: the carrier still takes all that it would take. */
const BORNE = 0.05;
/** Nearly all refused: the carrier takes nothing for now, which says nothing of what it takes otherwise. */
const NEARLY_ALL = 0.9;
const CLEARLY_MORE = 0.15;
/** Slowing down was of no use where so much less was sent, and still so much of the share of refusals is left, so often. */
const LESS = 0.8;
const AS_BEFORE = 0.6;
const STRIKES = 3;
const CLEAN_EPOCHS = 8;
const FORGET_AFTER_MS = 60_000;
/** congestion_state, SMPP 5.0 §4.8.4.18: 80 to 89 is the optimum, 90 to 99 nearing congestion, 100 congested. */
const OPTIMUM = 80;
const NEARING = 90;
const NEARING_CUT = 0.9;

/** What is counted of one epoch. */
interface Epoch {
  readonly atMs: number;
  /** The rate it began with. */
  readonly perSecond: number;
  sent: number;
  taken: number;
  throttled: number;
  congestion: number;
}

const epochAt = (atMs: number, perSecond: number): Epoch => ({
  atMs,
  perSecond,
  sent: 0,
  taken: 0,
  throttled: 0,
  congestion: 0,
});

/** What was sent before refusals began, what share was refused, and how often slowing down has not helped, or has, since. */
interface Series {
  readonly before: number;
  share: number;
  strikes: number;
  helped: number;
  clean: number;
}

const seriesAt = (before: number, share: number): Series => ({ before, share, strikes: 0, helped: 0, clean: 0 });

/**
 * The rate falls to what the carrier was seen to take and rises again: slowly where it was refused last, fast far from it.
 * A carrier that refuses the same share however slowly it is asked is not limiting the rate: then the rate goes back to
 * where it was, and that share is taken as its way.
 */
export class Rate {
  /** Messages a second; infinite while nothing is known that limits it. */
  perSecond: number;
  readonly #most: number;
  /** What it took when it last refused; null while that was not measured. */
  #allowed: number | null = null;
  /** The share of refusals that slowing down does not change. */
  #usual = 0;
  #series: Series | null = null;
  #epoch = epochAt(0, Number.POSITIVE_INFINITY);
  #refusedAtMs = 0;

  /** `most` is what the carrier is known to allow, a second; null where it is not known. */
  constructor(most: number | null) {
    this.#most = most ?? Number.POSITIVE_INFINITY;
    this.perSecond = this.#most;
  }

  get #least(): number {
    return Math.min(SLOWEST_PER_SECOND, this.#most);
  }

  sent(nowMs: number): void {
    const epoch = this.#epoch;
    // A silence belongs to no epoch: nothing is learnt from what was not asked.
    const endMs = this.perSecond === Number.POSITIVE_INFINITY ? EPOCH_MS : 2 * EPOCH_MAX_MS;
    if (epoch.sent === 0 || nowMs - epoch.atMs > endMs) this.#epoch = epochAt(nowMs, this.perSecond);
    this.#epoch.sent++;
  }

  /** The answer to what was sent at `sentAtMs`. True where it is the first refusal while nothing limited the rate. */
  answered(sentAtMs: number, nowMs: number, isThrottled: boolean): boolean {
    const epoch = this.#epoch;
    if (sentAtMs < epoch.atMs) return false;
    if (isThrottled) epoch.throttled++;
    else epoch.taken++;
    const isUnlimited = this.perSecond === Number.POSITIVE_INFINITY && this.#usual === 0;
    const isFirst = isThrottled && epoch.throttled === 1 && isUnlimited;
    if (isThrottled && epoch.throttled + epoch.taken >= EARLY_ANSWERS) this.#cutEarly();
    if (isThrottled || this.perSecond !== Number.POSITIVE_INFINITY || epoch.congestion >= NEARING) this.#review(nowMs);
    return isFirst;
  }

  /** The carrier says how full it is, 0 to 100. */
  congested(state: number): void {
    if (state > this.#epoch.congestion) this.#epoch.congestion = state;
  }

  /** Judges the epoch where there is enough to go by. */
  #review(nowMs: number): void {
    const { atMs, taken, throttled } = this.#epoch;
    const ageMs = nowMs - atMs;
    const answers = taken + throttled;
    const isFarOff = this.#allowed === null || this.perSecond < this.#allowed / 2;
    const enough = isFarOff ? EPOCH_ANSWERS_FEW : EPOCH_ANSWERS;
    const isDue = (ageMs >= EPOCH_MS && answers >= enough) || (ageMs >= EPOCH_MAX_MS && answers > 0);
    if (isDue) this.#judge(ageMs, nowMs);
  }

  #cutEarly(): void {
    const { taken, throttled, perSecond } = this.#epoch;
    const share = throttled / (taken + throttled);
    if (share > 0.5 && share > this.#usual + CLEARLY_MORE)
      this.perSecond = Math.max(this.#least, EARLY_CUT * perSecond);
  }

  /** Sets a rate although the epoch is not over: what a first refusal is followed by, when its pause ends. */
  guess(nowMs: number): void {
    if (this.perSecond !== Number.POSITIVE_INFINITY) return;
    this.#judge(Math.max(1, nowMs - this.#epoch.atMs), nowMs);
  }

  #judge(ageMs: number, nowMs: number): void {
    const { sent, taken, throttled } = this.#epoch;
    const share = throttled / Math.max(1, taken + throttled);
    const offered = (sent * 1000) / ageMs;
    this.perSecond = this.#epoch.perSecond;
    const isRefused = share > (this.#usual > 0 ? this.#usual + CLEARLY_MORE : BORNE);
    if (share > 0) this.#refusedAtMs = nowMs;
    if (isRefused) this.#refused(offered, share, taken);
    else this.#notRefused(offered, share, nowMs);
    this.#epoch = epochAt(nowMs, this.perSecond);
  }

  #notRefused(offered: number, share: number, nowMs: number): void {
    const { congestion } = this.#epoch;
    const usesRate = offered >= 0.8 * this.perSecond;
    this.#clean();
    if (this.#usual > 0) this.#usual = Math.min(this.#usual, share + CLEARLY_MORE);
    if (congestion >= NEARING) return this.#cut(NEARING_CUT * offered, offered);
    if (nowMs - this.#refusedAtMs > FORGET_AFTER_MS && congestion < OPTIMUM) this.#forget();
    else if (usesRate && congestion < OPTIMUM) this.#grow();
  }

  #clean(): void {
    const series = this.#series;
    if (series === null) return;
    series.strikes = Math.max(0, series.strikes - 1);
    series.helped = 0;
    if (++series.clean >= CLEAN_EPOCHS) this.#series = null;
  }

  #refused(offered: number, share: number, taken: number): void {
    if (this.perSecond === Number.POSITIVE_INFINITY) {
      // A burst went out before the first refusal: what was taken of it is what a second holds, at most.
      this.#series = seriesAt(this.perSecond, share);
      this.perSecond = Math.min(this.#most, Math.max(FIRST_GUESS_PER_SECOND, taken));
      return;
    }
    this.#series ??= seriesAt(this.perSecond, share);
    if (this.#isUsual(this.#series, offered, share)) return;
    const allowed = (offered * (1 - share)) / (1 - this.#usual);
    this.#cut(Math.max(BELOW * allowed, LEAST_CUT * this.perSecond), share < NEARLY_ALL ? allowed : null);
  }

  /**
   * Whether slowing down was of no use time and again: then the rate is what it was before. Where it seemed to help so
   * often, and still so much is refused, the first share was not the carrier's way: late answers distort it.
   */
  #isUsual(series: Series, offered: number, share: number): boolean {
    series.clean = 0;
    if (share >= NEARLY_ALL) return false;
    if (offered <= LESS * series.before && share >= AS_BEFORE * series.share) series.strikes++;
    else if (++series.helped === STRIKES) [series.share, series.helped] = [share, 0];
    if (series.strikes < STRIKES) return false;
    this.#usual = Math.max(share, series.share);
    this.perSecond = this.#allowed = series.before;
    this.#series = null;
    return true;
  }

  /** One epoch may see less than is allowed, so what is remembered falls in steps: the rate is soon back where it was. */
  #cut(perSecond: number, allowed: number | null): void {
    this.perSecond = Math.max(this.#least, Math.min(this.perSecond, perSecond));
    if (allowed !== null) this.#allowed = Math.max(allowed, LESS * (this.#allowed ?? 0));
  }

  #grow(): void {
    const from = this.perSecond;
    const near = this.#allowed === null ? 0 : from / this.#allowed;
    const factor = near < 0.5 ? 2 : near < 0.9 || near > 1.1 ? 1.25 : 1.02;
    this.perSecond = Math.min(this.#most, from * factor);
  }

  #forget(): void {
    this.perSecond = this.#most;
    this.#allowed = null;
    this.#usual = 0;
  }
}
