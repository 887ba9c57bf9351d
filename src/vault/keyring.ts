import type pg from 'pg';
import { FaultError } from '../base/fault.ts';
import { must } from '../base/must.ts';
import { OneByOne } from '../base/one-by-one.ts';
import { type Binding, type Envelopes, type Key, keyVersionOf } from './envelope.ts';
import type { RecordKeyEvent } from './key-event.ts';
import { type KeyVersions, learnVersions, versionsOf } from './key-versions.ts';
import { KEY_BYTES, type KeyMemory, lockedBytes, wipe } from './locked-memory.ts';
import type { RootKey } from './root-key.ts';
import type { KeyKind, KeyName, KeyRow, StoredKey, VaultStore } from './vault-store.ts';

/** The pseudo account of the gateway itself: secrets that belong to no account are sealed under its record key. */
export const GATEWAY_ACCOUNT = 0;

/** The keys of one account, in locked memory. */
export interface AccountKeys {
  readonly account: KeyVersions;
  readonly index: KeyVersions;
  readonly record: KeyVersions;
  readonly days: Map<number, KeyVersions>;
}

/** Days of accounts that have no key yet. */
type Lacking = readonly (readonly [accountId: number, day: number])[];

const FIRST_VERSION = 1;
const wrappedKinds = ['index', 'record'] as const;

/** Where a wrapped key belongs. */
export const bindingOf = ({ accountId, kind, day, version }: KeyName): Binding => ({
  purpose: `${kind} key`,
  accountId,
  record: day,
  revision: version,
});

/** The key tree: the root key wraps account keys, an account key wraps the others of its account. */
export class Keyring {
  readonly #store: VaultStore;
  readonly #root: RootKey;
  readonly #envelopes: Envelopes;
  readonly #memory: KeyMemory;
  readonly #record: RecordKeyEvent;
  readonly #accounts = new Map<number, AccountKeys>();
  /** A key on its way from one wrapping to the next. */
  readonly #passing = lockedBytes(KEY_BYTES);
  /** What an older read brings never takes the place of what a younger one has brought. */
  readonly #turns = new OneByOne();

  constructor(store: VaultStore, root: RootKey, envelopes: Envelopes, memory: KeyMemory, record: RecordKeyEvent) {
    this.#store = store;
    this.#root = root;
    this.#envelopes = envelopes;
    this.#memory = memory;
    this.#record = record;
  }

  get accountIds(): number[] {
    return [...this.#accounts.keys()].filter((accountId) => accountId !== GATEWAY_ACCOUNT);
  }

  of(accountId: number): AccountKeys {
    const keys = this.#accounts.get(accountId);
    must(keys !== undefined, 'an account is added to the vault before it is used');
    return keys;
  }

  /** Forgets all accounts, so that nothing is sealed under a key that was wiped. */
  close(): void {
    this.#accounts.clear();
  }

  /** Loads the keys of all accounts; makes those of the gateway at the first start. */
  async load(): Promise<void> {
    await this.#turns.do(async () => await this.#learn(await this.#store.readAccountKeys(null)));
    await this.addAccount(GATEWAY_ACCOUNT);
  }

  async addAccount(accountId: number): Promise<void> {
    if (this.#accounts.has(accountId)) return;
    await this.#turns.do(async () => {
      const keys = await this.#newAccountKeys(accountId);
      await this.#store.transaction((client) => this.#insert(client, keys));
      await this.#learn(await this.#store.readAccountKeys(accountId));
    });
    if (!this.#accounts.has(accountId)) throw unusable(`Account ${accountId} has no active keys.`);
  }

  async prepareDays(accountIds: readonly number[], days: readonly number[]): Promise<void> {
    const lacking = () => pairs(accountIds, days).filter(([accountId, day]) => !this.of(accountId).days.has(day));
    if (lacking().length > 0) await this.#turns.do(() => this.#prepare(accountIds, days, lacking));
    const [without] = lacking();
    if (without !== undefined) throw unusable(`Account ${without[0]} has no usable key for day ${without[1]}.`);
  }

  /** Learns the keys of days as the store has them; those it has no more are wiped. */
  readDays(accountIds: readonly number[], days: readonly number[]): Promise<void> {
    return this.#turns.do(() => this.#readDays(accountIds, days));
  }

  /**
   * Learns what other gateways have done: new versions of keys, and destroyed ones, which are wiped. Whoever meets a key
   * that is wrapped under a version that is not known here calls it, and reads again.
   */
  refresh(): Promise<void> {
    return this.#turns.do(async () => {
      await this.#learn(await this.#store.readAccountKeys(null));
      for (const [accountId, { days }] of this.#accounts)
        if (days.size > 0) await this.#readDays([accountId], [...days.keys()]);
    });
  }

