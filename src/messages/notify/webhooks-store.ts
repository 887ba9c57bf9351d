import type { Actor, Audit } from '../../audit/index.ts';
import type { Checked, Register, RegisteredTable } from '../../register/index.ts';
import { msOf, timeOf } from '../../store/index.ts';

export interface WebhookRow {
  readonly accountId: number;
  readonly url: string;
  readonly sealedSecret: Buffer;
  readonly createdAtMs: number;
}

/** A row has one key, its account. */
const said = ({ url, sealedSecret, createdAtMs }: WebhookRow) => [url, sealedSecret.toString('base64'), createdAtMs];

const SELECT = `SELECT account_id AS "accountId", url, sealed_secret AS "sealedSecret",
    ${msOf('created_at')} AS "createdAtMs" FROM webhook ORDER BY account_id`;

export class WebhooksStore {
  readonly #audit: Audit;
  readonly #table: RegisteredTable<WebhookRow>;

  constructor(audit: Audit, register: Register) {
    this.#audit = audit;
    this.#table = register.table<WebhookRow>({
      name: 'webhook',
      all: async (client) => (await client.query<WebhookRow>(SELECT)).rows,
      keyOf: ({ accountId }) => accountId,
      said,
    });
  }

  all(): Promise<Checked<WebhookRow>> {
    return this.#table.read();
  }

  async set(row: WebhookRow, by: Actor): Promise<void> {
    const { accountId, url, sealedSecret, createdAtMs } = row;
    const text = `WITH changed AS (INSERT INTO webhook (account_id, url, sealed_secret, created_at)
        VALUES ($1, $2, $3, ${timeOf('$4')})
        ON CONFLICT (account_id) DO UPDATE SET url = excluded.url, sealed_secret = excluded.sealed_secret,
          created_at = excluded.created_at
        RETURNING 1)
       SELECT pg_notify('sallyport_changes', 'webhook') FROM changed`;
    await this.#table.write(
      (client) => client.query(text, [accountId, url, sealedSecret, createdAtMs]),
      () => ({ key: accountId, row }),
      () => this.#audit.done(by, 'webhook.set', [`account:${accountId}`], { host: new URL(url).hostname }),
    );
  }

  /** False where there was none. */
  async remove(accountId: number, by: Actor): Promise<boolean> {
    const text = `WITH changed AS (DELETE FROM webhook WHERE account_id = $1 RETURNING 1)
       SELECT pg_notify('sallyport_changes', 'webhook') FROM changed`;
    const removed = await this.#table.write(
      async (client) => ((await client.query(text, [accountId])).rowCount === 1 ? accountId : null),
      (key) => ({ key, row: null }),
      () => this.#audit.done(by, 'webhook.removed', [`account:${accountId}`]),
    );
    return removed !== null;
  }
}
