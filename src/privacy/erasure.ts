import type pg from 'pg';
import { type Audit, type Entry, entryBytes } from '../audit/index.ts';
import type { Clock } from '../base/clock.ts';
import { type Fault, type FaultCode, FaultError, fault } from '../base/fault.ts';
import { type IdSource, idText } from '../base/id.ts';
import { inTransaction, storeFault } from '../store/index.ts';
import {
  type DestroyedRecipient,
  GATEWAY_ACCOUNT,
  type KeyLife,
  type RecipientKey,
  type Vault,
} from '../vault/index.ts';
import { type ErasedCounts, erasureStore, suppressionStore } from './erasure-store.ts';

export interface ErasureParts {
  readonly pool: pg.Pool;
  readonly audit: Audit;
  readonly vault: Vault;
  readonly keyLife: Pick<KeyLife, 'destroyRecipientKeys'>;
  readonly ids: IdSource;
  readonly clock: Clock;
  /** The person's key, where there is one. */
  readonly lookUp: (accountId: number, digits: string) => Promise<RecipientKey | null>;
  /** Forgets, here, whoever was erased: it is told to all gateways, and to be done here before it is answered. */
  readonly forget: () => Promise<void>;
  /** How many entries the audit log has. */
  readonly logSize: () => Promise<number>;
}

export interface WantedErasure {
  readonly accountId: number;
  /** E.164 without '+'. */
  readonly digits: string;
  readonly why: string;
  readonly by: string;
}

export interface Erased extends ErasedCounts {
  /** The number of the certificate. */
  readonly id: string;
  readonly atMs: number;
}

/**
 * Erasure of a person (GDPR 17): the key that every message to and from the person is sealed under is destroyed, with all
 * that names the person, in one transaction. What stays is the keyed hash that keeps us from writing again.
 */
export class Erasure {
  readonly #parts: ErasureParts;

  constructor(parts: ErasureParts) {
    this.#parts = parts;
  }

  /** `on_hold` where a legal hold covers the person. To erase who is erased, or was never here, does no harm. */
  async erase(wanted: WantedErasure): Promise<Erased | Fault> {
    const { pool, vault, forget, logSize } = this.#parts;
    try {
      const known = await this.#lookUp(wanted);
      const before = await logSize();
      const erased = await inTransaction(
        pool,
        (client) => this.#erase(client, wanted, known, before),
        'BEGIN; SET LOCAL synchronous_commit = on',
      );
      await forget();
      // Who was not in memory was read for this, and nobody else knows of that key.
      if (known !== null) vault.forget(known);
      return erased;
    } catch (error) {
      if (error instanceof FaultError) return error.fault;
      const code = storeFault(error);
      if (code === null) throw error;
      return fault(code);
    }
  }

  /**
   * Removes what was stored of people after they were erased, by gateways that had not heard of it: to be called by each
   * when it has, and has nothing of them on its way any more. Every hour for all who were erased lately: a gateway that was
   * killed before it heard of it never calls.
   */
  async finish(people: readonly DestroyedRecipient[] | 'lately'): Promise<void> {
    const { pool, audit, clock } = this.#parts;
    for (const { accountId, id } of await erasureStore.leftBehind(pool, people))
      await inTransaction(pool, async (client) => {
        const { stopped } = await erasureStore.eraseMessages(client, accountId, id, clock.now(), 'sends');
        if (stopped.length > 0) await audit.record(client, ...stopped);
      });
  }

  /** The person wants to hear from us again. `not_found` where the number is not suppressed. */
  async lift({ accountId, digits, why, by }: WantedErasure): Promise<Fault | null> {
    const { audit, vault, clock } = this.#parts;
    const hash = Buffer.from(vault.hashNumber(accountId, digits));
    const isLifted = await audit.act(
      (client) => suppressionStore.lift(client, accountId, hash),
      (done) =>
        done
          ? {
              atMs: clock.now(),
              what: 'suppression.lifted',
              who: `operator:${by}`,
              from: 'control socket',
              on: [`account:${accountId}`],
              why,
              outcome: 'done',
            }
          : null,
    );
    return isLifted ? null : fault('not_found', { detail: 'That number is not suppressed.' });
  }

  /** Somebody whose row was altered is erased all the same. */
  async #lookUp({ accountId, digits }: WantedErasure): Promise<RecipientKey | null> {
    try {
      return await this.#parts.lookUp(accountId, digits);
    } catch (error) {
      if (error instanceof FaultError && UNREADABLE.includes(error.fault.code)) return null;
      throw error;
    }
  }

  async #erase(
    client: pg.ClientBase,
    wanted: WantedErasure,
    known: RecipientKey | null,
    logSize: number,
  ): Promise<Erased> {
    const { audit, vault, keyLife, ids, clock } = this.#parts;
    const { accountId, digits } = wanted;
    const atMs = clock.now();
    const hash = Buffer.from(vault.hashNumber(accountId, digits));
    const gatewayHash = Buffer.from(vault.hashNumber(GATEWAY_ACCOUNT, digits));
    await erasureStore.lockHolds(client);
    const recipientId = await erasureStore.lockRecipient(client, accountId, hash);
    if (await erasureStore.isHeld(client, accountId, recipientId)) throw new FaultError('on_hold');
    // Before the key goes: the reference is made with it, and nobody can make it again afterwards.
    const reference = known?.id === recipientId ? vault.referenceOf(known) : null;
    const { stopped, ...rows } = await erasureStore.eraseMessages(client, accountId, recipientId, atMs);
    await erasureStore.blindReceipts(client, gatewayHash);
    if (recipientId >= 0) await keyLife.destroyRecipientKeys(client, accountId, [recipientId]);
    await erasureStore.removeRecipient(client, accountId, recipientId);
    await suppressionStore.add(client, accountId, hash, { why: 'erased', atMs });
    const id = idText(ids.next());
    const entry = entryOf(wanted, { id, atMs, ...rows }, reference);
    await erasureStore.keep(client, { id, accountId, entry: entryBytes(entry), logSize }, atMs);
    await audit.record(client, ...stopped, entry);
    return { id, atMs, ...rows };
  }
}

const UNREADABLE: readonly FaultCode[] = ['seal_broken', 'key_unusable'];

const entryOf = (
  { accountId, by, why }: WantedErasure,
  { id, atMs, messages, waiting, parts, references }: Erased,
  reference: string | null,
): Entry => ({
  atMs,
  what: 'recipient.erased',
  who: `operator:${by}`,
  from: 'control socket',
  on: [`account:${accountId}`, ...(reference === null ? [] : [`recipient:${reference}`])],
  why,
  outcome: 'done',
  about: { erasure: id, messages, waiting, parts, references },
});