  /** A new key, wrapped under the account key that seals now. */
  draw(name: KeyName, under = this.of(name.accountId).account.current): KeyRow {
    const bytes = this.#newBytes();
    const wrapped = this.#envelopes.seal(bytes, bindingOf(name), under);
    wipe(bytes);
    return { ...name, wrapped };
  }

  /** A new account key, wrapped under the root key. */
  async drawAccountKey(accountId: number, version: number): Promise<KeyRow> {
    const bytes = this.#newBytes();
    const row = await this.#wrapByRoot(bytes, accountId, version);
    wipe(bytes);
    return row;
  }

  /** A key that an account key wraps, in locked memory. Throws `key_unusable` or `seal_broken`. */
  unwrap(row: KeyRow): Key {
    return this.#unwrap(row, this.of(row.accountId).account);
  }

  /** The same key, wrapped under the account key that seals now. Throws `key_unusable` or `seal_broken`. */
  rewrap(row: KeyRow): KeyRow {
    return { ...row, wrapped: this.rewrapped(row.accountId, row.wrapped, bindingOf(row)) };
  }

  /** The same of any key that an account key wraps. */
  rewrapped(accountId: number, wrapped: Buffer, binding: Binding): Buffer {
    const { account } = this.of(accountId);
    const under = account.of(keyVersionOf(wrapped));
    if (under === undefined || !this.#envelopes.openInto(this.#passing, wrapped, binding, under))
      throw unusable(`The ${binding.purpose} of account ${accountId} is wrapped under a key that is not known.`);
    const again = this.#envelopes.seal(this.#passing, binding, account.current);
    wipe(this.#passing);
    return again;
  }

  async #prepare(accountIds: readonly number[], days: readonly number[], lacking: () => Lacking): Promise<void> {
    await this.#readDays(accountIds, days);
    if (lacking().length > 0) await this.#makeDays(lacking(), accountIds, days);
    if (lacking().length === 0) return;
    // Nothing is added under an account key that was rotated elsewhere meanwhile.
    await this.#learn(await this.#store.readAccountKeys(null));
    await this.#makeDays(lacking(), accountIds, days);
  }

  async #readDays(accountIds: readonly number[], days: readonly number[]): Promise<void> {
    let rows = await this.#store.readDayKeys(accountIds, days);
    if (rows.some((row) => this.of(row.accountId).account.of(keyVersionOf(row.wrapped)) === undefined)) {
      await this.#learn(await this.#store.readAccountKeys(null));
      rows = await this.#store.readDayKeys(accountIds, days);
    }
    const byDay = Map.groupBy(rows, (row) => dayName(row.accountId, row.day));
    for (const [accountId, day] of pairs(accountIds, days)) this.#learnDay(accountId, day, byDay);
  }

