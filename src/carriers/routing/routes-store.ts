import type { Actor, Audit } from '../../audit/index.ts';
import { type Fault, fault } from '../../base/fault.ts';
import type { Checked, Register, RegisteredTable } from '../../register/index.ts';
import { msOf, timeOf } from '../../store/index.ts';
import type { RouteRule } from './router.ts';

/** A route as it is stored. */
export interface StoredRoute extends RouteRule {
  readonly id: number;
  readonly createdAtMs: number;
}

const COLUMNS = `id, prefix, sender, class, account_id AS "accountId", carriers,
  ${msOf('created_at')} AS "createdAtMs"`;

const SELECT = `SELECT ${COLUMNS} FROM route ORDER BY id`;

/** The routes in PostgreSQL. Each change is told to the other nodes. */
export class RoutesStore {
  readonly #audit: Audit;
  readonly #table: RegisteredTable<StoredRoute>;

  constructor(audit: Audit, register: Register) {
    this.#audit = audit;
    this.#table = register.table<StoredRoute>({
      name: 'route',
      all: async (client) => (await client.query<StoredRoute>(SELECT)).rows,
      keyOf: ({ id }) => id,
      said: (row) => [row.prefix, row.sender, row.class, row.accountId, row.carriers, row.createdAtMs],
    });
  }

  all(): Promise<Checked<StoredRoute>> {
    return this.#table.read();
  }

  /** `name_taken` where there is one for exactly the same messages. */
  async add(rule: RouteRule, createdAtMs: number, by: Actor): Promise<StoredRoute | Fault> {
    const added = await this.#change(
      'added',
      by,
      `WITH added AS (
        INSERT INTO route (prefix, sender, class, account_id, carriers, created_at)
        VALUES ($1, $2, $3, $4, $5, ${timeOf('$6')})
        ON CONFLICT DO NOTHING RETURNING *),
       told AS (SELECT pg_notify('sallyport_changes', 'route') FROM added)
       SELECT ${COLUMNS} FROM added, told`,
      [rule.prefix, rule.sender, rule.class, rule.accountId, rule.carriers, createdAtMs],
      ({ id }) => ({ ...rule, id, createdAtMs }),
    );
    return added ?? fault('name_taken', { detail: 'There is a route for exactly these messages already.' });
  }

  /** Null where there was none. */
  remove(id: number, by: Actor): Promise<StoredRoute | null> {
    return this.#change(
      'removed',
      by,
      `WITH removed AS (DELETE FROM route WHERE id = $1 RETURNING *),
       told AS (SELECT pg_notify('sallyport_changes', 'route') FROM removed)
       SELECT ${COLUMNS} FROM removed, told`,
      [id],
      () => null,
    );
  }

  /** Does it and puts it on record as one. A prefix may be the number of one person: it is not on record. */
  #change(
    change: 'added' | 'removed',
    by: Actor,
    text: string,
    values: unknown[],
    meant: (row: StoredRoute) => StoredRoute | null,
  ): Promise<StoredRoute | null> {
    return this.#table.write(
      async (client) => (await client.query<StoredRoute>(text, values)).rows[0] ?? null,
      (row) => ({ key: row.id, row: meant(row) }),
      (row) => this.#audit.done(by, 'route.changed', [`route:${row.id}`], { change, carriers: row.carriers.join(' ') }),
    );
  }
}
