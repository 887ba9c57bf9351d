import type pg from 'pg';
import { msOf, timeOf } from '../store/index.ts';
import type { Datum } from './retention-table.ts';

/** What was set instead of what the table of retention says; account 0 stands for all. */
export interface RetentionSetting {
  readonly accountId: number;
  readonly datum: Datum;
  readonly days: number;
  readonly setBy: string;
  readonly setAtMs: number;
}

/** A day of an account, counted since 1970-01-01, whose bodies can still be read. */
export interface AccountDay {
  readonly accountId: number;
  readonly day: number;
}

/** Something that is beyond its time. `isHeld`: a hold, or a message of that day that waits for its time, keeps it. */
export interface DueDay {
  readonly day: number;
  readonly dueDay: number;
  readonly isHeld: boolean;
}

interface PersonRow {
  readonly accountId: number;
  readonly recipientId: number;
}

export type DueBodies = AccountDay & DueDay;

const DAY = (parameter: string): string => `date 'epoch' + ${parameter}::int4`;
const OF_DAY = (column: string, parameter: string): string =>
  `${column} >= first_id(${DAY(parameter)}) AND ${column} < first_id(${DAY(parameter)} + 1)`;
const OWN_DAYS = (account: string, fallback: string): string =>
  `coalesce((SELECT days FROM retention r WHERE r.account_id = ${account} AND r.datum = 'message_body'),
    (SELECT days FROM retention r WHERE r.account_id = 0 AND r.datum = 'message_body'), ${fallback}::int4)`;
const WAITS = (account: string, day: string): string =>
  `EXISTS (SELECT FROM waiting w WHERE w.account_id = ${account} AND w.what = 0 AND w.state = 0
     AND w.message_id >= first_id(${day}) AND w.message_id < first_id(${day} + 1))`;

const DUE_BODIES = `
  SELECT account_id AS "accountId", period - date 'epoch' AS day, period - date 'epoch' + days + 1 AS "dueDay",
    is_held(account_id, period) OR ${WAITS('account_id', 'period')} AS "isHeld"
  FROM (SELECT DISTINCT k.account_id, k.period, ${OWN_DAYS('k.account_id', '$2')} AS days FROM vault.key k
        WHERE k.kind = 'day' AND k.wrapped IS NOT NULL AND k.period < ${DAY('$1')}
          AND ($3::int4 IS NULL OR (k.account_id = $3 AND k.period = ${DAY('$4')}))) AS kept
  WHERE period + days < ${DAY('$1')} ORDER BY period, account_id`;

const PARTITIONS = `
  SELECT to_date(right(relname, 8), 'YYYYMMDD') - date 'epoch' AS day
  FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
  WHERE inhparent = 'message'::regclass AND relname ~ '^message_[0-9]{8}$'`;

const DUE_RECORDS = `
  SELECT day, day + $2::int4 + 1 AS "dueDay", is_held(NULL, ${DAY('day')}) AS "isHeld"
  FROM (${PARTITIONS}) AS kept WHERE day + $2::int4 < $1::int4 ORDER BY day`;

/**
 * People who were last seen on a day or before it: some of them, locked. Who is known by a message, by parts of one or by a
 * hold is seen again: on the day of the youngest message, or where that is held, on the day behind, so that the person may
 * outlive the hold by a day. The others are the answer. So people are not looked at in every round: most of them once in
 * the time that records are kept.
 */
const UNSEEN = `
  WITH looked_at AS MATERIALIZED (
    SELECT account_id, id FROM recipient WHERE seen_on <= ${DAY('$1')} LIMIT $2 FOR UPDATE),
  found AS MATERIALIZED (
    SELECT account_id, id, (SELECT max(known.day) FROM (
      (SELECT day_of(m.id) AS day FROM message m WHERE m.account_id = p.account_id AND m.recipient_id = p.id ORDER BY m.id DESC LIMIT 1)
      UNION ALL (SELECT current_date FROM inbound_part i WHERE i.account_id = p.account_id AND i.recipient_id = p.id LIMIT 1)
      UNION ALL (SELECT from_day FROM legal_hold h WHERE h.account_id = p.account_id AND h.recipient_id = p.id
        AND h.approved_at IS NOT NULL AND h.ended_at IS NULL AND h.expires_at > now() LIMIT 1)
    ) AS known) AS known_on FROM looked_at p),
  seen AS (
    UPDATE recipient r SET seen_on = greatest(found.known_on, ${DAY('$1')} + 1) FROM found
    WHERE r.account_id = found.account_id AND r.id = found.id AND found.known_on IS NOT NULL)
  SELECT account_id AS "accountId", id::float8 AS "recipientId", known_on IS NULL AS "isUnseen" FROM found`;

