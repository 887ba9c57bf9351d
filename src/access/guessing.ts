import { HOUR_MS, MINUTE_MS } from '../base/clock.ts';
import { RecentMap } from '../base/recent-map.ts';

const FAILURES_MAX = 5;
const WITHIN_MS = MINUTE_MS;
const FIRST_BAN_MS = 15 * MINUTE_MS;
const LONGEST_BAN_MS = 24 * HOUR_MS;
/** A source that did nothing wrong for so long begins anew. */
const FORGIVEN_AFTER_MS = 24 * HOUR_MS;
const FIRST_DELAY_MS = 250;
/** Below `smpp.bindSeconds` and the patience of applications: a right password from a clean address gets in all the same. */
const LONGEST_DELAY_MS = 4000;
/** What each map holds, some 200 octets an entry; what goes first is what was not heard of for longest. */
const REMEMBERED_MAX = 10_000;

interface Source {
  /** The times of its latest failures, oldest first; never more than make a ban. */
  failures: readonly number[];
  bans: number;
  bannedUntilMs: number;
}

/** Failures in a row, none of them a minute after the one before. */
interface Streak {
  failures: number;
  lastMs: number;
}

export type Admission =
  /** The password may be checked, after a while. */
  { readonly kind: 'check'; readonly delayMs: number } | { readonly kind: 'refuse'; readonly retryAfterMs: number };

/**
 * What failed binds lead to. Pure: times come in as monotonic milliseconds, and nothing is done.
 *
 * - A source (`sourceOf` an address) that fails five times in a minute is banned for 15 minutes, then 30, and so on up to
 *   a day.
 * - A system_id that failed five times or more, from wherever, is checked after a delay that grows to 4 s: so a guess that
 *   is spread over many sources is slow, and its owner is not locked out.
 * - A pair of source and system_id that was right once is bound by neither, until it is wrong five times itself: who shares
 *   a network with somebody who guesses stays in.
 *
 * Unknown system_ids are treated as known ones.
 */
export class Guessing {
  readonly #sources = new RecentMap<string, Source>(REMEMBERED_MAX);
  readonly #systemIds = new RecentMap<string, Streak>(REMEMBERED_MAX);
  readonly #trusted = new RecentMap<string, Streak>(REMEMBERED_MAX);

  ask(source: string, systemId: string, nowMs: number): Admission {
    if (this.#trusted.get(pairOf(source, systemId))) return { kind: 'check', delayMs: 0 };
    const bannedForMs = (this.#sources.get(source)?.bannedUntilMs ?? 0) - nowMs;
    if (bannedForMs > 0) return { kind: 'refuse', retryAfterMs: bannedForMs };
    return { kind: 'check', delayMs: delayAfter(failuresOf(this.#systemIds.get(systemId), nowMs)) };
  }

  /** The password was wrong. Says for how long the source is banned because of it; null where it is not. */
  failed(source: string, systemId: string, nowMs: number): number | null {
    const pair = pairOf(source, systemId);
    const trusted = this.#trusted.get(pair);
    if (trusted && countFailure(trusted, nowMs) < FAILURES_MAX) return null;
    this.#trusted.delete(pair);
    const streak = this.#systemIds.get(systemId) ?? { failures: 0, lastMs: nowMs };
    countFailure(streak, nowMs);
    this.#systemIds.set(systemId, streak);
    return this.#sourceFailed(source, nowMs);
  }

  succeeded(source: string, systemId: string, nowMs: number): void {
    this.#trusted.set(pairOf(source, systemId), { failures: 0, lastMs: nowMs });
  }

  #sourceFailed(key: string, nowMs: number): number | null {
    const known = this.#sources.get(key);
    const lastMs = Math.max(known?.failures.at(-1) ?? 0, known?.bannedUntilMs ?? 0);
    const source = known && nowMs - lastMs < FORGIVEN_AFTER_MS ? known : { failures: [], bans: 0, bannedUntilMs: 0 };
    this.#sources.set(key, source);
    source.failures = [...source.failures.filter((atMs) => nowMs - atMs < WITHIN_MS), nowMs];
    if (source.failures.length < FAILURES_MAX) return null;
    const banMs = Math.min(LONGEST_BAN_MS, FIRST_BAN_MS * 2 ** source.bans);
    source.bans++;
    source.bannedUntilMs = nowMs + banMs;
    source.failures = [];
    return banMs;
  }
}

/** A NUL is in neither of the two. */
const pairOf = (source: string, systemId: string): string => `${source}\0${systemId}`;

const failuresOf = (streak: Streak | undefined, nowMs: number): number =>
  streak && nowMs - streak.lastMs < WITHIN_MS ? streak.failures : 0;

function countFailure(streak: Streak, nowMs: number): number {
  streak.failures = failuresOf(streak, nowMs) + 1;
  streak.lastMs = nowMs;
  return streak.failures;
}

const delayAfter = (failures: number): number =>
  failures < FAILURES_MAX ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - FAILURES_MAX));
