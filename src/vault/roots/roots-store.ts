import type pg from 'pg';
import { inTransaction } from '../../store/index.ts';
import { asFault } from '../vault-store.ts';

/** How many account keys are wrapped under a version of a root key. `tag` is the first octet of what is wrapped. */
export interface WrappedCount {
  readonly tag: number;
  readonly version: number;
  readonly count: number;
}

export interface AccountKeyRow {
  readonly accountId: number;
  readonly version: number;
  readonly wrapped: Buffer;
}

const COUNTS = `SELECT get_byte(wrapped, 0) AS tag, get_byte(wrapped, 1) * 256 + get_byte(wrapped, 2) AS version,
    count(*)::int4 AS count
  FROM vault.key WHERE kind = 'account' AND wrapped IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`;
const LOCK = `SELECT account_id AS "accountId", version, wrapped FROM vault.key
  WHERE kind = 'account' AND wrapped IS NOT NULL ORDER BY account_id, version FOR UPDATE`;
const REPLACE = `UPDATE vault.key AS key SET wrapped = new.wrapped
  FROM unnest($1::int4[], $2::int2[], $3::bytea[]) AS new (account_id, version, wrapped)
  WHERE key.kind = 'account' AND key.account_id = new.account_id AND key.version = new.version`;

/** What of the table `vault.key` is wrapped under root keys: the account keys. */
export class RootsStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Throws `store_unavailable` where the database does not answer, as the others do. */
  counts(): Promise<readonly WrappedCount[]> {
    return asFault(async () => (await this.#pool.query<WrappedCount>(COUNTS)).rows);
  }

  transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return asFault(() => inTransaction(this.#pool, work));
  }

  /** All account keys there are, kept as they are until the transaction ends. */
  async lock(client: pg.ClientBase): Promise<readonly AccountKeyRow[]> {
    return (await client.query<AccountKeyRow>(LOCK)).rows;
  }

  async replace(client: pg.ClientBase, rows: readonly AccountKeyRow[]): Promise<void> {
    await client.query(REPLACE, [
      rows.map((row) => row.accountId),
      rows.map((row) => row.version),
      rows.map((row) => row.wrapped),
    ]);
  }
}
