import { fault } from '../base/fault.ts';
import type { Id } from '../base/id.ts';
import { idTimeMs } from '../base/id.ts';
import { must } from '../base/must.ts';
import type { RiverContext } from './context.ts';
import type { Accepted, Claim } from './contract.ts';
import type { IdempotencyStore } from './idempotency-store.ts';
import type { TenantRow, TenantStore } from './tenant-store.ts';

const ID_BYTES = 16;

/**
 * Once per key: a claim gives the request its message ids before anything is done, so that after any crash the store
 * itself tells whether it was done. A request that was refused has done nothing, and is judged anew.
 */
export class Idempotency {
  readonly #river: RiverContext;
  readonly #store: IdempotencyStore;
  readonly #messages: TenantStore;
  /** Requests at work here, by account and key. */
  readonly #atWork = new Set<string>();

  constructor(river: RiverContext, store: IdempotencyStore, messages: TenantStore) {
    this.#river = river;
    this.#store = store;
    this.#messages = messages;
  }

  async claim(accountId: number, key: string, body: Buffer, count: number): Promise<Claim> {
    const { vault } = this.#river;
    const keyHash = vault.hashRequest(accountId, `key\n${key}`);
    // With the key, which is kept nowhere: who has the keys of the vault too still cannot try the codes that a body may hold.
    const bodyHash = vault.hashRequest(accountId, `body\n${key}\n${body.toString('hex')}`);
    const name = `${accountId} ${keyHash.toString('latin1')}`;
    if (this.#atWork.has(name))
      return { kind: 'refused', fault: fault('idempotency_in_progress', { retryAfterMs: 1000 }) };
    this.#atWork.add(name);
    const fresh = Array.from({ length: count }, () => this.#river.ids.next());
    const claimed = { firstId: fresh[0]!, isReleased: false };
    this.#river.claimed.push(claimed);
    const release = () => {
      this.#atWork.delete(name);
      claimed.isReleased = true;
    };
    try {
      return await this.#claim({ accountId, keyHash, bodyHash, count }, fresh, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  async #claim(
    { accountId, keyHash, bodyHash, count }: Request,
    fresh: readonly Id[],
    release: () => void,
  ): Promise<Claim> {
    const row = await this.#store.claim(accountId, keyHash, bodyHash, Buffer.concat(fresh));
    if (row.isNew) return { kind: 'claimed', ids: fresh, answers: fresh.map(() => null), release };
    if (!row.bodyHash.equals(bodyHash)) {
      release();
      return { kind: 'refused', fault: fault('idempotency_mismatch') };
    }
    const answers = await this.#answers(accountId, split(row.messageIds));
    must(answers.length === count, 'the same body holds the same number of messages');
    // An id tells when its message was accepted, so what was not accepted then takes a new one.
    const ids = answers.map((answer, i) => answer?.id ?? fresh[i]!);
    if (!answers.includes(null)) return { kind: 'claimed', ids, answers, release };
    if (await this.#store.replace(accountId, keyHash, row.messageIds, Buffer.concat(ids))) {
      return { kind: 'claimed', ids, answers, release };
    }
    release();
    return { kind: 'refused', fault: fault('idempotency_in_progress', { retryAfterMs: 1000 }) };
  }

  async #answers(accountId: number, ids: readonly Id[]): Promise<(Accepted | null)[]> {
    const rows = await this.#messages.byIds(accountId, ids);
    const byId = new Map(rows.map((row) => [row.id.toString('hex'), answerOf(row)]));
    return ids.map((id) => byId.get(id.toString('hex')) ?? null);
  }
}

interface Request {
  readonly accountId: number;
  readonly keyHash: Buffer;
  readonly bodyHash: Buffer;
  readonly count: number;
}

const split = (ids: Buffer): Id[] =>
  Array.from({ length: ids.length / ID_BYTES }, (_, i) => ids.subarray(i * ID_BYTES, (i + 1) * ID_BYTES));

const answerOf = (row: TenantRow): Accepted => ({
  id: row.id,
  state: row.wasScheduled ? 'scheduled' : 'accepted',
  segments: row.segments,
  dataCoding: row.dataCoding,
  acceptedAtMs: idTimeMs(row.id),
  expiresAtMs: row.expiresAtMs,
});
