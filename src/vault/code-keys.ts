import type pg from 'pg';
import { type Clock, HOUR_MS, MINUTE_MS } from '../base/clock.ts';
import { OneByOne } from '../base/one-by-one.ts';
import { codeKeysStore } from './code-keys-store.ts';
import { keyVersionOf } from './envelope.ts';
import type { RecordKeyEvent } from './key-event.ts';
import { KeyVersions, versionsOf } from './key-versions.ts';
import { GATEWAY_ACCOUNT, type Keyring } from './keyring.ts';
import type { KeyName, StoredKey, VaultStore } from './vault-store.ts';

/** A key for each of them: a code can be read for so much longer than it is valid, at most. */
export const CODE_WINDOW_MS = 10 * MINUTE_MS;
/** Gateways whose clocks differ by less do not end one another's codes. */
const CLOCKS_DIFFER_MS = MINUTE_MS;
/** Codes are valid for an hour at most, so that those that are sent at once find a key when the store is away for as long. */
const AHEAD_MS = 2 * HOUR_MS;

/** The window that a time is in, counted since 1970-01-01. */
export const codeWindowOf = (atMs: number): number => Math.floor(atMs / CODE_WINDOW_MS);

export interface CodeKeysParts {
  readonly keyring: Keyring;
  readonly store: VaultStore;
  readonly record: RecordKeyEvent;
  readonly clock: Clock;
}

/**
 * The keys of one-time codes, one for each window of ten minutes. A code is sealed under the key of the window that it
 * ends in, and that key is destroyed with the window: no copy of the code can be read from then on, whoever has it. No
 * key is made, loaded or used when its window is over. They belong to the gateway, not to accounts: a body key is made of
 * the recipient's key too, which is the account's.
 */
export class CodeKeys {
  readonly #parts: CodeKeysParts;
  readonly #windows = new Map<number, KeyVersions>();
  /** Windows whose keys are being asked for, until the answer. */
  readonly #asked = new Map<number, Promise<void>>();
  /** What an older read brings never takes the place of what a younger one has brought. */
  readonly #turns = new OneByOne();

  constructor(parts: CodeKeysParts) {
    this.#parts = parts;
  }

  /** Forgets all, so that nothing is sealed under a key that was wiped. */
  close(): void {
    this.#windows.clear();
  }

  /** The key that is in memory for what ends then, whether its window is over or not. */
  of(endsAtMs: number): KeyVersions | undefined {
    return this.#windows.get(codeWindowOf(endsAtMs));
  }

  /** Whether nobody may read what ends then any more. */
  isOver(endsAtMs: number): boolean {
    return codeWindowOf(endsAtMs) < this.#firstWindow();
  }

  /** Makes the key for what ends then, or loads it; nothing where it is over. Throws as `prepareDays` does. */
  prepare(endsAtMs: number): Promise<void> {
    const window = codeWindowOf(endsAtMs);
    const asked = this.#asked.get(window);
    if (asked !== undefined) return asked;
    const answer = this.#turns.do(() => this.#prepare([window])).finally(() => this.#asked.delete(window));
    this.#asked.set(window, answer);
    return answer;
  }

  /** Loads the keys of windows as far as there are any. */
  load(windows: readonly number[]): Promise<void> {
    return this.#turns.do(() => this.#load(windows));
  }

  /** Learns what other gateways have done to keys that are here. */
  refresh(): Promise<void> {
    return this.#turns.do(() => this.#load([...this.#windows.keys()]));
  }

