import type pg from 'pg';
import { FaultError } from '../base/fault.ts';
import { inTransaction, storeFault } from '../store/index.ts';
import type { KeyState } from './key-states.ts';

export type KeyKind = 'account' | 'day' | 'index' | 'record' | 'code';

/**
 * Which key. `day` counts days since 1970-01-01; it is 0 for keys that are not of a day, and of those of one-time codes
 * the number of their window (`code-keys.ts`).
 */
export interface KeyName {
  readonly accountId: number;
  readonly kind: KeyKind;
  readonly day: number;
  readonly version: number;
}

export interface KeyRow extends KeyName {
  readonly wrapped: Buffer;
}

/** A key that was read. Destroyed ones have nothing to read. */
export interface StoredKey extends KeyRow {
  readonly state: Exclude<KeyState, 'destroyed'>;
}

const NAME = `account_id AS "accountId", kind, period - date 'epoch' AS day, version`;
const NEW = `unnest($1::int4[], $2::text[], $3::int4[], $4::int2[], $5::bytea[]) AS new (account_id, kind, day, version, wrapped)`;
const INSERT = `INSERT INTO vault.key (account_id, kind, period, version, wrapped, state)
  SELECT account_id, kind, date 'epoch' + day, version, wrapped, CASE kind WHEN 'day' THEN 'pre-active' ELSE 'active' END
  FROM ${NEW}`;
const ACCOUNT_KEYS = `${INSERT} WHERE kind = 'account' ON CONFLICT DO NOTHING RETURNING ${NAME}`;

/**
 * Nothing is wrapped under an account key that is not active any more: whoever rotates it waits for those who are at it
 * (the row is locked), and whoever comes later adds nothing.
 */
const OTHER_KEYS = `WITH usable AS MATERIALIZED (
    SELECT account_id, version FROM vault.key
    WHERE kind = 'account' AND period = date 'epoch' AND state = 'active' AND account_id = ANY ($1::int4[])
    ORDER BY account_id FOR SHARE
  )
  ${INSERT} WHERE kind <> 'account'
    AND (account_id, vault.wrapped_under(wrapped)) IN (SELECT account_id, version FROM usable)
  ON CONFLICT DO NOTHING RETURNING ${NAME}`;

const BEGIN = 'BEGIN; SET LOCAL synchronous_commit = on';

/**
 * The table `vault.key`. Destroyed keys are not there to be read. Every method throws `store_unavailable` or
 * `store_full` where the database cannot do what it is asked.
 */
export class VaultStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** The account, index and record keys of one account or of all, in all their versions. */
  async readAccountKeys(accountId: number | null): Promise<StoredKey[]> {
    return await this.#query<StoredKey>(
      `SELECT ${NAME}, state, wrapped FROM vault.key
       WHERE kind <> 'day' AND wrapped IS NOT NULL AND ($1::int4 IS NULL OR account_id = $1)
       ORDER BY account_id, kind, version`,
      [accountId],
    );
  }

  /** The keys of every one of `days` of every one of `accountIds`, in all their versions. */
  async readDayKeys(accountIds: readonly number[], days: readonly number[]): Promise<StoredKey[]> {
    return await this.#query<StoredKey>(
      `SELECT ${NAME}, state, wrapped FROM vault.key
       WHERE kind = 'day' AND wrapped IS NOT NULL AND account_id = ANY ($1::int4[])
         AND period IN (SELECT date 'epoch' + day FROM unnest($2::int4[]) AS day)
       ORDER BY account_id, period, version`,
      [accountIds, days],
    );
  }

  /** Adds keys. Where a key exists it stays: another gateway was first, and whoever wants it reads it. */
  async insert(client: pg.ClientBase, keys: readonly KeyRow[]): Promise<KeyName[]> {
    const values = valuesOf(keys);
    const made: KeyName[] = [];
    // An account key goes before those it wraps, which look for it.
    for (const text of [ACCOUNT_KEYS, OTHER_KEYS]) made.push(...(await client.query<KeyName>(text, values)).rows);
    return made;
  }

  /** Destroys again whatever came back from an older copy. How many keys that were. */
  async buryAgain(): Promise<number> {
    const [row] = await this.#query<{ buried: number }>('SELECT vault.bury_again()::int4 AS buried', []);
    return row?.buried ?? 0;
  }

  /**
   * All that `work` does, or nothing. It is on disk when it is said to be done: what is sealed under a key outlives a
   * crash of the database, so the key has to. `begin` may say otherwise.
   */
  transaction<T>(work: (client: pg.ClientBase) => Promise<T>, begin = BEGIN): Promise<T> {
    return asFault(() => inTransaction(this.#pool, work, begin));
  }

  #query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    return asFault(async () => (await this.#pool.query<Row>(text, values)).rows);
  }
}

const valuesOf = (keys: readonly KeyRow[]): unknown[] => [
  keys.map((key) => key.accountId),
  keys.map((key) => key.kind),
  keys.map((key) => key.day),
  keys.map((key) => key.version),
  keys.map((key) => key.wrapped),
];

/** What fails in the database fails as a fault. */
export async function asFault<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof FaultError) throw cause;
    throw new FaultError(storeFault(cause) ?? 'internal', {}, cause);
  }
}
