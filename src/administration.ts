import { type Accounts, type Credential, type Credentials, isRefusal } from './access/index.ts';
import { type Clock, DAY_MS } from './base/clock.ts';
import { type Fault, fault } from './base/fault.ts';
import { Secret } from './base/secret.ts';
import type { CarrierRow, Carriers, WantedCarrier } from './carriers/index.ts';
import type {
  AccountView,
  Administration,
  CarrierView,
  CredentialView,
  MadeCredential,
  NewCarrier,
  StatusView,
  WantedCredential,
} from './doors/api/index.ts';
import { messageClasses, type Part } from './messages/index.ts';

const LIFETIME_MAX_MS = 365 * DAY_MS;

export interface OfficeParts {
  readonly accounts: Accounts;
  readonly credentials: Credentials;
  readonly carriers: Carriers<Part>;
  readonly clock: Clock;
  readonly version: string;
  readonly startedAtMs: number;
  /** Makes an account's keys before anything is done in its name. */
  readonly openAccount: (accountId: number) => Promise<void>;
  readonly messagesInHand: () => number;
}

/** What an operator does, put together from the modules that do it. */
export class Office implements Administration {
  readonly #parts: OfficeParts;

  constructor(parts: OfficeParts) {
    this.#parts = parts;
  }

  async createAccount(name: string): Promise<AccountView | Fault> {
    const account = await this.#parts.accounts.create(name);
    if (!('code' in account)) await this.#parts.openAccount(account.id);
    return account;
  }

  listAccounts(): Promise<readonly AccountView[]> {
    return this.#parts.accounts.list();
  }

  async createCredential(wanted: WantedCredential): Promise<MadeCredential | Fault> {
    const account = await this.#parts.accounts.find(wanted.account);
    if (!account) return fault('not_found', { detail: 'There is no account of that name.', field: '/account' });
    const made = await this.#parts.credentials.create({
      ...wanted,
      accountId: account.id,
      expiresAtMs: wanted.expiresAtMs ?? this.#parts.clock.now() + LIFETIME_MAX_MS,
    });
    return isRefusal(made) ? made : { account: account.name, ...made };
  }

  async listCredentials(): Promise<readonly CredentialView[]> {
    const names = new Map((await this.#parts.accounts.list()).map((account) => [account.id, account.name]));
    return this.#parts.credentials.list(null).map((credential) => ({
      credential,
      account: names.get(credential.accountId) ?? '',
    }));
  }

  async revokeCredential(id: number): Promise<CredentialView | Fault> {
    const credential = await this.#parts.credentials.revoke(id);
    if (isRefusal(credential)) return credential;
    return (await this.listCredentials()).find((view) => view.credential.id === id) ?? fault('not_found');
  }

  async addCarrier(wanted: NewCarrier): Promise<CarrierView | Fault> {
    const row = await this.#parts.carriers.add(wantedCarrier(wanted));
    return 'code' in row ? row : this.#carrierView(row);
  }

  async listCarriers(): Promise<readonly CarrierView[]> {
    return this.#parts.carriers.list.map((row) => this.#carrierView(row));
  }

  async testCarrier(name: string): Promise<CarrierView | Fault> {
    const row = this.#parts.carriers.list.find((candidate) => candidate.name === name);
    return row ? this.#carrierView(row) : fault('not_found', { detail: 'There is no carrier of that name.' });
  }

  async status(): Promise<StatusView> {
    const { version, startedAtMs, messagesInHand } = this.#parts;
    return { version, startedAtMs, carriers: await this.listCarriers(), messagesInHand: messagesInHand() };
  }

  /** The operator of this machine acts with every right of the account, and under no key of it. */
  async actAs(name: string): Promise<Credential | Fault> {
    const account = await this.#parts.accounts.find(name);
    if (!account) return fault('not_found', { detail: 'There is no account of that name.' });
    const own = this.#parts.credentials.list(account.id);
    const carriers = this.#parts.carriers.list.map((row) => row.name);
    return {
      accountId: account.id,
      id: 0,
      kind: 'api_key',
      name: 'operator',
      lookup: '',
      capability: {
        verbs: ['send', 'read', 'cancel'],
        senders: [...new Set(own.flatMap((credential) => credential.capability.senders))],
        classes: messageClasses,
        carriers,
        networks: [],
      },
      createdAtMs: account.createdAtMs,
      expiresAtMs: Number.POSITIVE_INFINITY,
      revokedAtMs: null,
    };
  }

  #carrierView(row: CarrierRow): CarrierView {
    const link = this.#parts.carriers.linkOf(row.id);
    const { name, kind, createdAtMs } = row;
    return { name, kind, createdAtMs, isUp: link?.isUp ?? false, status: link?.status ?? 'not started' };
  }
}

function wantedCarrier(wanted: NewCarrier): WantedCarrier {
  if (wanted.kind === 'sandbox') return wanted;
  const { kind, name, password, ...settings } = wanted;
  return { kind, name, password: new Secret(password), settings };
}
