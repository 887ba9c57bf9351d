import type pg from 'pg';
import type { Alarms, Audit, Entry } from '../audit/index.ts';
import { type Clock, DAY_MS, dayText } from '../base/clock.ts';
import { type Fault, fault } from '../base/fault.ts';
import type { Log } from '../base/log.ts';
import { inTransaction, locks } from '../store/index.ts';
import type { KeyLife } from '../vault/index.ts';
import {
  type AccountDay,
  type DueBodies,
  type DueDay,
  type RetentionSetting,
  retentionStore,
} from './retention-store.ts';
import { type Datum, type RetentionRow, retention } from './retention-table.ts';

export interface RetentionParts {
  readonly pool: pg.Pool;
  readonly audit: Audit;
  readonly alarms: Pick<Alarms, 'raise' | 'end'>;
  readonly keyLife: Pick<KeyLife, 'destroyDay' | 'destroyRecipientKeys'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What an operator wants instead of what the table says; account 0 for all. */
export interface WantedRetention extends Pick<RetentionSetting, 'accountId' | 'datum' | 'days' | 'setBy'> {
  /** As it goes on record. */
  readonly why?: string;
}

export interface RetentionState {
  readonly settings: readonly RetentionSetting[];
  /** The oldest day that is there, by class; null for none, or where nothing is counted by days. */
  readonly oldest: Readonly<Partial<Record<Datum, number | null>>>;
  readonly due: readonly Lateness[];
}

/** What is beyond its time, of one class: `held` days are kept by a hold or by a message that waits, `late` ones by nothing. */
export interface Lateness {
  readonly datum: Datum;
  readonly held: number;
  readonly late: number;
  /** How many full days ago the oldest of the late ones was to end; 0 where none is late. */
  readonly lateByDays: number;
}

const ALL_ACCOUNTS = 0;
const PEOPLE_AT_ONCE = 2000;

/** Ends what is beyond its time, and puts on record what it ended, in the same transaction. */
export class Retention {
  readonly #parts: RetentionParts;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /** To be called every hour, and at the start. What fails is made up for by the next round; being late is an alarm. */
  async round(): Promise<void> {
    try {
      await this.#endBodies();
      await this.#endRecords();
      await this.#endPeople();
    } finally {
      await this.#heedLate();
    }
  }

