import { type Accounts, type Credential, type Credentials, isRefusal } from './access/index.ts';
import type { Actor, Alarms } from './audit/index.ts';
import { type Clock, DAY_MS } from './base/clock.ts';
import { type Fault, fault } from './base/fault.ts';
import { Secret } from './base/secret.ts';
import {
  adviceFor,
  type CarrierRow,
  type Carriers,
  type ProbeStep,
  probe,
  type SmppCarrierSettings,
  SmppLink,
  type WantedCarrier,
  withDefaults,
} from './carriers/index.ts';
import type {
  AccountView,
  Administration,
  CarrierTestView,
  CarrierView,
  ChangedCarrier,
  CredentialView,
  MadeCredential,
  NewCarrier,
  StatusView,
  WantedCredential,
} from './doors/api/index.ts';
import { messageClasses, type Part } from './messages/index.ts';
import type { Accepted, Register, RegisteredName } from './register/index.ts';

const LIFETIME_MAX_MS = 365 * DAY_MS;

export interface OfficeParts {
  readonly accounts: Accounts;
  readonly credentials: Credentials;
  readonly carriers: Carriers<Part>;
  readonly register: Pick<Register, 'accept'>;
  readonly alarms: Pick<Alarms, 'standing'>;
  readonly clock: Clock;
  readonly version: string;
  readonly startedAtMs: number;
  /** Makes an account's keys before anything is done in its name. */
  readonly openAccount: (accountId: number) => Promise<void>;
  readonly messagesInHand: () => number;
  readonly breakerOf: (carrierId: number) => CarrierView['breaker'];
}

/** What an operator does, put together from the modules that do it. */
export class Office implements Administration {
  readonly #parts: OfficeParts;

  constructor(parts: OfficeParts) {
    this.#parts = parts;
  }

  async createAccount(name: string, by: Actor): Promise<AccountView | Fault> {
    const account = await this.#parts.accounts.create(name, by);
    if (!('code' in account)) await this.#parts.openAccount(account.id);
    return account;
  }

  listAccounts(): Promise<readonly AccountView[]> {
    return this.#parts.accounts.list();
  }

  async createCredential(wanted: WantedCredential, by: Actor): Promise<MadeCredential | Fault> {
    const account = await this.#parts.accounts.find(wanted.account);
    if (!account) return fault('not_found', { detail: 'There is no account of that name.', field: '/account' });
    const expiresAtMs = wanted.expiresAtMs ?? this.#parts.clock.now() + LIFETIME_MAX_MS;
    const made = await this.#parts.credentials.create({ ...wanted, accountId: account.id, expiresAtMs }, by);
    return isRefusal(made) ? made : { account: account.name, isChanged: false, ...made };
  }

  async listCredentials(): Promise<readonly CredentialView[]> {
    const names = new Map((await this.#parts.accounts.list()).map((account) => [account.id, account.name]));
    return this.#parts.credentials.list(null).map((credential) => ({
      credential,
      account: names.get(credential.accountId) ?? '',
      isChanged: this.#parts.credentials.isChanged(credential.id),
    }));
  }

  async revokeCredential(id: number, by: Actor): Promise<CredentialView | Fault> {
    const credential = await this.#parts.credentials.revoke(id, by);
    if (isRefusal(credential)) return credential;
    return (await this.listCredentials()).find((view) => view.credential.id === id) ?? fault('not_found');
  }

  async addCarrier(wanted: NewCarrier, by: Actor): Promise<CarrierView | Fault> {
    const row = await this.#parts.carriers.add(wantedCarrier(wanted), by);
    return 'code' in row ? row : this.#carrierView(row);
  }

  async listCarriers(): Promise<readonly CarrierView[]> {
    return this.#parts.carriers.list.map((row) => this.#carrierView(row));
  }

  async testCarrier(name: string): Promise<CarrierTestView | Fault> {
    const row = this.#parts.carriers.list.find((candidate) => candidate.name === name);
    if (!row) return fault('not_found', { detail: 'There is no carrier of that name.' });
    if (row.standing === 'refused') return fault('changed_outside');
    const steps = await this.#probe(row);
    return { ...this.#carrierView(row), steps };
  }

  async changeCarrier(name: string, { password, ...wanted }: ChangedCarrier, by: Actor): Promise<CarrierView | Fault> {
    const secret = password === undefined ? {} : { password: new Secret(password) };
    const row = await this.#parts.carriers.change(name, { ...wanted, ...secret }, by);
    return 'code' in row ? row : this.#carrierView(row);
  }

  removeCarrier(name: string, by: Actor): Promise<Fault | null> {
    return this.#parts.carriers.remove(name, by);
  }

  /** A carrier that is bound may allow no further bind: then it is asked over those that there are. */
  async #probe(row: CarrierRow): Promise<readonly ProbeStep[]> {
    const { carriers, clock } = this.#parts;
    const login = carriers.loginOf(row);
    if (!login) return [];
    const { host, port, tls } = login.settings;
    const link = carriers.linkOf(row.id);
    const { mode, ...settings } = withDefaults(login.settings);
    const kind = mode === 'transceiver' ? 'transceiver' : 'transmitter';
    if (!(link instanceof SmppLink) || !link.isUp)
      return probe({ host, port, tls, login: { kind, ...settings, password: login.password }, clock });
    const steps = await probe({ host, port, tls, login: null, clock });
    return [...steps, ...(await this.#probeLink(link))];
  }

  async #probeLink(link: SmppLink<Part>): Promise<readonly ProbeStep[]> {
    const fromMs = this.#parts.clock.elapsed();
    const rttMs = await link.ping();
    const words = rttMs === null ? 'the SMSC does not answer enquire_link' : `answered in ${rttMs.toFixed(1)} ms`;
    const isWhole = link.status === 'bound';
    return [
      { step: 'bind', isOk: isWhole, words: link.status, advice: isWhole ? null : adviceFor(link.status), tookMs: 0 },
      {
        step: 'enquire_link',
        isOk: rttMs !== null,
        words,
        advice: rttMs === null ? adviceFor(words) : null,
        tookMs: this.#parts.clock.elapsed() - fromMs,
      },
    ];
  }

  acceptTable(table: RegisteredName, by: Actor): Promise<Accepted> {
    return this.#parts.register.accept(table, by);
  }

  async status(): Promise<StatusView> {
    const { version, startedAtMs, messagesInHand, alarms } = this.#parts;
    const carriers = await this.listCarriers();
    return { version, startedAtMs, carriers, messagesInHand: messagesInHand(), alarms: alarms.standing };
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
    const { name, kind, createdAtMs, isEnabled } = row;
    const isRefused = row.standing === 'refused';
    const settings = kind === 'sandbox' || isRefused ? null : (row.settings as SmppCarrierSettings);
    const doing = link?.status ?? 'not started';
    const status = isEnabled || doing !== 'stopped' ? doing : 'disabled';
    const breaker = this.#parts.breakerOf(row.id);
    return {
      name,
      kind,
      createdAtMs,
      isEnabled,
      settings,
      isUp: link?.isUp ?? false,
      breaker,
      status: isRefused ? 'changed outside' : status,
    };
  }
}

function wantedCarrier(wanted: NewCarrier): WantedCarrier {
  if (wanted.kind === 'sandbox') return wanted;
  const { kind, name, password, ...settings } = wanted;
  return { kind, name, password: new Secret(password), settings };
}
