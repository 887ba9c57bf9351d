import { type Clock, DAY_MS, MINUTE_MS, SECOND_MS } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { Audit } from './audit.ts';
import type { Entry } from './entry.ts';

/** What needs somebody's attention. The codes are stable. */
export const alarms = {
  source_banned: 'Somebody guessed passwords of SMPP credentials, and the address is not heard for a while.',
  carrier_down: 'An enabled carrier has been down for five minutes.',
  checkpoint_late:
    'The last checkpoint of the audit log is not of the last 60 seconds: no gateway gives entries their places.',
  retention_late: 'Something that was to end is still there 24 hours later.',
  root_key_due: 'The period of the root key is over, or ends within 30 days.',
  key_rotation_due: 'The period of the key of an account is over, and it is not exchanged by itself.',
  export_late: 'A receiver of the audit log has been away, or a minute behind, for five minutes.',
  witness_late: 'A witness has not cosigned the audit log for ten minutes.',
  witness_contradicts:
    'A witness has cosigned a longer audit log, or another one: something was taken out of the database, or changed.',
  not_witnessed: 'No checkpoint of the last ten minutes was cosigned by enough witnesses.',
} as const satisfies Record<string, string>;

export type Alarm = keyof typeof alarms;

/** What just happens and has no end; every other alarm stands until it is called off. */
const momentary: readonly Alarm[] = ['source_banned'];

/** An alarm that stands, as it is shown. */
export interface StandingAlarm {
  readonly alarm: Alarm;
  readonly on: readonly string[];
  /** Unix ms: when it was raised first. */
  readonly sinceMs: number;
}

/** The same alarm about the same thing is raised so often at most. */
const AGAIN_AFTER_MS = 15 * MINUTE_MS;
/** Those that somebody needs days to do something about. */
const daily: readonly Alarm[] = ['root_key_due', 'key_rotation_due'];
const REMEMBERED_MAX = 1000;

const againAfterMs = (alarm: Alarm): number => (daily.includes(alarm) ? DAY_MS : AGAIN_AFTER_MS);

/** Raises alarms: a line in the log, and an entry of the audit log where that can be written. */
export class Alarms {
  readonly #audit: Audit;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #raised = new RecentMap<string, number>(REMEMBERED_MAX);
  readonly #standing = new Map<string, StandingAlarm>();

  constructor({ audit, clock, log }: { readonly audit: Audit; readonly clock: Clock; readonly log: Log }) {
    this.#audit = audit;
    this.#clock = clock;
    this.#log = log;
  }

  /** Says so once in a while. `on` is what it is about, as entries name it; neither it nor `about` is personal data. */
  raise(alarm: Alarm, on: readonly string[], about: NonNullable<Entry['about']> = {}): void {
    const name = [alarm, ...on].join(' ');
    const nowMs = this.#clock.elapsed();
    if (nowMs - (this.#raised.get(name) ?? Number.NEGATIVE_INFINITY) < againAfterMs(alarm)) return;
    this.#raised.set(name, nowMs);
    this.#stand(name, alarm, on);
    this.#log.error('alarm', { alarm, on: on.join(' ') });
    const entry = this.#audit.done({ who: 'gateway', from: null }, 'alarm.raised', on, about);
    this.#audit.note({ ...entry, outcome: alarm }, (why) => {
      if (why !== null) this.#raised.delete(name); // the next time it is raised it is put on record
    });
  }

  /** What an alarm was raised about is over: it is said once, of an alarm that stands. */
  end(alarm: Alarm, on: readonly string[]): void {
    const name = [alarm, ...on].join(' ');
    const standing = this.#standing.get(name);
    if (standing === undefined) return;
    this.#standing.delete(name);
    this.#raised.delete(name);
    this.#log.info('alarm_ended', { alarm, on: on.join(' ') });
    const seconds = Math.round((this.#clock.now() - standing.sinceMs) / SECOND_MS);
    const entry = this.#audit.done({ who: 'gateway', from: null }, 'alarm.ended', on, { seconds });
    this.#audit.note({ ...entry, outcome: alarm }, () => {});
  }

  /** Those that stand, as this gateway has seen them since its start. The longest first. */
  get standing(): readonly StandingAlarm[] {
    return [...this.#standing.values()];
  }

  /** Beyond the bound an alarm is on record all the same; it is its end that is not. */
  #stand(name: string, alarm: Alarm, on: readonly string[]): void {
    if (momentary.includes(alarm) || this.#standing.has(name) || this.#standing.size >= REMEMBERED_MAX) return;
    this.#standing.set(name, { alarm, on, sinceMs: this.#clock.now() });
  }
}
