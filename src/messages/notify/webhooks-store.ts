import type pg from 'pg';

export interface WebhookRow {
  readonly accountId: number;
  readonly url: string;
  readonly sealedSecret: Buffer;
  readonly createdAtMs: number;
}

export class WebhooksStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async all(): Promise<WebhookRow[]> {
    const { rows } = await this.#pool.query<{
      account_id: number;
      url: string;
      sealed_secret: Buffer;
      created_at: Date;
    }>('SELECT account_id, url, sealed_secret, created_at FROM webhook');
    return rows.map((row) => ({
      accountId: row.account_id,
      url: row.url,
      sealedSecret: row.sealed_secret,
      createdAtMs: row.created_at.getTime(),
    }));
  }

  async set(row: Omit<WebhookRow, 'createdAtMs'>): Promise<void> {
    await this.#pool.query(
      `WITH changed AS (INSERT INTO webhook (account_id, url, sealed_secret) VALUES ($1, $2, $3)
        ON CONFLICT (account_id) DO UPDATE SET url = excluded.url, sealed_secret = excluded.sealed_secret, created_at = now()
        RETURNING 1)
       SELECT pg_notify('sallyport_changes', 'webhook') FROM changed`,
      [row.accountId, row.url, row.sealedSecret],
    );
  }

  /** False where there was none. */
  async remove(accountId: number): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      `WITH changed AS (DELETE FROM webhook WHERE account_id = $1 RETURNING 1)
       SELECT pg_notify('sallyport_changes', 'webhook') FROM changed`,
      [accountId],
    );
    return rowCount === 1;
  }
}
