import type pg from 'pg';
import type { Clock } from '../base/clock.ts';
import { SECOND_MS } from '../base/clock.ts';
import type { Entropy } from '../base/entropy.ts';
import { FaultError } from '../base/fault.ts';
import { errorText, type Log } from '../base/log.ts';
import { must } from '../base/must.ts';
import type { CodeKeys } from './code-keys.ts';
import { codeKeysStore } from './code-keys-store.ts';
import { keyVersionOf } from './envelope.ts';
import type { RecordKeyEvent } from './key-event.ts';
import { GATEWAY_ACCOUNT, type Keyring } from './keyring.ts';
import {
  BEGIN_PAGE,
  type Draws,
  type RotationRow,
  rotationStore,
  type Worker,
  type WrappedRecipient,
} from './rotation-store.ts';
import { recipientBinding } from './sealed.ts';
import { tombstonesStore } from './tombstones-store.ts';
import type { KeyName, StoredKey, VaultStore } from './vault-store.ts';

export interface RotationParts {
  readonly keyring: Keyring;
  readonly codes: CodeKeys;
  readonly store: VaultStore;
  readonly record: RecordKeyEvent;
  readonly entropy: Entropy;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RotationPace {
  /** How many keys are wrapped again in one transaction. */
  readonly pageKeys: number;
  /** How long traffic has the database and the processor for itself after each. */
  readonly pauseMs: number;
  /** How long a process has to be silent before another goes on in its place. */
  readonly silentMs: number;
}

/**
 * 10^6 keys took 275 s beside as much traffic as there could be, on two busy cores, and 27 to 37 µs of the processor each,
 * most of it the database's: `npm run bench -- rotate --keys 1000000`.
 */
export const STEADY: RotationPace = { pageKeys: 1000, pauseMs: 150, silentMs: 10 * SECOND_MS };

const RETRY_MS = 5 * SECOND_MS;
const BEGIN_ATTEMPTS = 5;
const NAME_BYTES = 8;

/** Why a key is exchanged: its time has come, or somebody else may know it. */
export type Why = 'rotated' | 'compromised';

/** What a turn has come to: there is more, new keys were drawn, another gateway is at it, or all is done. */
type Step = 'more' | 'drawn' | 'elsewhere' | 'over';

/**
 * Exchanges account keys while traffic runs. The new version is active at once, and from then on nothing is wrapped under
 * the old one; both unwrap until everything is wrapped again, page by page, and then the old one is destroyed. Where it
 * stands is in the table `vault.rotation` and nowhere else, so that any gateway goes on with it at any time.
 */
export class Rotations {
  readonly #parts: RotationParts;
  readonly #pace: RotationPace;
  readonly #worker: Worker;
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;
  #isAskedAgain = false;

  constructor(parts: RotationParts, pace: RotationPace) {
    this.#parts = parts;
    this.#pace = pace;
    const me = parts.entropy.fill(Buffer.alloc(NAME_BYTES)).toString('hex');
    this.#worker = { me, silentMs: pace.silentMs };
  }

  /**
   * Makes a new version the active one, and draws anew what goes with it. One that is under way goes on, unless its key
   * is compromised. Null where `madeBeforeMs` is given and the active key is younger. Throws `store_unavailable`.
   */
  async begin(accountId: number, why: Why, today: number, madeBeforeMs: number | null): Promise<RotationRow | null> {
    for (let attempt = 1; attempt <= BEGIN_ATTEMPTS; attempt++) {
      const begun = await this.#begin(accountId, why, today, madeBeforeMs);
      if (begun === 'raced') continue;
      await this.#parts.keyring.refresh();
      if (begun !== null && begun.draws !== 'nothing') await this.step(accountId);
      this.resume();
      return begun;
    }
    throw new FaultError('throttled', { detail: 'Others exchange the same key.' });
  }

  /** Goes on with whatever is under way, in the background. */
  resume(): void {
    this.#isAskedAgain = true;
    this.#running ??= this.#run();
  }

