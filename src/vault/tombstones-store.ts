import type pg from 'pg';
import type { KeyKind } from './vault-store.ts';

export interface Tombstone {
  readonly accountId: number;
  readonly kind: KeyKind | 'recipient';
  /** A day, a recipient, or 0. */
  readonly record: number;
  /** 0 for every version. */
  readonly version: number;
}

/** A recipient whose key was destroyed. */
export interface DestroyedRecipient {
  readonly accountId: number;
  readonly id: number;
}

/**
 * The table `vault.tombstone`. A tombstone that is made destroys its key in the same statement, by a trigger, and every
 * older copy of it that comes back.
 */
export const tombstonesStore = {
  /** Destroys a key. How many keys that were: 0 where there was none, or it was destroyed before. */
  async bury(client: pg.ClientBase, { accountId, kind, record, version }: Tombstone): Promise<number> {
    const { rows } = await client.query<{ keys: number }>(
      `WITH mortal AS (
         SELECT count(*)::int4 AS keys FROM vault.key
         WHERE account_id = $1 AND kind = $2 AND period = date 'epoch' + $3::int4 AND wrapped IS NOT NULL
           AND ($4::int2 = 0 OR version = $4)
       ), grave AS (
         INSERT INTO vault.tombstone (account_id, kind, record, version) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING RETURNING 1
       )
       SELECT keys FROM mortal, (SELECT count(*) FROM grave) AS made`,
      [accountId, kind, record, version],
    );
    return rows[0]?.keys ?? 0;
  },

  /** Destroys keys of recipients. How many there were. */
  async buryRecipients(client: pg.ClientBase, accountId: number, ids: readonly number[]): Promise<number> {
    const { rows } = await client.query<{ keys: number }>(
      `WITH mortal AS (
         SELECT count(*)::int4 AS keys FROM unnest($2::int8[]) AS asked (id)
         CROSS JOIN LATERAL (
           SELECT FROM vault.recipient_key WHERE account_id = $1 AND recipient_id = asked.id LIMIT 1
         ) AS found
       ), graves AS (
         INSERT INTO vault.tombstone (account_id, kind, record)
         SELECT $1, 'recipient', id FROM unnest($2::int8[]) AS asked (id)
         ON CONFLICT DO NOTHING RETURNING 1
       )
       SELECT keys FROM mortal, (SELECT count(*) FROM graves) AS made`,
      [accountId, ids],
    );
    return rows[0]?.keys ?? 0;
  },

  async tell(client: pg.ClientBase, what: 'key' | 'recipient_key'): Promise<void> {
    await client.query(`SELECT pg_notify('sallyport_changes', $1)`, [what]);
  },

  /** The mark from which on tombstones have not been seen by a reader that begins now. */
  async horizon(pool: pg.Pool): Promise<string> {
    const { rows } = await pool.query<{ horizon: string }>(
      'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon',
    );
    return rows[0]!.horizon;
  },

  /**
   * Recipients whose key was destroyed since the mark, at most `limit`, and the next mark. Transactions end in another
   * order than they begin, so the mark is the oldest that is under way; what is read twice is destroyed twice.
   */
  async since(pool: pg.Pool, mark: string, limit: number): Promise<{ mark: string; destroyed: DestroyedRecipient[] }> {
    const { rows } = await pool.query<{ mark: string; accountId: number | null; id: number }>(
      `SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS mark, account_id AS "accountId", record::float8 AS id
       FROM (SELECT) AS one LEFT JOIN LATERAL (
         SELECT account_id, record FROM vault.tombstone WHERE kind = 'recipient' AND made_by >= $1::text::xid8 LIMIT $2
       ) AS grave ON true`,
      [mark, limit],
    );
    const destroyed = rows.flatMap(({ accountId, id }) => (accountId === null ? [] : [{ accountId, id }]));
    return { mark: rows[0]!.mark, destroyed };
  },
};
