import type { Pool } from 'pg';
import type { Actor, Audit } from '../../audit/index.ts';
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
  readonly #audit: Audit;

  constructor(pool: Pool, audit: Audit) {
    this.#pool = pool;
    this.#audit = audit;
  }

  async all(): Promise<readonly RouteRow[]> {
    return (await this.#pool.query<RouteRow>(`SELECT ${COLUMNS} FROM route ORDER BY id`)).rows;
  }

  /** `name_taken` where there is one for exactly the same messages. */
  async add(rule: RouteRule, by: Actor): Promise<RouteRow | Fault> {
    const added = await this.#change(
      'added',
      by,
      `WITH added AS (
        INSERT INTO route (prefix, sender, class, account_id, carriers) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING RETURNING *),
       told AS (SELECT pg_notify('sallyport_changes', 'route') FROM added)
       SELECT ${COLUMNS} FROM added, told`,
      [rule.prefix, rule.sender, rule.class, rule.accountId, rule.carriers],
    );
    return added ?? fault('name_taken', { detail: 'There is a route for exactly these messages already.' });
  }

  /** Null where there was none. */
  remove(id: number, by: Actor): Promise<RouteRow | null> {
    return this.#change(
      'removed',
      by,
      `WITH removed AS (DELETE FROM route WHERE id = $1 RETURNING *),
       told AS (SELECT pg_notify('sallyport_changes', 'route') FROM removed)
       SELECT ${COLUMNS} FROM removed, told`,
      [id],
    );
  }

  /** Does it and puts it on record as one. A prefix may be the number of one person: it is not on record. */
  #change(change: 'added' | 'removed', by: Actor, text: string, values: unknown[]): Promise<RouteRow | null> {
    return this.#audit.act(
      async (client) => (await client.query<RouteRow>(text, values)).rows[0] ?? null,
      (row) =>
        row && this.#audit.done(by, 'route.changed', [`route:${row.id}`], { change, carriers: row.carriers.join(' ') }),
    );
  }
}
