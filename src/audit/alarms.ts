import type pg from 'pg';
import { type Clock, DAY_MS, MINUTE_MS, SECOND_MS } from '../base/clock.ts';
import { errorText, type Log } from '../base/log.ts';
import { OneByOne } from '../base/one-by-one.ts';
import { RecentMap } from '../base/recent-map.ts';
import { type AlarmRow, alarmsStore } from './alarms-store.ts';
import type { Audit } from './audit.ts';
import type { Entry } from './entry.ts';

/** What needs somebody's attention. The codes are stable. */
export const alarms = {
  source_banned: 'Somebody guessed passwords of SMPP credentials, and the address is not heard for a while.',
  carrier_down: 'An enabled carrier has been down for five minutes.',
  checkpoint_late:
    'The last checkpoint of the audit log is not of the last 60 seconds: no gateway gives entries their places.',
  changed_outside: 'A carrier, credential, route or webhook was changed in the database outside of the gateway.',
  retention_late: 'Something that was to end is still there 24 hours later.',
  root_key_due: 'The period of the root key is over, or ends within 30 days.',
  root_key_not_taken:
    'The root key was exchanged by another gateway, and this one cannot take it up: it works with the keys that it holds.',
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
/** Their causes lie in the database, where all gateways see the same: any of them may end what any has raised. */
const seenByAll: readonly Alarm[] = [
  'checkpoint_late',
  'retention_late',
  'root_key_due',
  'key_rotation_due',
  'witness_contradicts', // seen by the gateway whose turn it is to ask, for all
];

/** An alarm that stands, as it is shown. */
export interface StandingAlarm {
  readonly alarm: Alarm;
  readonly on: readonly string[];
  /** Unix ms: when it was raised first. */
  readonly sinceMs: number;
}

interface Standing extends StandingAlarm, Pick<AlarmRow, 'isOwn' | 'mayEnd'> {
  /** Monotonic milliseconds: when an entry last said so. */
  readonly saidAt: number;
  readonly isStored: boolean;
}

export interface AlarmParts {
  readonly audit: Audit;
  readonly pool: pg.Pool;
  /** A UUID of this process. */
  readonly gateway: string;
  /** Whether no other gateway can be running on this database: what others said is then not waited for. */
  readonly isAlone: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** The same alarm about the same thing is raised so often at most. */
const AGAIN_AFTER_MS = 15 * MINUTE_MS;
/** Those that somebody needs days to do something about. */
const daily: readonly Alarm[] = ['root_key_due', 'key_rotation_due'];
const REMEMBERED_MAX = 1000;

const againAfterMs = (alarm: Alarm): number => (daily.includes(alarm) ? DAY_MS : AGAIN_AFTER_MS);
const nameOf = (alarm: Alarm, on: readonly string[]): string => [alarm, ...on].join(' ');

/**
 * Raises alarms, and ends them: a line in the log, and an entry of the audit log where that can be written. What stands is in
 * the database, with the entry that says so, and outlives the process: it goes on at the next start, and ends when its cause
 * is found to be gone.
 *
 * An alarm is one, however many gateways see its cause, and ends when the last of them does not see it any more. What a
 * gateway said counts as long as it is there; when it has ended, or was not heard of for half a minute, any other may end
 * its alarms.
 */
export class Alarms {
  readonly #parts: AlarmParts;
  readonly #raised = new RecentMap<string, number>(REMEMBERED_MAX);
  #standing = new Map<string, Standing>();
  /** Names of those that are being ended. */
  readonly #ending = new Set<string>();
  /** What is written, in its order. */
  readonly #writes = new OneByOne();

  private constructor(parts: AlarmParts) {
    this.#parts = parts;
  }

  /** With what stood when no gateway ran, or another one. */
  static async open(parts: AlarmParts): Promise<Alarms> {
    const opened = new Alarms(parts);
    if (parts.isAlone) await alarmsStore.leave(parts.pool, null);
    await opened.#load();
    return opened;
  }

  /** Says so once in a while. `on` is what it is about, as entries name it; neither it nor `about` is personal data. */
  raise(alarm: Alarm, on: readonly string[], about: NonNullable<Entry['about']> = {}): void {
    const name = nameOf(alarm, on);
    const standing = this.#standing.get(name);
    // Beyond the bound an alarm is on record all the same; it is its end that is not.
    if (momentary.includes(alarm) || (!standing && this.#standing.size >= REMEMBERED_MAX))
      return this.#mention(alarm, on, about);
    const saidAt = this.#parts.clock.elapsed();
    if (standing?.isOwn && saidAt - standing.saidAt < againAfterMs(alarm)) return;
    this.#log('alarm', alarm, on);
    const sinceMs = standing?.sinceMs ?? this.#parts.clock.now();
    const entry = this.#entry('alarm.raised', alarm, on, about);
    const raised = { alarm, on, sinceMs, saidAt, isOwn: true, mayEnd: true, isStored: false };
    this.#standing.set(name, raised);
    this.#write(
      () => this.#stand(raised, entry),
      () => this.#change(name, { isOwn: false }), // the next time it is raised it is put on record
    );
  }

  /** What an alarm was raised about is over, for this gateway: its end is said once, of an alarm that stands. */
  end(alarm: Alarm, on: readonly string[]): void {
    const name = nameOf(alarm, on);
    const standing = this.#standing.get(name);
    if (!standing?.mayEnd) return;
    this.#standing.delete(name);
    this.#ending.add(name);
    const entry = this.#entry('alarm.ended', alarm, on);
    this.#write(
      () => this.#endStored(standing, entry).finally(() => this.#ending.delete(name)),
      () => this.#standing.has(name) || this.#standing.set(name, standing), // the next time it is ended it is put on record
    );
  }

  /** Ends those of an alarm that are about something else than what is named. */
  endOthers(alarm: Alarm, still: readonly string[]): void {
    for (const one of this.#standing.values())
      if (one.alarm === alarm && !still.includes(one.on.join(' '))) this.end(alarm, one.on);
  }

  /** To be called every ten seconds: says that this gateway is there, and learns what others have raised and ended. */
  keep(): Promise<void> {
    const { pool, gateway } = this.#parts;
    return this.#writes.do(async () => {
      await alarmsStore.keep(pool, gateway);
      await this.#load();
    });
  }

  /** What stands goes on standing, and any other gateway may end it. A database that is away keeps nobody from ending. */
  async close(): Promise<void> {
    this.#write(
      () => alarmsStore.leave(this.#parts.pool, this.#parts.gateway),
      () => undefined,
    );
    await this.#writes.ended();
  }

  /** Those that stand on this database, as of the last look at it. The longest first. */
  get standing(): readonly StandingAlarm[] {
    return [...this.#standing.values()]
      .map(({ alarm, on, sinceMs }) => ({ alarm, on, sinceMs }))
      .toSorted((a, b) => a.sinceMs - b.sinceMs);
  }

  /** What has no end. */
  #mention(alarm: Alarm, on: readonly string[], about: NonNullable<Entry['about']>): void {
    const { audit, clock } = this.#parts;
    const name = nameOf(alarm, on);
    const nowMs = clock.elapsed();
    if (nowMs - (this.#raised.get(name) ?? Number.NEGATIVE_INFINITY) < againAfterMs(alarm)) return;
    this.#raised.set(name, nowMs);
    this.#log('alarm', alarm, on);
    audit.note(this.#entry('alarm.raised', alarm, on, about), (why) => {
      if (why !== null) this.#raised.delete(name); // the next time it is raised it is put on record
    });
  }

  async #stand({ alarm, on }: Standing, entry: Entry): Promise<void> {
    const { audit, gateway } = this.#parts;
    const of = seenByAll.includes(alarm) ? null : gateway;
    const wanted = { alarm, on, gateway: of, nowMs: entry.atMs, againAfterMs: againAfterMs(alarm) };
    await audit.act(
      (client) => alarmsStore.raise(client, wanted),
      ({ isToSay }) => (isToSay ? entry : null),
    );
    this.#change(nameOf(alarm, on), { isStored: true });
  }

  async #endStored({ alarm, on, isStored }: Standing, entry: Entry): Promise<void> {
    const { audit, gateway } = this.#parts;
    const sinceMs = await audit.act(
      (client) => alarmsStore.end(client, alarm, on, gateway),
      (since) =>
        since === null ? null : { ...entry, about: { seconds: Math.round((entry.atMs - since) / SECOND_MS) } },
    );
    if (sinceMs !== null || !isStored) this.#log('alarm_ended', alarm, on);
  }

  #entry(what: 'alarm.raised' | 'alarm.ended', alarm: Alarm, on: readonly string[], about: Entry['about'] = {}): Entry {
    return { ...this.#parts.audit.done({ who: 'gateway', from: null }, what, on, about), outcome: alarm };
  }

  #write(work: () => Promise<unknown>, failed: () => void): void {
    this.#writes.do(work).catch((error: unknown) => {
      this.#parts.log.warn('alarm_not_on_record', { cause: errorText(error) });
      failed();
    });
  }

  #change(name: string, change: Partial<Standing>): void {
    const standing = this.#standing.get(name);
    if (standing) this.#standing.set(name, { ...standing, ...change });
  }

  async #load(): Promise<void> {
    const { pool, gateway, clock } = this.#parts;
    const rows = await alarmsStore.standing(pool, gateway, REMEMBERED_MAX);
    const stored = rows
      .filter((row): row is AlarmRow & { alarm: Alarm } => Object.hasOwn(alarms, row.alarm))
      .map(({ saidAtMs, ...row }): [string, Standing] => {
        const saidAt = clock.elapsed() - Math.max(0, clock.now() - saidAtMs);
        return [nameOf(row.alarm, row.on), { ...row, saidAt, isStored: true }];
      })
      .filter(([name]) => !this.#ending.has(name));
    const unstored = [...this.#standing].filter(([, { isStored }]) => !isStored);
    this.#standing = new Map([...stored, ...unstored]);
  }

  #log(event: 'alarm' | 'alarm_ended', alarm: Alarm, on: readonly string[]): void {
    const { log } = this.#parts;
    if (event === 'alarm') log.error(event, { alarm, on: on.join(' ') });
    else log.info(event, { alarm, on: on.join(' ') });
  }
}
