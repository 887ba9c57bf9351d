import type pg from 'pg';
import { locks, msOf, timeOf } from '../store/index.ts';

/** An alarm as it stands in the database. Times are Unix ms. */
export interface AlarmRow {
  readonly alarm: string;
  readonly on: readonly string[];
  readonly sinceMs: number;
  readonly saidAtMs: number;
  /** Whether this gateway has said that it sees the cause. */
  readonly isOwn: boolean;
  /** Whether it may end it for its part: it said so itself, or nobody who did is known to be there any more. */
  readonly mayEnd: boolean;
}

export interface RaisedAlarm {
  readonly alarm: string;
  readonly on: readonly string[];
  /** Null for what every gateway sees alike. */
  readonly gateway: string | null;
  readonly nowMs: number;
  /** An entry that is younger is not repeated. */
  readonly againAfterMs: number;
}

/** Whoever says nothing of its alarms for so long is taken to be gone: three rounds of the watch. */
const SEEN_FOR = "interval '30 seconds'";
const EVERY_GATEWAY = '00000000-0000-0000-0000-000000000000';
/** What every gateway sees alike may be ended by any. */
const SEEN_UNTIL = `CASE WHEN $3 = '${EVERY_GATEWAY}'::uuid THEN 'epoch' ELSE now() + ${SEEN_FOR} END`;

const RAISE = `
  WITH before AS (
    SELECT min(since) AS since, max(said_at) AS said_at FROM alarm WHERE alarm = $1 AND about = $2),
  gone AS (DELETE FROM alarm WHERE alarm = $1 AND about = $2 AND gateway <> $3 AND seen_until < now())
  INSERT INTO alarm AS a (alarm, about, gateway, since, said_at, seen_until)
  SELECT $1, $2, $3, coalesce(since, ${timeOf('$4')}),
    CASE WHEN said_at > ${timeOf('$5')} THEN said_at ELSE ${timeOf('$4')} END,
    ${SEEN_UNTIL} FROM before
  ON CONFLICT (alarm, about, gateway) DO UPDATE SET said_at = excluded.said_at, seen_until = excluded.seen_until
  RETURNING said_at = ${timeOf('$4')} AS "isToSay"`;

const END = `
  WITH gone AS (
    DELETE FROM alarm WHERE alarm = $1 AND about = $2 AND (gateway = $3 OR seen_until < now()) RETURNING since)
  SELECT ${msOf('min(since)')} AS "sinceMs",
    EXISTS (SELECT FROM alarm WHERE alarm = $1 AND about = $2 AND gateway <> $3 AND seen_until >= now()) AS "isSeenStill"
  FROM gone`;

const KEEP = `UPDATE alarm SET seen_until = now() + ${SEEN_FOR} WHERE gateway = $1`;

const STANDING = `
  SELECT alarm, about AS on, ${msOf('min(since)')} AS "sinceMs", ${msOf('max(said_at)')} AS "saidAtMs",
    bool_or(gateway IN ($1, '${EVERY_GATEWAY}')) AS "isOwn", bool_or(gateway = $1 OR seen_until < now()) AS "mayEnd"
  FROM alarm GROUP BY alarm, about ORDER BY min(since), alarm, about LIMIT $2`;

/** The alarms that stand, in PostgreSQL. */
export const alarmsStore = {
  /** Has an alarm stand, whoever else has raised it; gives whether an entry is to say so. */
  async raise(
    client: pg.ClientBase,
    { alarm, on, gateway, nowMs, againAfterMs }: RaisedAlarm,
  ): Promise<{ isToSay: boolean }> {
    await lock(client);
    const values = [alarm, on, gateway ?? EVERY_GATEWAY, nowMs, nowMs - againAfterMs];
    return (await client.query<{ isToSay: boolean }>(RAISE, values)).rows[0]!;
  },

  /** Takes back what this gateway said, and others that are gone; gives since when it stood where nobody says so any more, else null. */
  async end(client: pg.ClientBase, alarm: string, on: readonly string[], gateway: string): Promise<number | null> {
    await lock(client);
    const { rows } = await client.query<{ sinceMs: number | null; isSeenStill: boolean }>(END, [alarm, on, gateway]);
    return rows[0]!.isSeenStill ? null : rows[0]!.sinceMs;
  },

  /** Says that a gateway is still there; it is not asked again of each alarm. */
  async keep(pool: pg.Pool, gateway: string): Promise<void> {
    await pool.query(KEEP, [gateway]);
  },

  /** Says that a gateway is not there any more; null for all that ever were. */
  async leave(pool: pg.Pool, gateway: string | null): Promise<void> {
    await pool.query("UPDATE alarm SET seen_until = 'epoch' WHERE $1::uuid IS NULL OR gateway = $1", [gateway]);
  },

  /** What stands, the longest first. */
  async standing(pool: pg.Pool, gateway: string, limit: number): Promise<AlarmRow[]> {
    return (await pool.query<AlarmRow>(STANDING, [gateway, limit])).rows;
  },
};

/** Two gateways do not raise or end the same at a time. */
const lock = (client: pg.ClientBase) => client.query('SELECT pg_advisory_xact_lock($1)', [locks.alarm]);
