import type pg from 'pg';
import { locks } from '../store/index.ts';
import type { KeyName, StoredKey } from './vault-store.ts';

const NAME = `account_id AS "accountId", 'code' AS kind, window_no AS day, version`;
const STORED = `${NAME}, 'active' AS state, wrapped`;
/** The first window that is not over by the clock of the database, two gateways of which may be a minute apart. */
const FIRST_OF_DATABASE = `floor(extract(epoch FROM now() - interval '1 minute') / 600)`;

/** The table `vault.code_key`. `day` of a key is the number of its window. */
export const codeKeysStore = {
  /** Keys of these windows, in the order in which they were made. */
  async read(client: Pick<pg.ClientBase, 'query'>, accountId: number, windows: readonly number[]) {
    const { rows } = await client.query<StoredKey>(
      `SELECT ${STORED} FROM vault.code_key WHERE account_id = $1 AND window_no = ANY ($2::int4[])
       ORDER BY window_no, created_at, version`,
      [accountId, windows],
    );
    return rows;
  },

  /** Until the transaction ends, no other makes keys. */
  async lock(client: pg.ClientBase): Promise<void> {
    await client.query('SELECT pg_advisory_xact_lock($1)', [locks.makeCodeKeys]);
  },

  /** Numbers that no other key has. */
  async newVersions(client: pg.ClientBase, count: number): Promise<number[]> {
    const { rows } = await client.query<{ version: number }>(
      `SELECT nextval('vault.code_key_version')::int4 AS version FROM generate_series(1, $1)`,
      [count],
    );
    return rows.map(({ version }) => version);
  },

  /** Adds keys; none where the account key that they are wrapped under is not active any more. How many. */
  async insert(client: pg.ClientBase, keys: readonly (KeyName & { readonly wrapped: Buffer })[]): Promise<number> {
    const { rowCount } = await client.query(
      `WITH usable AS MATERIALIZED (
         SELECT account_id, version FROM vault.key
         WHERE kind = 'account' AND period = date 'epoch' AND state = 'active' AND account_id = ANY ($1::int4[])
         ORDER BY account_id FOR SHARE
       )
       INSERT INTO vault.code_key (account_id, window_no, version, wrapped)
       SELECT * FROM unnest($1::int4[], $2::int4[], $3::int2[], $4::bytea[]) AS new (account_id, window_no, version, wrapped)
       WHERE (account_id, vault.wrapped_under(wrapped)) IN (SELECT account_id, version FROM usable)`,
      [
        keys.map((key) => key.accountId),
        keys.map((key) => key.day),
        keys.map((key) => key.version),
        keys.map((key) => key.wrapped),
      ],
    );
    return rowCount ?? 0;
  },

  /** The windows from `first` on that have a key. */
  async windowsFrom(client: pg.ClientBase, accountId: number, first: number): Promise<number[]> {
    const { rows } = await client.query<{ day: number }>(
      'SELECT DISTINCT window_no AS day FROM vault.code_key WHERE account_id = $1 AND window_no >= $2 ORDER BY 1',
      [accountId, first],
    );
    return rows.map(({ day }) => day);
  },

  /**
   * Destroys the keys of windows before `first` that are over by the clock of the database too: a gateway whose clock is
   * wrong ends no codes of the others. The windows whose keys these were.
   */
  async destroyBefore(client: pg.ClientBase, first: number): Promise<number[]> {
    const { rows } = await client.query<{ day: number }>(
      `DELETE FROM vault.code_key WHERE window_no < $1 AND window_no < ${FIRST_OF_DATABASE} RETURNING window_no AS day`,
      [first],
    );
    return rows.map(({ day }) => day);
  },

  /** Keys that are not wrapped under `version` of the key of their account. */
  async others(client: pg.ClientBase, accountId: number, version: number, limit: number): Promise<StoredKey[]> {
    const { rows } = await client.query<StoredKey>(
      `SELECT ${STORED} FROM vault.code_key WHERE account_id = $1 AND vault.wrapped_under(wrapped) <> $2
       ORDER BY window_no, version LIMIT $3`,
      [accountId, version, limit],
    );
    return rows;
  },

  async rewrap(client: pg.ClientBase, key: KeyName & { readonly wrapped: Buffer }): Promise<void> {
    await client.query(
      'UPDATE vault.code_key SET wrapped = $4 WHERE account_id = $1 AND window_no = $2 AND version = $3',
      [key.accountId, key.day, key.version, key.wrapped],
    );
  },
};
