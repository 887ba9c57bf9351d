import type { ClientBase, Pool } from 'pg';
import { locks } from './locks.ts';

// One maker at a time, or two that find a partition missing would both make it. The lock ends with the statement.
const MAKE_DAYS = `WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock($1))
  SELECT make_day(date '1970-01-01' + day) FROM held, generate_series($2::int4, $3::int4) AS day`;

/** Makes the partitions of the UTC days `first` to `last`, counted since 1970-01-01, where they are missing. As the engine. */
export async function makeDays(engine: Pool | ClientBase, first: number, last: number): Promise<void> {
  await engine.query(MAKE_DAYS, [locks.makeDays, first, last]);
}
