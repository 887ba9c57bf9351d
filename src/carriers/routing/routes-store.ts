import type { Pool } from 'pg';
import { type Fault, fault } from '../../base/fault.ts';
import type { RouteRule } from './router.ts';

/** A route as it is stored. */
export interface RouteRow extends RouteRule {
  readonly id: number;
  readonly createdAtMs: number;
}

const COLUMNS = `id, prefix, sender, class, account_id AS "accountId", carriers,
  (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs"`;

/** The routes in PostgreSQL. Each change is told to the other nodes. */
export class RoutesStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async all(): Promise<readonly RouteRow[]> {
    return (await this.#pool.query<RouteRow>(`SELECT ${COLUMNS} FROM route ORDER BY id`)).rows;
  }

  /** `name_taken` where there is one for exactly the same messages. */
  async add(rule: RouteRule): Promise<RouteRow | Fault> {
    const { rows } = await this.#pool.query<RouteRow>(
      `WITH added AS (
        INSERT INTO route (prefix, sender, class, account_id, carriers) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING RETURNING *),
       told AS (SELECT pg_notify('sallyport_changes', 'route') FROM added)
       SELECT ${COLUMNS} FROM added, told`,
      [rule.prefix, rule.sender, rule.class, rule.accountId, rule.carriers],
    );
    return rows[0] ?? fault('name_taken', { detail: 'There is a route for exactly these messages already.' });
  }

  /** Null where there was none. */
  async remove(id: number): Promise<RouteRow | null> {
    const { rows } = await this.#pool.query<RouteRow>(
      `WITH removed AS (DELETE FROM route WHERE id = $1 RETURNING *),
       told AS (SELECT pg_notify('sallyport_changes', 'route') FROM removed)
       SELECT ${COLUMNS} FROM removed, told`,
      [id],
    );
    return rows[0] ?? null;
  }
}