/** What retention asks of the tables. */
export const retentionStore = {
  async settings(client: Pick<pg.ClientBase, 'query'>): Promise<RetentionSetting[]> {
    const { rows } = await client.query<RetentionSetting>(
      `SELECT account_id AS "accountId", datum, days, set_by AS "setBy",
         ${msOf('set_at')} AS "setAtMs" FROM retention ORDER BY datum, account_id`,
    );
    return rows;
  },

  async set(client: pg.ClientBase, { accountId, datum, days, setBy, setAtMs }: RetentionSetting): Promise<void> {
    await client.query(
      `INSERT INTO retention (account_id, datum, days, set_by, set_at)
       VALUES ($1, $2, $3, $4, ${timeOf('$5')})
       ON CONFLICT (account_id, datum) DO UPDATE SET days = excluded.days, set_by = excluded.set_by, set_at = excluded.set_at`,
      [accountId, datum, days, setBy, setAtMs],
    );
  },

  /**
   * The day that it is by the clock of the database too: the earlier of both. What is ended does not come back, so a
   * gateway whose clock has run ahead ends nothing that it should not.
   */
  async earlierDay(client: Pick<pg.ClientBase, 'query'>, day: number): Promise<number> {
    const { rows } = await client.query<{ day: number }>(
      `SELECT least($1::int4, (now() AT TIME ZONE 'UTC')::date - date 'epoch') AS day`,
      [day],
    );
    return rows[0]!.day;
  },

  /** No hold begins or ends until the transaction does. */
  async lockHolds(client: pg.ClientBase): Promise<void> {
    await client.query('LOCK TABLE legal_hold IN SHARE MODE');
  },

  /** Whether this connection is the one that ends what is due; until its transaction ends. */
  async isAlone(client: pg.ClientBase, lock: number): Promise<boolean> {
    const { rows } = await client.query<{ is: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS is', [lock]);
    return rows[0]!.is;
  },

  /** Days of accounts whose bodies are to be ended by `today`, the oldest first; or whether one of them is. */
  async dueBodies(
    client: Pick<pg.ClientBase, 'query'>,
    { today, days, of = null }: { today: number; days: number; of?: AccountDay | null },
  ): Promise<DueBodies[]> {
    return (await client.query<DueBodies>(DUE_BODIES, [today, days, of?.accountId ?? null, of?.day ?? null])).rows;
  },

  /** Days whose records are to be ended by `today`, the oldest first. */
  async dueRecords(client: Pick<pg.ClientBase, 'query'>, today: number, days: number): Promise<DueDay[]> {
    return (await client.query<DueDay>(DUE_RECORDS, [today, days])).rows;
  },

  /** The oldest day of which there are records, and the oldest of which bodies can be read; null for none. */
  async oldest(client: Pick<pg.ClientBase, 'query'>): Promise<{ record: number | null; body: number | null }> {
    const { rows } = await client.query<{ record: number | null; body: number | null }>(
      `SELECT (SELECT min(day) FROM (${PARTITIONS}) AS kept) AS record,
         (SELECT min(period) - date 'epoch' FROM vault.key WHERE kind = 'day' AND wrapped IS NOT NULL) AS body`,
    );
    return rows[0]!;
  },

  async countMessages(client: pg.ClientBase, accountId: number | null, day: number): Promise<number> {
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::float8 AS count FROM message
       WHERE ${OF_DAY('id', '$2')} AND ($1::int4 IS NULL OR account_id = $1)`,
      [accountId, day],
    );
    return rows[0]!.count;
  },

  /** Of how many days there are keys of one-time codes whose window was over by then, Unix ms, and for how many days. */
  async lateCodes(client: Pick<pg.ClientBase, 'query'>, overByMs: number): Promise<{ days: number; byDays: number }> {
    const { rows } = await client.query<{ days: number; byDays: number }>(
      `SELECT count(DISTINCT window_no / 144)::int4 AS days,
         coalesce(floor(($1::float8 - (min(window_no) + 1) * 600000.0) / 86400000), 0)::int4 AS "byDays"
       FROM vault.code_key WHERE (window_no + 1) * 600000.0 <= $1::float8`,
      [overByMs],
    );
    return rows[0]!;
  },

  /** Looks at no more than `limit` people whom nobody has seen after a day: how many there were, and who is to end. */
  async unseen(
    client: pg.ClientBase,
    day: number,
    limit: number,
  ): Promise<{ lookedAt: number; ends: readonly PersonRow[] }> {
    const { rows } = await client.query<PersonRow & { isUnseen: boolean }>(UNSEEN, [day, limit]);
    return { lookedAt: rows.length, ends: rows.filter(({ isUnseen }) => isUnseen) };
  },

  async removeRecipients(client: pg.ClientBase, accountId: number, ids: readonly number[]): Promise<void> {
    await client.query('DELETE FROM recipient WHERE account_id = $1 AND id = ANY ($2::int8[])', [accountId, ids]);
  },

  /** The partitions of a day go, and what belongs to its messages. Nobody waits for longer than two seconds for it. */
  async dropDay(client: pg.ClientBase, day: number): Promise<void> {
    await client.query(`SET LOCAL lock_timeout = '2s'`);
    await client.query(`DELETE FROM waiting WHERE ${OF_DAY('message_id', '$1')}`, [day]);
    await client.query(`DELETE FROM message_replacement WHERE ${OF_DAY('message_id', '$1')}`, [day]);
    await client.query(`SELECT drop_day(${DAY('$1')})`, [day]);
  },
};