  /** Adds keys, and puts on record those that were not there. */
  async #insert(client: pg.ClientBase, keys: readonly KeyRow[]): Promise<void> {
    const made = await this.#store.insert(client, keys);
    for (const [kind, own] of Map.groupBy(made, (key) => key.kind)) {
      const [first] = own;
      const isOne = own.length === 1 && first !== undefined;
      const which = isOne ? { accountId: first.accountId, record: first.day, version: first.version } : many;
      await this.#record(client, { what: 'made', kind, ...which, count: own.length });
    }
  }

  async #makeDays(missing: Lacking, accountIds: readonly number[], days: readonly number[]): Promise<void> {
    const keys = missing.map(([accountId, day]) => this.draw({ accountId, kind: 'day', day, version: FIRST_VERSION }));
    await this.#store.transaction((client) => this.#insert(client, keys));
    await this.#readDays(accountIds, days);
  }

  async #newAccountKeys(accountId: number): Promise<KeyRow[]> {
    const account = { version: FIRST_VERSION, bytes: this.#newBytes() };
    const name = { accountId, day: 0, version: FIRST_VERSION };
    const own = await this.#wrapByRoot(account.bytes, accountId, FIRST_VERSION);
    const rows = [own, ...wrappedKinds.map((kind) => this.draw({ ...name, kind }, account))];
    wipe(account.bytes);
    return rows;
  }

  #newBytes(): Buffer {
    const bytes = lockedBytes(KEY_BYTES);
    this.#envelopes.drawKey(bytes, 0, KEY_BYTES);
    return bytes;
  }

  async #wrapByRoot(bytes: Buffer, accountId: number, version: number): Promise<KeyRow> {
    const name: KeyName = { accountId, kind: 'account', day: 0, version };
    return { ...name, wrapped: await this.#root.wrap(bytes, bindingOf(name)) };
  }

  async #learn(rows: readonly StoredKey[]): Promise<void> {
    for (const [accountId, own] of Map.groupBy(rows, (row) => row.accountId)) {
      const known = this.#accounts.get(accountId);
      const unwrapped = await this.#unwrapByRoot(own, known?.account);
      this.#learnAccount(accountId, own, unwrapped);
    }
  }

  /** The account keys that are not known yet. */
  async #unwrapByRoot(rows: readonly StoredKey[], known: KeyVersions | undefined): Promise<Map<number, Key>> {
    const keys = new Map<number, Key>();
    for (const row of rows) {
      if (row.kind !== 'account' || known?.of(row.version) !== undefined) continue;
      const key = { version: row.version, bytes: this.#memory.takeView() };
      await this.#root.unwrapInto(key.bytes, row.wrapped, bindingOf(row));
      keys.set(row.version, key);
    }
    return keys;
  }

  /** In one turn: whoever seals meanwhile finds the keys as they were, or as they are. */
  #learnAccount(accountId: number, rows: readonly StoredKey[], unwrapped: ReadonlyMap<number, Key>): void {
    const known = this.#accounts.get(accountId);
    const of = (kind: KeyKind) => rows.filter((row) => row.kind === kind);
    const account = learnVersions(of('account'), known?.account, ({ version }) => unwrapped.get(version)!);
    if (account === null) throw unusable(`Account ${accountId} has no active account key.`);
    // Those that the account key wraps are unwrapped while its older versions are still here.
    const open = (row: StoredKey) => this.#unwrap(row, account);
    const index = learnVersions(of('index'), known?.index, open);
    const record = learnVersions(of('record'), known?.record, open);
    if (!index || !record) throw unusable(`Account ${accountId} lacks an active key.`);
    if (!known) this.#accounts.set(accountId, { account, index, record, days: new Map() });
    account.keepOnly(versionsOf(of('account')));
    record.keepOnly(versionsOf(of('record')));
  }

  #learnDay(accountId: number, day: number, byDay: ReadonlyMap<string, readonly StoredKey[]>): void {
    const { account, days } = this.of(accountId);
    const rows = byDay.get(dayName(accountId, day)) ?? [];
    const known = days.get(day);
    const versions = learnVersions(rows, known, (row) => this.#unwrap(row, account));
    if (versions === null) {
      days.delete(day);
      known?.wipe();
    } else {
      versions.keepOnly(versionsOf(rows));
      days.set(day, versions);
    }
  }

  #unwrap(row: KeyRow, account: KeyVersions): Key {
    const key = { version: row.version, bytes: this.#memory.takeView() };
    this.#unwrapInto(key.bytes, row, account);
    return key;
  }

  #unwrapInto(bytes: Buffer, row: KeyRow, account: KeyVersions): void {
    const under = account.of(keyVersionOf(row.wrapped));
    if (under !== undefined && this.#envelopes.openInto(bytes, row.wrapped, bindingOf(row), under)) return;
    throw unusable(`The ${row.kind} key of account ${row.accountId} is wrapped under a key that is not known.`);
  }
}

const many = { accountId: null, record: null, version: null } as const;

const unusable = (detail: string): FaultError => new FaultError('key_unusable', { detail });

const dayName = (accountId: number, day: number): string => `${accountId} ${day}`;

/** In one order for every gateway, so that two that insert the same keys never wait for each other in a circle. */
const pairs = (accountIds: readonly number[], days: readonly number[]): [accountId: number, day: number][] =>
  accountIds
    .toSorted((a, b) => a - b)
    .flatMap((accountId) => days.toSorted((a, b) => a - b).map((day): [number, number] => [accountId, day]));
