import { FaultError } from '../base/fault.ts';
import { must } from '../base/must.ts';
import type { Binding, Envelopes, Key } from './envelope.ts';
import { KEY_BYTES, type KeyMemory, lockedBytes, wipe } from './locked-memory.ts';
import type { RootKey } from './root-key.ts';
import type { KeyKind, KeyRow, VaultStore } from './vault-store.ts';

/** The pseudo account of the gateway itself: secrets that belong to no account are sealed under its record key. */
export const GATEWAY_ACCOUNT = 0;

/** The keys of one account, in locked memory. */
export interface AccountKeys {
  readonly account: Key;
  readonly index: Key;
  readonly record: Key;
  readonly days: Map<number, Key>;
}

const FIRST_VERSION = 1;

const bindingOf = ({ accountId, kind, day, version }: Omit<KeyRow, 'wrapped'>): Binding => ({
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
  readonly #accounts = new Map<number, AccountKeys>();

  constructor(store: VaultStore, root: RootKey, envelopes: Envelopes, memory: KeyMemory) {
    this.#store = store;
    this.#root = root;
    this.#envelopes = envelopes;
    this.#memory = memory;
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
    await this.#learn(await this.#store.readAccountKeys(null));
    if (!this.#accounts.has(GATEWAY_ACCOUNT)) await this.addAccount(GATEWAY_ACCOUNT);
  }

  async addAccount(accountId: number): Promise<void> {
    if (this.#accounts.has(accountId)) return;
    await this.#store.insert(await this.#newAccountKeys(accountId));
    await this.#learn(await this.#store.readAccountKeys(accountId));
    if (!this.#accounts.has(accountId)) throw unusable(`Account ${accountId} has no active keys.`);
  }

  async prepareDays(accountIds: readonly number[], days: readonly number[]): Promise<void> {
    const lacking = () => pairs(accountIds, days).filter(([accountId, day]) => !this.of(accountId).days.has(day));
    if (lacking().length === 0) return;
    await this.readDays(accountIds, days);
    const missing = lacking();
    if (missing.length === 0) return;
    await this.#store.insert(missing.map(([accountId, day]) => this.#newKey(accountId, 'day', day)));
    await this.readDays(accountIds, days);
    const [without] = lacking();
    if (without !== undefined) throw unusable(`Account ${without[0]} has no active key for day ${without[1]}.`);
  }

  async readDays(accountIds: readonly number[], days: readonly number[]): Promise<void> {
    for (const row of await this.#store.readDayKeys(accountIds, days)) {
      const { account, days: known } = this.of(row.accountId);
      // Bodies may be sealed under a key as soon as it is known, so it is not exchanged for its equal.
      if (known.get(row.day)?.version !== row.version) known.set(row.day, this.#unwrap(row, account));
    }
  }

  async #newAccountKeys(accountId: number): Promise<KeyRow[]> {
    const bytes = lockedBytes(KEY_BYTES);
    this.#envelopes.drawKey(bytes, 0, KEY_BYTES);
    const row = { accountId, kind: 'account', day: 0, version: FIRST_VERSION } as const;
    const account = { version: FIRST_VERSION, bytes };
    const rows = [
      { ...row, wrapped: await this.#root.wrap(bytes, bindingOf(row)) },
      this.#newKey(accountId, 'index', 0, account),
      this.#newKey(accountId, 'record', 0, account),
    ];
    wipe(bytes);
    return rows;
  }

  #newKey(accountId: number, kind: KeyKind, day: number, account = this.of(accountId).account): KeyRow {
    const bytes = lockedBytes(KEY_BYTES);
    this.#envelopes.drawKey(bytes, 0, KEY_BYTES);
    const row = { accountId, kind, day, version: FIRST_VERSION };
    const wrapped = this.#envelopes.seal(bytes, bindingOf(row), account);
    wipe(bytes);
    return { ...row, wrapped };
  }

  async #learn(rows: readonly KeyRow[]): Promise<void> {
    for (const [accountId, own] of Map.groupBy(rows, (row) => row.accountId)) {
      const account = await this.#unwrapAccount(accountId, own);
      const open = (kind: KeyKind): Key => this.#unwrap(latest(accountId, own, kind), account);
      this.#accounts.set(accountId, { account, index: open('index'), record: open('record'), days: new Map() });
    }
  }

  async #unwrapAccount(accountId: number, rows: readonly KeyRow[]): Promise<Key> {
    const row = latest(accountId, rows, 'account');
    const key = { version: row.version, bytes: this.#memory.takeView() };
    await this.#root.unwrapInto(key.bytes, row.wrapped, bindingOf(row));
    return key;
  }

  #unwrap(row: KeyRow, account: Key): Key {
    const key = { version: row.version, bytes: this.#memory.takeView() };
    if (this.#envelopes.openInto(key.bytes, row.wrapped, bindingOf(row), account)) return key;
    throw unusable(`The ${row.kind} key of account ${row.accountId} is wrapped under a key that is not known.`);
  }
}

const unusable = (detail: string): FaultError => new FaultError('key_unusable', { detail });

function latest(accountId: number, rows: readonly KeyRow[], kind: KeyKind): KeyRow {
  const row = rows.findLast((each) => each.kind === kind);
  if (row === undefined) throw unusable(`Account ${accountId} has no active ${kind} key.`);
  return row;
}

/** In one order for every gateway, so that two that insert the same keys never wait for each other in a circle. */
const pairs = (accountIds: readonly number[], days: readonly number[]): [accountId: number, day: number][] =>
  accountIds
    .toSorted((a, b) => a - b)
    .flatMap((accountId) => days.toSorted((a, b) => a - b).map((day): [number, number] => [accountId, day]));