  /** Does one page of a rotation. */
  async step(accountId: number): Promise<Step> {
    const { store, keyring } = this.#parts;
    let isKnown = true;
    const step = await store.transaction(async (client): Promise<Step> => {
      const row = await rotationStore.take(client, accountId, this.#worker);
      if (row === null) return (await rotationStore.find(client, accountId)) === null ? 'over' : 'elsewhere';
      isKnown = keyring.of(accountId).account.current.version === row.toVersion;
      return isKnown ? await this.#page(client, row) : 'elsewhere';
    }, BEGIN_PAGE);
    if (!isKnown || step === 'drawn' || step === 'over') await keyring.refresh();
    return step;
  }

  /** Ends after the page under way. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #begin(
    accountId: number,
    why: Why,
    today: number,
    madeBeforeMs: number | null,
  ): Promise<RotationRow | 'raced' | null> {
    const { store, keyring } = this.#parts;
    const name = { accountId, kind: 'account', day: 0 } as const;
    const next = await store.transaction((client) => rotationStore.nextVersion(client, name));
    // Before the transaction: a root key may live far away, and meanwhile nobody waits for the row.
    const key = await keyring.drawAccountKey(accountId, next);
    return await store.transaction(async (client) => {
      const active = await rotationStore.lockActive(client, accountId, madeBeforeMs);
      const underWay = await rotationStore.find(client, accountId);
      if (underWay !== null && why === 'rotated') return underWay;
      if (active === null) return null;
      if ((await rotationStore.nextVersion(client, name)) !== next) return 'raced';
      const draws: Draws = why === 'compromised' ? 'record and days' : 'record';
      await this.#exchange(client, active, key, why);
      await this.#parts.record(client, { what: 'rotated', ...eventOf(key) });
      await rotationStore.begin(client, { accountId, toVersion: next, draws, fromDay: today }, this.#worker);
      await tombstonesStore.tell(client, 'key');
      return await rotationStore.find(client, accountId);
    });
  }

  /** The old key loses its place to the new one, in the state that the old one was in. */
  async #exchange(client: pg.ClientBase, old: KeyName, key: StoredOrDrawn, why: Why): Promise<void> {
    const { record } = this.#parts;
    const left = why === 'compromised' ? 'compromised' : 'deactivated';
    const state = key.state ?? 'active';
    await rotationStore.insertAs(client, key, 'pre-active');
    await record(client, { what: 'made', ...eventOf(key) });
    await rotationStore.move(client, old, left);
    await record(client, { what: left, ...eventOf(old) });
    if (state === 'pre-active') return;
    await rotationStore.move(client, key, state);
    await record(client, { what: 'activated', ...eventOf(key) });
  }

  async #page(client: pg.ClientBase, row: RotationRow): Promise<Step> {
    if (row.draws !== 'nothing') return await this.#drawAnew(client, row);
    const { accountId, toVersion, doneUntil } = row;
    const { pageKeys } = this.#pace;
    const others = doneUntil > 0 ? [] : await this.#others(client, accountId, toVersion);
    // Where none of them can be opened, they are left as they are.
    if ((await this.#rewrapKeys(client, others)) > 0) return 'more';
    const people = await rotationStore.recipientsAfter(client, accountId, doneUntil, pageKeys);
    const last = people.at(-1);
    if (last === undefined) return await this.#end(client, row);
    const again = people.flatMap((person) => this.#rewrapped(accountId, toVersion, person));
    await rotationStore.rewrapRecipients(client, accountId, again, last.id);
    return 'more';
  }

  async #drawAnew(client: pg.ClientBase, { accountId, draws, fromDay }: RotationRow): Promise<Step> {
    await rotationStore.keep(client);
    const isCompromised = draws === 'record and days';
    const why = isCompromised ? 'compromised' : 'rotated';
    const old = await rotationStore.activeRecord(client, accountId);
    must(old !== null, 'an account has an active record key');
    await this.#exchange(client, old, await this.#successorOf(client, old), why);
    if (isCompromised) await this.redrawDays(client, accountId, fromDay, null);
    if (isCompromised && accountId === GATEWAY_ACCOUNT) await this.#parts.codes.redraw(client);
    await rotationStore.drawn(client, accountId);
    await tombstonesStore.tell(client, 'key');
    return 'drawn';
  }

  async #others(client: pg.ClientBase, accountId: number, toVersion: number): Promise<StoredKey[]> {
    const { pageKeys } = this.#pace;
    const keys = await rotationStore.otherKeys(client, accountId, toVersion, pageKeys);
    const codes = await codeKeysStore.others(client, accountId, toVersion, pageKeys);
    return [...keys, ...codes];
  }

