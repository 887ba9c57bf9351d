import type { Actor } from '../../audit/index.ts';
import type { Entropy } from '../../base/entropy.ts';
import { type Fault, fault } from '../../base/fault.ts';
import { must } from '../../base/must.ts';
import type { Secret } from '../../base/secret.ts';
import type { Vault } from '../../vault/index.ts';
import type { Poster } from './post.ts';
import { newWebhookSecret, webhookKey } from './sign.ts';
import type { WebhooksStore } from './webhooks-store.ts';

export interface Webhook {
  readonly url: string;
  readonly createdAtMs: number;
  /** The key of its signatures. */
  readonly key: Buffer;
}

/** The webhook of each account, in memory as in the store. */
export class Webhooks {
  readonly #store: WebhooksStore;
  readonly #vault: Vault;
  readonly #entropy: Entropy;
  readonly #poster: Poster;
  #byAccount = new Map<number, Webhook>();

  constructor(parts: { store: WebhooksStore; vault: Vault; entropy: Entropy; poster: Poster }) {
    this.#store = parts.store;
    this.#vault = parts.vault;
    this.#entropy = parts.entropy;
    this.#poster = parts.poster;
  }

  of(accountId: number): Webhook | null {
    return this.#byAccount.get(accountId) ?? null;
  }

  /** Reads all anew: at start, and when another node says that one has changed. */
  async reload(): Promise<void> {
    const rows = await this.#store.all();
    this.#byAccount = new Map(
      rows.map((row) => {
        const secret = this.#vault.openSecret('webhook secret', row.accountId, 0, row.sealedSecret);
        const key = secret && webhookKey(secret);
        must(key, 'a stored webhook has a secret of ours');
        return [row.accountId, { url: row.url, createdAtMs: row.createdAtMs, key }];
      }),
    );
  }

  /** Sets the webhook of an account with a new secret, which is told this once. */
  async set(accountId: number, url: string, by: Actor): Promise<Secret | Fault> {
    const inspected = this.#poster.inspect(url);
    if ('code' in inspected) return inspected;
    const secret = newWebhookSecret(this.#entropy);
    const sealedSecret = this.#vault.sealSecret('webhook secret', accountId, 0, secret);
    await this.#store.set({ accountId, url, sealedSecret }, by);
    await this.reload();
    return secret;
  }

  async remove(accountId: number, by: Actor): Promise<Fault | null> {
    const isRemoved = await this.#store.remove(accountId, by);
    await this.reload();
    return isRemoved ? null : fault('not_found');
  }
}