  /**
   * Wipes and destroys the keys of windows that are over, and makes those of the next two hours. What is in memory is
   * wiped whatever becomes of the rest. To be called twice a minute.
   */
  async keep(): Promise<void> {
    this.#forgetOver();
    const first = this.#firstWindow();
    await this.#turns.do(() => this.#destroyBefore(first));
    const until = codeWindowOf(this.#parts.clock.now() + AHEAD_MS);
    await this.#turns.do(() => this.#prepare(Array.from({ length: until - first + 1 }, (_, at) => first + at)));
  }

  /** New keys for all windows that are not over: the older ones open what they sealed, and seal nothing new. How many. */
  async redraw(client: pg.ClientBase): Promise<number> {
    await codeKeysStore.lock(client);
    const windows = await codeKeysStore.windowsFrom(client, GATEWAY_ACCOUNT, this.#firstWindow());
    return await this.#make(client, windows);
  }

  #forgetOver(): void {
    const first = this.#firstWindow();
    for (const window of this.#windows.keys()) if (window < first) this.#forget(window);
  }

  #forget(window: number): void {
    this.#windows.get(window)?.wipe();
    this.#windows.delete(window);
  }

  #destroyBefore(first: number): Promise<void> {
    const { store, record } = this.#parts;
    return store.transaction(async (client) => {
      const windows = await codeKeysStore.destroyBefore(client, first);
      if (windows.length > 0) await record(client, eventOf('destroyed', windows));
    });
  }

  async #prepare(windows: readonly number[]): Promise<void> {
    const lacking = () => windows.filter((window) => !this.#windows.has(window) && window >= this.#firstWindow());
    if (lacking().length > 0) await this.#load(lacking());
    if (lacking().length > 0) await this.#makeAndLoad(lacking());
    if (lacking().length === 0) return;
    // Nothing is added under an account key that was rotated elsewhere meanwhile.
    await this.#parts.keyring.refresh();
    await this.#makeAndLoad(lacking());
  }

  async #makeAndLoad(windows: readonly number[]): Promise<void> {
    await this.#parts.store.transaction(async (client) => {
      await codeKeysStore.lock(client);
      const there = new Set((await codeKeysStore.read(client, GATEWAY_ACCOUNT, windows)).map(({ day }) => day));
      await this.#make(
        client,
        windows.filter((window) => !there.has(window)),
      );
    });
    await this.#load(windows);
  }

  async #make(client: pg.ClientBase, windows: readonly number[]): Promise<number> {
    if (windows.length === 0) return 0;
    const { keyring, record } = this.#parts;
    const versions = await codeKeysStore.newVersions(client, windows.length);
    const keys = windows.map((day, at) =>
      keyring.draw({ accountId: GATEWAY_ACCOUNT, kind: 'code', day, version: versions[at]! }),
    );
    const made = await codeKeysStore.insert(client, keys);
    if (made > 0) await record(client, eventOf('made', windows));
    return made;
  }

  async #load(windows: readonly number[]): Promise<void> {
    const { keyring, store } = this.#parts;
    const first = this.#firstWindow();
    const wanted = windows.filter((window) => window >= first);
    if (wanted.length === 0) return;
    const read = () => store.transaction((client) => codeKeysStore.read(client, GATEWAY_ACCOUNT, wanted));
    let rows = await read();
    if (rows.some(({ wrapped }) => keyring.of(GATEWAY_ACCOUNT).account.of(keyVersionOf(wrapped)) === undefined)) {
      await keyring.refresh();
      rows = await read();
    }
    const found = Map.groupBy(rows, ({ day }) => day);
    for (const window of wanted) this.#learn(window, found.get(window) ?? []);
  }

  /**
   * The one that was made last seals. Keys that are known stay as they are, for something may be sealed under them; one that
   * the store has no more was destroyed.
   */
  #learn(window: number, rows: readonly StoredKey[]): void {
    const last = rows.at(-1);
    if (last === undefined || window < this.#firstWindow()) return this.#forget(window);
    const { keyring } = this.#parts;
    const versions = this.#windows.get(window) ?? new KeyVersions(keyring.unwrap(last));
    for (const row of rows) if (versions.of(row.version) === undefined) versions.add(keyring.unwrap(row));
    versions.promote(last.version);
    versions.keepOnly(versionsOf(rows));
    this.#windows.set(window, versions);
  }

  /** The first window that is not over. */
  #firstWindow(): number {
    return codeWindowOf(this.#parts.clock.now() - CLOCKS_DIFFER_MS);
  }
}

function eventOf(what: 'made' | 'destroyed', windows: readonly KeyName['day'][]) {
  const record = windows.length === 1 ? windows[0]! : null;
  return { what, kind: 'code', accountId: GATEWAY_ACCOUNT, record, version: null, count: windows.length } as const;
}
