import type pg from 'pg';
import type { Actor, Audit } from '../../audit/index.ts';

export interface WebhookRow {
  readonly accountId: number;
  readonly url: string;
  readonly sealedSecret: Buffer;
  readonly createdAtMs: number;
}

export class WebhooksStore {
  readonly #pool: pg.Pool;
  readonly #audit: Audit;

  constructor(pool: pg.Pool, audit: Audit) {
    this.#pool = pool;
    this.#audit = audit;
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

  async set({ accountId, url, sealedSecret }: Omit<WebhookRow, 'createdAtMs'>, by: Actor): Promise<void> {
    await this.#audit.act(
      (client) =>
        client.query(
          `WITH changed AS (INSERT INTO webhook (account_id, url, sealed_secret) VALUES ($1, $2, $3)
            ON CONFLICT (account_id) DO UPDATE SET url = excluded.url, sealed_secret = excluded.sealed_secret, created_at = now()
            RETURNING 1)
           SELECT pg_notify('sallyport_changes', 'webhook') FROM changed`,
          [accountId, url, sealedSecret],
        ),
      () => this.#audit.done(by, 'webhook.set', [`account:${accountId}`], { host: new URL(url).hostname }),
    );
  }

  /** False where there was none. */
  remove(accountId: number, by: Actor): Promise<boolean> {
    return this.#audit.act(
      async (client) => {
        const { rowCount } = await client.query(
          `WITH changed AS (DELETE FROM webhook WHERE account_id = $1 RETURNING 1)
           SELECT pg_notify('sallyport_changes', 'webhook') FROM changed`,
          [accountId],
        );
        return rowCount === 1;
      },
      (isRemoved) => (isRemoved ? this.#audit.done(by, 'webhook.removed', [`account:${accountId}`]) : null),
    );
  }
}
