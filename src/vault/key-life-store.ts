import type pg from 'pg';
import { msOf, timeOf } from '../store/index.ts';
import type { KeyState } from './key-states.ts';
import type { KeyKind, KeyName } from './vault-store.ts';

/** Keys of one kind in one state. */
export interface KeyCount {
  readonly kind: KeyKind | 'recipient';
  readonly state: KeyState;
  readonly count: number;
  /** Null for keys of recipients, whose rows do not say. */
  readonly oldestMs: number | null;
  readonly newestMs: number | null;
}

/** What is wrapped under the key of an account. */
export interface Protected {
  readonly recipients: number;
  readonly days: readonly number[];
}

const DAY = `date 'epoch' + $1::int4`;

/** What the life of keys asks of the tables of the vault. */
export const keyLifeStore = {
  /** Keys of days that have begun by `today` are active. How many came into that state. */
  async activateDays(client: pg.ClientBase, today: number): Promise<number> {
    const { rowCount } = await client.query(
      `UPDATE vault.key SET state = 'active' WHERE kind = 'day' AND state = 'pre-active' AND period <= ${DAY}`,
      [today],
    );
    return rowCount ?? 0;
  },

  /** Those of days before `day` protect nothing new. */
  async deactivateDays(client: pg.ClientBase, day: number): Promise<number> {
    const { rowCount } = await client.query(
      `UPDATE vault.key SET state = 'deactivated' WHERE kind = 'day' AND state = 'active' AND period < ${DAY}`,
      [day],
    );
    return rowCount ?? 0;
  },

  /** Accounts whose active key was made before that time, and that are not being rotated. The oldest first. */
  async due(client: pg.ClientBase, madeBeforeMs: number, limit: number): Promise<number[]> {
    const { rows } = await client.query<{ accountId: number }>(
      `SELECT account_id AS "accountId" FROM vault.key AS key
       WHERE kind = 'account' AND state = 'active' AND created_at <= ${timeOf('$1')}
         AND NOT EXISTS (SELECT FROM vault.rotation WHERE rotation.account_id = key.account_id)
       ORDER BY created_at LIMIT $2`,
      [madeBeforeMs, limit],
    );
    return rows.map(({ accountId }) => accountId);
  },

  /** The versions of the key of a day that can still be read. */
  async dayVersions(client: pg.ClientBase, accountId: number, day: number): Promise<(KeyName & { state: KeyState })[]> {
    const { rows } = await client.query<KeyName & { state: KeyState }>(
      `SELECT account_id AS "accountId", kind, period - date 'epoch' AS day, version, state FROM vault.key
       WHERE account_id = $2 AND kind = 'day' AND period = ${DAY} AND wrapped IS NOT NULL ORDER BY version FOR UPDATE`,
      [day, accountId],
    );
    return rows;
  },

  async protectedBy(client: pg.ClientBase, accountId: number): Promise<Protected> {
    const { rows } = await client.query<Protected>(
      `SELECT (SELECT count(*)::int4 FROM vault.recipient_key WHERE account_id = $1) AS recipients,
         ARRAY (SELECT DISTINCT period - date 'epoch' FROM vault.key
                WHERE account_id = $1 AND kind = 'day' AND wrapped IS NOT NULL ORDER BY 1) AS days`,
      [accountId],
    );
    return rows[0]!;
  },

  /** All keys, by kind and state. Reads every row: 0.1 s for 10^6. */
  async count(client: pg.ClientBase): Promise<KeyCount[]> {
    const { rows } = await client.query<KeyCount>(
      `SELECT kind, state, count(*)::int4 AS count, min(${msOf('created_at')}) AS "oldestMs", max(${msOf('created_at')}) AS "newestMs"
       FROM vault.key GROUP BY kind, state
       UNION ALL SELECT 'code', 'active', count(*)::int4, min(${msOf('created_at')}), max(${msOf('created_at')}) FROM vault.code_key
       UNION ALL SELECT 'recipient', 'active', count(*)::int4, NULL, NULL FROM vault.recipient_key
       UNION ALL SELECT 'recipient', 'destroyed', count(*)::int4, NULL, NULL FROM vault.tombstone WHERE kind = 'recipient'
       ORDER BY 1, 2`,
    );
    return rows;
  },
};
