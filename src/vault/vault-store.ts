import type pg from 'pg';
import { FaultError } from '../base/fault.ts';
import { storeFault } from '../store/index.ts';

export type KeyKind = 'account' | 'day' | 'index' | 'record';

/** A wrapped key. `day` counts days since 1970-01-01; it is 0 for keys that are not of a day. */
export interface KeyRow {
  readonly accountId: number;
  readonly kind: KeyKind;
  readonly day: number;
  readonly version: number;
  readonly wrapped: Buffer;
}

const COLUMNS = `account_id AS "accountId", kind, period - date 'epoch' AS day, version, wrapped`;

/**
 * The table `vault.key`. Only active keys are read: what is destroyed, compromised or not yet active is not there. Every
 * method throws `store_unavailable` or `store_full` where the database cannot do what it is asked.
 */
export class VaultStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Whether any key was ever wrapped. */
  async holdsKeys(): Promise<boolean> {
    const [row] = await this.#query<{ found: boolean }>('SELECT EXISTS (SELECT FROM vault.key) AS found', []);
    return row?.found === true;
  }

  /** The account, index and record keys of one account or of all, account keys first. */
  async readAccountKeys(accountId: number | null): Promise<KeyRow[]> {
    return await this.#query<KeyRow>(
      `SELECT ${COLUMNS} FROM vault.key
       WHERE kind <> 'day' AND state = 'active' AND ($1::int4 IS NULL OR account_id = $1)
       ORDER BY account_id, kind, version`,
      [accountId],
    );
  }

  /** The keys of every one of `days` of every one of `accountIds`. */
  async readDayKeys(accountIds: readonly number[], days: readonly number[]): Promise<KeyRow[]> {
    return await this.#query<KeyRow>(
      `SELECT ${COLUMNS} FROM vault.key
       WHERE kind = 'day' AND state = 'active' AND account_id = ANY ($1::int4[])
         AND period IN (SELECT date 'epoch' + day FROM unnest($2::int4[]) AS day)
       ORDER BY account_id, period, version`,
      [accountIds, days],
    );
  }

  /** Adds keys. Where a key exists it stays: another gateway was first, and whoever wants it reads it. */
  async insert(keys: readonly KeyRow[]): Promise<void> {
    await this.#query(
      `INSERT INTO vault.key (account_id, kind, period, version, wrapped)
       SELECT account_id, kind, date 'epoch' + day, version, wrapped
       FROM unnest($1::int4[], $2::text[], $3::int4[], $4::int2[], $5::bytea[]) AS new (account_id, kind, day, version, wrapped)
       ON CONFLICT DO NOTHING`,
      [
        keys.map((key) => key.accountId),
        keys.map((key) => key.kind),
        keys.map((key) => key.day),
        keys.map((key) => key.version),
        keys.map((key) => key.wrapped),
      ],
    );
  }

  async #query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    try {
      const { rows } = await this.#pool.query<Row>(text, values);
      return rows;
    } catch (cause) {
      throw new FaultError(storeFault(cause) ?? 'internal', {}, cause);
    }
  }
}
