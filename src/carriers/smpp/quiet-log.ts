import { type Clock, SECOND_MS } from '../../base/clock.ts';
import type { Log, LogFields } from '../../base/log.ts';

const EVERY_MS = 10 * SECOND_MS;
/** Kinds of trouble are few: each event has one line in a while, whatever the carrier does. */
interface Kind {
  sinceMs: number;
  count: number;
}

/** A log that a carrier cannot fill: of each event one line in ten seconds, with how often it happened since the last. */
export class QuietLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #kinds = new Map<string, Kind>();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  warn(event: string, fields: LogFields): void {
    const nowMs = this.#clock.elapsed();
    const kind = this.#kinds.get(event);
    if (kind !== undefined && nowMs - kind.sinceMs < EVERY_MS) {
      kind.count++;
      return;
    }
    this.#log.warn(event, { ...fields, count: (kind?.count ?? 0) + 1 });
    this.#kinds.set(event, { sinceMs: nowMs, count: 0 });
  }
}