  /** New keys for the days from `fromDay` to `toDay`, those before it compromised. How many; null stands for no end. */
  async redrawDays(client: pg.ClientBase, accountId: number, fromDay: number, toDay: number | null): Promise<number> {
    const days = await rotationStore.openDays(client, accountId, fromDay, toDay);
    for (const old of days) await this.#exchange(client, old, await this.#successorOf(client, old), 'compromised');
    return days.length;
  }

  async #successorOf(client: pg.ClientBase, old: KeyName & Partial<StoredKey>): Promise<StoredOrDrawn> {
    const version = await rotationStore.nextVersion(client, old);
    const { accountId, kind, day } = old;
    return { ...this.#parts.keyring.draw({ accountId, kind, day, version }), ...(old.state && { state: old.state }) };
  }

  /** How many could be wrapped again. */
  async #rewrapKeys(client: pg.ClientBase, keys: readonly StoredKey[]): Promise<number> {
    let count = 0;
    for (const key of keys) {
      const again = this.#orBroken(key.accountId, () => this.#parts.keyring.rewrap(key));
      if (again === null) continue;
      await (again.kind === 'code' ? codeKeysStore.rewrap(client, again) : rotationStore.rewrapKey(client, again));
      count++;
    }
    return count;
  }

  #rewrapped(accountId: number, toVersion: number, { id, wrapped }: WrappedRecipient): WrappedRecipient[] {
    const { keyring } = this.#parts;
    if (keyVersionOf(wrapped) === toVersion) return [];
    const binding = recipientBinding('recipient key', { accountId, id });
    const again = this.#orBroken(accountId, () => keyring.rewrapped(accountId, wrapped, binding));
    return again === null ? [] : [{ id, wrapped: again }];
  }

  /** A row that was altered is the trouble of that row, not of the rotation. */
  #orBroken<T>(accountId: number, work: () => T): T | null {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      this.#parts.log.error('key_not_rewrapped', { account: accountId, fault: error.fault.code });
      return null;
    }
  }

  /** Destroys the older versions, where nothing is wrapped under them any more. */
  async #end(client: pg.ClientBase, { accountId, toVersion, rewrapped }: RotationRow): Promise<Step> {
    const { record, log } = this.#parts;
    await rotationStore.keep(client);
    const left = await rotationStore.countOthers(client, accountId, toVersion);
    if (left > 0) log.error('rotation_left_keys', { account: accountId, count: left });
    const older = left > 0 ? [] : await rotationStore.olderVersions(client, accountId, toVersion);
    for (const version of older) {
      const name: KeyName = { accountId, kind: 'account', day: 0, version };
      await tombstonesStore.bury(client, { accountId, kind: 'account', record: 0, version });
      await record(client, { what: 'destroyed', ...eventOf(name) });
    }
    const many = { accountId, record: null, version: null, count: rewrapped };
    await record(client, { what: 'rewrapped', kind: 'recipient', ...many });
    await rotationStore.end(client, accountId);
    await tombstonesStore.tell(client, 'key');
    return 'over';
  }

  async #run(): Promise<void> {
    while (this.#isAskedAgain && !this.#stop.signal.aborted) {
      this.#isAskedAgain = false;
      try {
        await this.#goThrough();
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        this.#parts.log.warn('rotation_delayed', { cause: errorText(error) });
        this.#isAskedAgain = true;
        await this.#sleep(RETRY_MS);
      }
    }
    this.#running = null;
  }

  /** One account after the other, so that what they cost together is bounded. */
  async #goThrough(): Promise<void> {
    const { store } = this.#parts;
    for (const { accountId } of await store.transaction((client) => rotationStore.list(client))) {
      while (!this.#stop.signal.aborted && (await this.step(accountId)) !== 'over')
        await this.#sleep(this.#pace.pauseMs);
    }
  }

  #sleep(ms: number): Promise<void> {
    return this.#parts.clock.sleep(ms, this.#stop.signal).catch(() => undefined); // `close` ends it
  }
}

/** A key as it was drawn, or with the state that it takes over. */
type StoredOrDrawn = KeyName & { readonly wrapped: Buffer; readonly state?: StoredKey['state'] };

const eventOf = ({ accountId, kind, day, version }: KeyName) => ({ kind, accountId, record: day, version, count: 1 });
