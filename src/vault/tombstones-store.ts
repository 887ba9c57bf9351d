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

/** One of those, and which transaction destroyed the key. */
export interface Grave extends DestroyedRecipient {
  readonly madeBy: string;
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
   * Recipients whose key was destroyed since the mark, at most `limit`, behind the last one of the page before.
   * Transactions end in another order than they begin, so the mark is the oldest that was under way; what is read twice is
   * destroyed twice.
   */
  async since(pool: pg.Pool, mark: string, behind: Grave | null, limit: number): Promise<Grave[]> {
    const { rows } = await pool.query<Grave>(
      `SELECT made_by::text AS "madeBy", account_id AS "accountId", record::float8 AS id FROM vault.tombstone
       WHERE kind = 'recipient' AND made_by >= $1::text::xid8
         AND ($2::text IS NULL OR (made_by, account_id, record) > ($2::text::xid8, $3::int4, $4::int8))
       ORDER BY made_by, account_id, record LIMIT $5`,
      [behind?.madeBy ?? mark, behind?.madeBy ?? null, behind?.accountId ?? null, behind?.id ?? null, limit],
    );
    return rows;
  },
};
