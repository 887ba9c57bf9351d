import type pg from 'pg';
import { type Clock, DAY_MS } from '../base/clock.ts';
import type { Entropy } from '../base/entropy.ts';
import type { Log } from '../base/log.ts';
import { must } from '../base/must.ts';
import type { CodeKeys } from './code-keys.ts';
import type { KeyEvent, RecordKeyEvent } from './key-event.ts';
import { type KeyCount, keyLifeStore, type Protected } from './key-life-store.ts';
import { keyPeriods } from './key-states.ts';
import type { Keyring } from './keyring.ts';
import { type RotationPace, Rotations, STEADY } from './rotation.ts';
import { type RotationRow, rotationStore } from './rotation-store.ts';
import { type DestroyedRecipient, type Grave, tombstonesStore } from './tombstones-store.ts';
import type { VaultStore } from './vault-store.ts';

export interface KeyLifeOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Whether an account key that is due is rotated without being told. */
  readonly rotatesWhenDue: boolean;
  /** Is told which accounts have a key that is due and is not rotated by itself: at each call of `keep`. */
  readonly due?: (accountIds: readonly number[]) => void;
  readonly pace?: RotationPace;
}

export interface KeyLifeParts extends KeyLifeOptions {
  readonly pool: pg.Pool;
  readonly entropy: Entropy;
  readonly record: RecordKeyEvent;
  readonly keyring: Keyring;
  readonly codes: CodeKeys;
  readonly store: VaultStore;
}

/** What was sealed under a key that somebody else may know, and what was done about it. */
export interface CompromiseReport extends Protected {
  /** How many keys were drawn anew. */
  readonly redrawn: number;
}

/** Messages that got their id before midnight are sealed after it. */
const DAYS_IN_USE = 1;
const DUE_AT_ONCE = 100;
/** How many people are forgotten at once. */
const DESTROYED_AT_ONCE = 10_000;

/**
 * The life of keys: when they begin and end, how they are exchanged, and how they are destroyed. What happens to a key is
 * on record in the transaction in which it happens.
 */
export class KeyLife {
  readonly #parts: KeyLifeParts;
  readonly #keyring: Keyring;
  readonly #store: VaultStore;
  readonly #rotations: Rotations;
  /** Which tombstones have been seen. */
  #mark = '0';

  constructor(parts: KeyLifeParts) {
    this.#parts = parts;
    this.#keyring = parts.keyring;
    this.#store = parts.store;
    this.#rotations = new Rotations(parts, parts.pace ?? STEADY);
  }

  /**
   * To be called before anything is read: destroys again what an older copy has brought back, and takes the mark from
   * which on destroyed recipients are told.
   */
  async begin(): Promise<void> {
    const { pool, log } = this.#parts;
    const count = await this.#store.buryAgain();
    if (count > 0) {
      log.error('destroyed_keys_came_back', { count });
      await this.#keyring.refresh();
    }
    this.#mark = await tombstonesStore.horizon(pool);
    await this.keepCodes();
    await this.keep();
  }

  /**
   * Ends the keys of one-time codes whose time is over, here and in the store, and makes those of the next two hours. To be
   * called twice a minute.
   */
  keepCodes(): Promise<void> {
    return this.#parts.codes.keep();
  }

