import type { Actor } from '../../audit/index.ts';
import type { Clock } from '../../base/clock.ts';
import type { Entropy } from '../../base/entropy.ts';
import { type Fault, fault } from '../../base/fault.ts';
import { must } from '../../base/must.ts';
import type { Secret } from '../../base/secret.ts';
import type { Vault } from '../../vault/index.ts';
import type { Poster } from './post.ts';
import { newWebhookSecret, webhookKey } from './sign.ts';
import type { WebhookRow, WebhooksStore } from './webhooks-store.ts';

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
  readonly #clock: Clock;
  #byAccount = new Map<number, Webhook>();
  #refused: ReadonlySet<number> = new Set();

  constructor(parts: { store: WebhooksStore; vault: Vault; entropy: Entropy; poster: Poster; clock: Clock }) {
    this.#store = parts.store;
    this.#vault = parts.vault;
    this.#entropy = parts.entropy;
    this.#poster = parts.poster;
    this.#clock = parts.clock;
  }

  of(accountId: number): Webhook | null {
    return this.#byAccount.get(accountId) ?? null;
  }

  /** Whether that of an account was changed outside of the gateway: it is told nothing there, and owed everything. */
  isRefused(accountId: number): boolean {
    return this.#refused.has(accountId);
  }

  /** Reads all anew: at start, and when another node says that one has changed. */
  async reload(): Promise<void> {
    const { whole, kept, changed } = await this.#store.all();
    const own = [...whole, ...kept];
    this.#byAccount = new Map(own.map((row) => [row.accountId, this.#opened(row)]));
    this.#refused = new Set(changed.map(({ accountId }) => accountId).filter((id) => !this.#byAccount.has(id)));
  }

  #opened({ accountId, url, createdAtMs, sealedSecret }: WebhookRow): Webhook {
    const secret = this.#vault.openSecret('webhook secret', accountId, 0, sealedSecret);
    const key = secret && webhookKey(secret);
    must(key, 'a stored webhook has a secret of ours');
    return { url, createdAtMs, key };
  }

  /** Sets the webhook of an account with a new secret, which is told this once. */
  async set(accountId: number, url: string, by: Actor): Promise<Secret | Fault> {
    const inspected = this.#poster.inspect(url);
    if ('code' in inspected) return inspected;
    const secret = newWebhookSecret(this.#entropy);
    const sealedSecret = this.#vault.sealSecret('webhook secret', accountId, 0, secret);
    await this.#store.set({ accountId, url, sealedSecret, createdAtMs: this.#clock.now() }, by);
    await this.reload();
    return secret;
  }

  async remove(accountId: number, by: Actor): Promise<Fault | null> {
    const isRemoved = await this.#store.remove(accountId, by);
    await this.reload();
    return isRemoved ? null : fault('not_found');
  }
}
