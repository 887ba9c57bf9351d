import { type Clock, MINUTE_MS } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { Audit } from './audit.ts';
import type { Entry } from './entry.ts';

/** What needs somebody's attention. The codes are stable. */
export const alarms = {
  source_banned: 'Somebody guessed passwords of SMPP credentials, and the address is not heard for a while.',
  carrier_down: 'An enabled carrier has been down for five minutes.',
  checkpoint_late:
    'The last checkpoint of the audit log is older than 60 seconds: no gateway gives entries their places.',
  retention_late: 'Something that was to end is still there 24 hours later.',
} as const satisfies Record<string, string>;

export type Alarm = keyof typeof alarms;

/** The same alarm about the same thing is raised so often at most. */
const AGAIN_AFTER_MS = 15 * MINUTE_MS;
const REMEMBERED_MAX = 1000;

/** Raises alarms: a line in the log, and an entry of the audit log where that can be written. */
export class Alarms {
  readonly #audit: Audit;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #raised = new RecentMap<string, number>(REMEMBERED_MAX);

  constructor({ audit, clock, log }: { readonly audit: Audit; readonly clock: Clock; readonly log: Log }) {
    this.#audit = audit;
    this.#clock = clock;
    this.#log = log;
  }

  /** Says so once in a while. `on` is what it is about, as entries name it; neither it nor `about` is personal data. */
  raise(alarm: Alarm, on: readonly string[], about: NonNullable<Entry['about']> = {}): void {
    const name = [alarm, ...on].join(' ');
    const nowMs = this.#clock.elapsed();
    if (nowMs - (this.#raised.get(name) ?? Number.NEGATIVE_INFINITY) < AGAIN_AFTER_MS) return;
    this.#raised.set(name, nowMs);
    this.#log.error('alarm', { alarm, on: on.join(' ') });
    const entry = this.#audit.done({ who: 'gateway', from: null }, 'alarm.raised', on, about);
    this.#audit.note({ ...entry, outcome: alarm }, () => {});
  }
}