  /** Brings keys of days into the states of today. To be called twice a minute, and when keys of days were made. */
  keepDays(): Promise<void> {
    const today = this.#today();
    return this.#store.transaction(async (client) => {
      await this.#recordDays(client, 'activated', await keyLifeStore.activateDays(client, today));
      await this.#recordDays(client, 'deactivated', await keyLifeStore.deactivateDays(client, today - DAYS_IN_USE));
    });
  }

  /** The same, and rotates what is due. To be called every hour, and at the start. */
  async keep(): Promise<void> {
    await this.keepDays();
    await this.#heedDue(this.#today());
    this.#rotations.resume();
  }

  /** What another gateway has done to keys: to be called when the change is told. */
  async heed(): Promise<void> {
    await this.#keyring.refresh();
    await this.#parts.codes.refresh();
    this.#rotations.resume();
  }

  /** Exchanges the key of an account. One that is being exchanged is told, and goes on. */
  async rotate(accountId: number): Promise<RotationRow> {
    const row = await this.#rotations.begin(accountId, 'rotated', this.#today(), null);
    must(row !== null, 'an account has an active key');
    return row;
  }

  /** What is being rotated now. */
  rotations(): Promise<RotationRow[]> {
    return this.#store.transaction((client) => rotationStore.list(client));
  }

  /**
   * Somebody else may know the key of an account: it is marked and exchanged, and so are the record key and the keys of
   * the days that are in use, and later ones, so that what is sealed from now on is safe. What was sealed before is in the report.
   */
  async compromiseAccount(accountId: number): Promise<CompromiseReport> {
    const before = await this.#store.transaction((client) => keyLifeStore.protectedBy(client, accountId));
    const fromDay = this.#today() - DAYS_IN_USE;
    await this.#rotations.begin(accountId, 'compromised', fromDay, null);
    const redrawn = before.days.filter((day) => day >= fromDay).length;
    return { ...before, redrawn };
  }

  /** The same for the key of one day. Null where there is none. */
  async compromiseDay(accountId: number, day: number): Promise<CompromiseReport | null> {
    const redrawn = await this.#store.transaction(async (client) => {
      if ((await keyLifeStore.dayVersions(client, accountId, day)).length === 0) return null;
      const again =
        day < this.#today() - DAYS_IN_USE ? 0 : await this.#rotations.redrawDays(client, accountId, day, day);
      for (const { state, ...key } of await keyLifeStore.dayVersions(client, accountId, day)) {
        if (state !== 'deactivated' && (state !== 'active' || again > 0)) continue;
        await rotationStore.move(client, key, 'compromised');
        await this.#parts.record(client, {
          what: 'compromised',
          kind: 'day',
          accountId,
          record: day,
          version: key.version,
          count: 1,
        });
      }
      await tombstonesStore.tell(client, 'key');
      return again;
    });
    if (redrawn === null) return null;
    await this.#keyring.refresh();
    return { recipients: 0, days: [day], redrawn };
  }

  /**
   * Destroys the keys of a day of an account, in the transaction of the caller, who says on which day that may be. Every
   * gateway forgets them when it is committed. False where there was none. A day that is still in use is a broken
   * invariant.
   */
  async destroyDay(client: pg.ClientBase, accountId: number, day: number): Promise<boolean> {
    must(day < this.#today() - DAYS_IN_USE, 'the key of a day is destroyed when nothing is sealed under it any more');
    const count = await tombstonesStore.bury(client, { accountId, kind: 'day', record: day, version: 0 });
    if (count === 0) return false;
    await this.#parts.record(client, { what: 'destroyed', kind: 'day', accountId, record: day, version: null, count });
    await tombstonesStore.tell(client, 'key');
    return true;
  }

  /** The same for keys of recipients, which makes every message to them unreadable. How many there were. */
  async destroyRecipientKeys(client: pg.ClientBase, accountId: number, ids: readonly number[]): Promise<number> {
    const count = await tombstonesStore.buryRecipients(client, accountId, ids);
    if (count === 0) return 0;
    const record = ids.length === 1 ? ids[0]! : null;
    const event = { what: 'destroyed', kind: 'recipient', accountId, record, version: null, count } as const;
    await this.#parts.record(client, event);
    await tombstonesStore.tell(client, 'recipient_key');
    return count;
  }

  /**
   * Hands on whose keys were destroyed since the last call, by any gateway, some thousands at a time. Where `take` fails
   * they are handed on again by the next call. To be called when the change is told, one call after the other.
   */
  async tellDestroyed(take: (people: readonly DestroyedRecipient[]) => Promise<void>): Promise<void> {
    const { pool } = this.#parts;
    const next = await tombstonesStore.horizon(pool);
    let behind: Grave | null = null;
    for (;;) {
      const page: Grave[] = await tombstonesStore.since(pool, this.#mark, behind, DESTROYED_AT_ONCE);
      if (page.length > 0) await take(page.map(({ accountId, id }) => ({ accountId, id })));
      behind = page.at(-1) ?? null;
      if (page.length < DESTROYED_AT_ONCE) break;
    }
    this.#mark = next;
  }

  /** How many keys there are, by kind and state. */
  count(): Promise<KeyCount[]> {
    return this.#store.transaction((client) => keyLifeStore.count(client));
  }

  /** Ends after the page under way. */
  close(): Promise<void> {
    return this.#rotations.close();
  }

  async #heedDue(today: number): Promise<void> {
    const { clock, rotatesWhenDue, due: tell } = this.#parts;
    const madeBeforeMs = clock.now() - keyPeriods.account.protectsMs;
    const due = await this.#store.transaction((client) => keyLifeStore.due(client, madeBeforeMs, DUE_AT_ONCE));
    if (!rotatesWhenDue) return tell?.(due);
    for (const accountId of due) await this.#rotations.begin(accountId, 'rotated', today, madeBeforeMs);
  }

  async #recordDays(client: pg.ClientBase, what: KeyEvent['what'], count: number): Promise<void> {
    const many = { accountId: null, record: null, version: null };
    if (count > 0) await this.#parts.record(client, { what, kind: 'day', ...many, count });
  }

  #today(): number {
    return Math.floor(this.#parts.clock.now() / DAY_MS);
  }
}
