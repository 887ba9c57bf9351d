import type pg from 'pg';
import { inTransaction, msOf, timeOf } from '../../store/index.ts';
import { type RootKind, type RootVersion, rootKinds } from '../root-key.ts';
import { asFault } from '../vault-store.ts';

/** How many account keys are wrapped under a version of a root key. `tag` is the first octet of what is wrapped. */
export interface WrappedCount {
  readonly tag: number;
  readonly version: number;
  readonly count: number;
}

/** A version that was seen, whatever became of it. */
export interface SeenVersion {
  readonly tag: number;
  readonly version: number;
  /** Unix ms. */
  readonly madeAtMs: number;
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

const UNDER = `kind = 'account' AND wrapped IS NOT NULL AND get_byte(wrapped, 0) = $1::int4 AND vault.wrapped_under(wrapped) = $2::int4`;
const VERSIONS = `SELECT tag, version, ${msOf('made_at')} AS "madeAtMs" FROM vault.root_version`;
// A key without a time was made no later than the oldest key under it. Wrapped again, that may be older: then it is exchanged sooner.
const LEARN = `INSERT INTO vault.root_version (tag, version, made_at) VALUES ($1::int4, $2::int4,
    coalesce(${timeOf('$3')}, (SELECT min(created_at) FROM vault.key WHERE ${UNDER}), now()))
  ON CONFLICT DO NOTHING`;

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

  /** Every version of every root key that was seen. */
  versions(): Promise<readonly SeenVersion[]> {
    return asFault(async () => (await this.#pool.query<SeenVersion>(VERSIONS)).rows);
  }

  /** Takes down a version; false where it is known already. */
  async learn(client: pg.ClientBase, kind: RootKind, { version, madeAtMs }: RootVersion): Promise<boolean> {
    return (await client.query(LEARN, [rootKinds[kind], version, madeAtMs])).rowCount === 1;
  }

  /** From here on nothing is wrapped under a version until the transaction ends. False where there is none to forget. */
  async lockVersion(client: pg.ClientBase, kind: RootKind, version: number): Promise<boolean> {
    const text = `SELECT FROM vault.root_version WHERE tag = $1 AND version = $2 AND forgotten_at IS NULL FOR UPDATE`;
    return (await client.query(text, [rootKinds[kind], version])).rowCount === 1;
  }

  /** How many account keys a version wraps. */
  async countUnder(client: pg.ClientBase, kind: RootKind, version: number): Promise<number> {
    const text = `SELECT count(*)::int4 AS count FROM vault.key WHERE ${UNDER}`;
    return (await client.query<{ count: number }>(text, [rootKinds[kind], version])).rows[0]!.count;
  }

  /** Nothing is ever wrapped under it again: the database refuses that. */
  async markForgotten(client: pg.ClientBase, kind: RootKind, version: number): Promise<void> {
    const text = 'UPDATE vault.root_version SET forgotten_at = now() WHERE tag = $1 AND version = $2';
    await client.query(text, [rootKinds[kind], version]);
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