  /** Sets how long something is kept, within the bounds of the table. */
  async set({ accountId, datum, days, setBy, why }: WantedRetention): Promise<RetentionSetting | Fault> {
    const detail = await this.#whyNot(accountId, datum, days);
    if (detail !== null) return fault('invalid_request', { detail, field: '/days' });
    const setting = { accountId, datum, days, setBy, setAtMs: this.#parts.clock.now() };
    const write = async (client: pg.ClientBase) => {
      await retentionStore.set(client, setting);
      return setting;
    };
    return this.#parts.audit.act(write, () => ({
      atMs: setting.setAtMs,
      what: 'retention.set',
      who: `operator:${setBy}`,
      from: 'control socket',
      on: [accountId === ALL_ACCOUNTS ? 'account:all' : `account:${accountId}`, `datum:${datum}`],
      ...(why !== undefined && { why }),
      outcome: 'done',
      about: { days },
    }));
  }

  async show(): Promise<RetentionState> {
    const { pool } = this.#parts;
    const { body, record } = await retentionStore.oldest(pool);
    return {
      settings: await retentionStore.settings(pool),
      oldest: { message_body: body, message_record: record },
      due: await this.lateness(),
    };
  }

  async lateness(): Promise<Lateness[]> {
    const { pool, clock } = this.#parts;
    // The vault ends them, twice a minute; nothing holds them.
    const codes = await retentionStore.lateCodes(pool, clock.now() - DAY_MS);
    return [
      this.#latenessOf('message_body', await this.#dueBodies(pool)),
      this.#latenessOf('message_record', await this.#dueRecords(pool)),
      { datum: 'one_time_code', held: 0, late: codes.days, lateByDays: codes.days > 0 ? codes.byDays + 1 : 0 },
    ];
  }

  #latenessOf(datum: Datum, days: readonly DueDay[]): Lateness {
    const lateBy = days.filter((day) => this.#isLate(day)).map(({ dueDay }) => this.#today() - dueDay);
    const held = days.filter(({ isHeld }) => isHeld).length;
    return { datum, held, late: lateBy.length, lateByDays: Math.max(0, ...lateBy) };
  }

  async #whyNot(accountId: number, datum: Datum, days: number): Promise<string | null> {
    const { bounds }: RetentionRow = retention[datum];
    if (bounds === null) return 'That is kept for as long as the table says.';
    if (days < bounds.least || days > bounds.most) return `It is kept for ${bounds.least} to ${bounds.most} days.`;
    if (accountId !== ALL_ACCOUNTS && !bounds.perAccount) return 'It is set for all accounts at once.';
    const settings = await retentionStore.settings(this.#parts.pool);
    if (datum === 'message_body' && days > recordDays(settings))
      return 'What a message says is not kept for longer than the record of it.';
    const longest = Math.max(
      BODY_DAYS,
      ...settings.filter((one) => one.datum === 'message_body').map((one) => one.days),
    );
    return datum === 'message_record' && days < longest
      ? `What some messages say is kept for ${longest} days, and the record of them for as long at least.`
      : null;
  }

  async #endBodies(): Promise<void> {
    await this.#endEach(await this.#dueBodies(this.#parts.pool), (client, due) => this.#endBody(client, due));
  }

  /** One transaction each, so that one that cannot be ended keeps none of the others. Throws the first trouble, in the end. */
  async #endEach<Due extends DueDay>(
    all: readonly Due[],
    end: (client: pg.ClientBase, due: Due) => Promise<void>,
  ): Promise<void> {
    const troubles: unknown[] = [];
    for (const due of all)
      if (!due.isHeld) await this.#alone((client) => end(client, due)).catch((error) => troubles.push(error));
    if (troubles.length > 0) throw troubles[0];
  }

  async #endBody(client: pg.ClientBase, { accountId, day }: DueBodies): Promise<void> {
    const [still] = await this.#dueBodies(client, { accountId, day });
    if (!still || still.isHeld || !(await this.#parts.keyLife.destroyDay(client, accountId, day))) return;
    const messages = await retentionStore.countMessages(client, accountId, day);
    await this.#ended(client, 'message_body', [`account:${accountId}`], { day: dayText(day), messages });
  }

  /** Days whose partitions are dropped. */
  async #endRecords(): Promise<void> {
    const due = await this.#dueRecords(this.#parts.pool);
    await this.#endEach(due, (client, { day }) => this.#endRecord(client, day));
  }

  /** People of whom no message is left, or never was one: page by page. */
  async #endPeople(): Promise<void> {
    while ((await this.#alone((client) => this.#endPage(client))) === PEOPLE_AT_ONCE);
  }

  async #endPage(client: pg.ClientBase): Promise<number> {
    const day = (await this.#endsBy(client)) - recordDays(await retentionStore.settings(client)) - 1;
    const { lookedAt, ends } = await retentionStore.unseen(client, day, PEOPLE_AT_ONCE);
    for (const [accountId, own] of Map.groupBy(ends, (one) => one.accountId)) {
      const ids = own.map(({ recipientId }) => recipientId);
      await this.#parts.keyLife.destroyRecipientKeys(client, accountId, ids);
      await retentionStore.removeRecipients(client, accountId, ids);
      await this.#ended(client, 'recipient', [`account:${accountId}`], { day: dayText(day), people: ids.length });
    }
    return lookedAt;
  }

  async #endRecord(client: pg.ClientBase, day: number): Promise<void> {
    if (!(await this.#isDueRecord(client, day))) return;
    const messages = await retentionStore.countMessages(client, null, day);
    await retentionStore.dropDay(client, day);
    await this.#ended(client, 'message_record', ['account:all'], { day: dayText(day), messages });
  }

  async #isDueRecord(client: pg.ClientBase, day: number): Promise<boolean> {
    return (await this.#dueRecords(client)).some((due) => due.day === day && !due.isHeld);
  }

  async #dueBodies(client: Pick<pg.ClientBase, 'query'>, of: AccountDay | null = null): Promise<DueBodies[]> {
    return retentionStore.dueBodies(client, { today: await this.#endsBy(client), days: BODY_DAYS, of });
  }

  async #dueRecords(client: Pick<pg.ClientBase, 'query'>): Promise<DueDay[]> {
    const days = recordDays(await retentionStore.settings(client));
    return retentionStore.dueRecords(client, await this.#endsBy(client), days);
  }

  #endsBy(client: Pick<pg.ClientBase, 'query'>): Promise<number> {
    return retentionStore.earlierDay(client, this.#today());
  }

  /** Nothing where another gateway is at it; no hold begins meanwhile. */
  #alone<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T | null> {
    return inTransaction(this.#parts.pool, async (client) => {
      if (!(await retentionStore.isAlone(client, locks.retain))) return null;
      await retentionStore.lockHolds(client);
      return work(client);
    });
  }

  async #ended(client: pg.ClientBase, datum: Datum, on: readonly string[], about: Entry['about']): Promise<void> {
    const atMs = this.#parts.clock.now();
    const entry = { atMs, what: 'retention.ended' as const, who: 'gateway', from: null, outcome: 'done' };
    await this.#parts.audit.record(client, { ...entry, on: [...on, `datum:${datum}`], ...(about && { about }) });
    this.#parts.log.info('retention_ended', { reason: datum });
  }

  async #heedLate(): Promise<void> {
    for (const { datum, late, lateByDays } of await this.lateness())
      if (late > 0) this.#parts.alarms.raise('retention_late', [`datum:${datum}`], { days: late, by: lateByDays });
      else this.#parts.alarms.end('retention_late', [`datum:${datum}`]);
  }

  /** Late is what is still there 24 hours after it was to end (OWASP ASVS 14.2.7). */
  #isLate({ dueDay, isHeld }: DueDay): boolean {
    return !isHeld && this.#parts.clock.now() - dueDay * DAY_MS >= DAY_MS;
  }

  #today(): number {
    return Math.floor(this.#parts.clock.now() / DAY_MS);
  }
}

const BODY_DAYS = retention.message_body.days;

const recordDays = (settings: readonly RetentionSetting[]): number =>
  settings.find(({ datum }) => datum === 'message_record')?.days ?? retention.message_record.days;
