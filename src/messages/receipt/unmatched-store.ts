import type pg from 'pg';
import { msOf, timeOf } from '../../store/index.ts';

/** Why a receipt is in the report: no message was found for it, or it is contrary to the one before. */
export type ReportWhy = 'unmatched' | 'contradicted';

/** A receipt to be reported. */
export interface ReportEntry {
  readonly carrierId: number;
  readonly reference: string;
  readonly state: string;
  readonly why: ReportWhy;
  readonly code: number;
  /** Keyed hash of the handset's number; null where it is none. */
  readonly handset: Buffer | null;
  readonly atMs: number;
}

/** One line of the report. An empty reference stands for all that were beyond the limit of their day. */
export interface ReportRow extends Omit<ReportEntry, 'handset' | 'atMs'> {
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly count: number;
}

/** How many messages of a day a carrier never told the end of. */
export interface MissingRow {
  readonly carrierId: number;
  readonly day: string;
  readonly count: number;
}

/** Of one carrier and day. What is beyond is counted, and not told apart. */
const ROWS_A_DAY = 1000;
const KEPT_DAYS = 90;
const SHOWN_MAX = 1000;

const ADD = `
  WITH told AS (
    SELECT carrier_id, (at AT TIME ZONE 'UTC')::date AS day, reference, state, why, max(code) AS code, min(handset) AS handset,
      min(at) AS first_seen, max(at) AS last_seen, count(*) AS count
    FROM (SELECT carrier_id, reference, state, why, code, handset, ${timeOf('at_ms')} AS at
      FROM unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::int4[], $6::bytea[], $7::float8[])
        AS t(carrier_id, reference, state, why, code, handset, at_ms)) one
    GROUP BY 1, 2, 3, 4, 5),
  placed AS (
    SELECT told.*, known.reference IS NOT NULL OR rows.count
      + row_number() OVER (PARTITION BY told.carrier_id, told.day, known.reference IS NULL ORDER BY told.first_seen)
      <= ${ROWS_A_DAY} AS has_room
    FROM told
    LEFT JOIN unmatched_receipt known USING (carrier_id, day, reference, state, why)
    CROSS JOIN LATERAL (SELECT count(*) FROM unmatched_receipt r
      WHERE r.carrier_id = told.carrier_id AND r.day = told.day AND r.reference <> '') rows)
  INSERT INTO unmatched_receipt AS r (carrier_id, day, reference, state, why, code, handset, first_seen, last_seen, count)
  SELECT carrier_id, day, CASE WHEN has_room THEN reference ELSE '' END, state, why, max(code),
    CASE WHEN bool_and(has_room) THEN min(handset) END, min(first_seen), max(last_seen), sum(count)
  FROM placed GROUP BY 1, 2, 3, 4, 5
  ON CONFLICT (carrier_id, day, reference, state, why) DO UPDATE SET code = excluded.code,
    last_seen = greatest(r.last_seen, excluded.last_seen), count = r.count + excluded.count`;

const LIST = `
  SELECT carrier_id AS "carrierId", day::text, reference, state, why, code, count::float8,
    ${msOf('first_seen')} AS "firstSeenMs",
    ${msOf('last_seen')} AS "lastSeenMs"
  FROM unmatched_receipt WHERE $1::int4 IS NULL OR carrier_id = $1 ORDER BY last_seen DESC, reference LIMIT ${SHOWN_MAX}`;

const MISSING = `SELECT carrier_id AS "carrierId", day::text, count::float8 FROM missing_receipt
  WHERE $1::int4 IS NULL OR carrier_id = $1 ORDER BY day DESC, carrier_id LIMIT ${SHOWN_MAX}`;

/** The report of receipts that were never matched, and of messages that never had one. */
export class UnmatchedStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async add(entries: readonly ReportEntry[]): Promise<void> {
    await this.#pool.query(ADD, [
      entries.map((entry) => entry.carrierId),
      entries.map((entry) => entry.reference),
      entries.map((entry) => entry.state),
      entries.map((entry) => entry.why),
      entries.map((entry) => entry.code),
      entries.map((entry) => entry.handset),
      entries.map((entry) => entry.atMs),
    ]);
  }

  /** The latest first, at most 1,000; of one carrier, or of all for null. */
  async list(carrierId: number | null): Promise<readonly ReportRow[]> {
    return (await this.#pool.query<ReportRow>(LIST, [carrierId])).rows;
  }

  /** The latest days first, at most 1,000. */
  async missing(carrierId: number | null): Promise<readonly MissingRow[]> {
    return (await this.#pool.query<MissingRow>(MISSING, [carrierId])).rows;
  }

  /** Lines that are older than 90 days go. */
  async forgetOld(nowMs: number): Promise<void> {
    const values = [nowMs, KEPT_DAYS];
    const isOld = `day < (${timeOf('$1')} AT TIME ZONE 'UTC')::date - $2::int4`;
    await this.#pool.query(`DELETE FROM unmatched_receipt WHERE ${isOld}`, values);
    await this.#pool.query(`DELETE FROM missing_receipt WHERE ${isOld}`, values);
  }
}
