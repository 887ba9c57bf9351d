import type { Capability, Credential } from '../../src/access/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import { type Fault, fault } from '../../src/base/fault.ts';
import { Secret } from '../../src/base/secret.ts';
import type { ProbeStep, SmppCarrierSettings } from '../../src/carriers/index.ts';
import type {
  AccountView,
  Administration,
  ApiAccess,
  CarrierTestView,
  CarrierView,
  ChangedCarrier,
  CredentialView,
  Handset,
  HandsetMessage,
  MadeCredential,
  NewCarrier,
  StatusView,
  WantedCredential,
  Webhooks,
  WebhookView,
} from '../../src/doors/api/index.ts';
import { newWebhookSecret } from '../../src/messages/notify/sign.ts';
import type { Accepted, RegisteredName } from '../../src/register/index.ts';

function settingsOf(wanted: Extract<NewCarrier, { kind: 'smpp' }>): SmppCarrierSettings {
  const { kind: _kind, name: _name, password: _password, ...settings } = wanted;
  return settings;
}

const YEAR_MS = 365 * 86_400_000;

export const fullCapability: Capability = {
  verbs: ['send', 'read', 'cancel', 'webhook', 'audit'],
  senders: ['12345'],
  classes: ['otp', 'transactional', 'marketing'],
  carriers: ['sandbox'],
  networks: ['127.0.0.0/8'],
};

/** Keys, accounts and carriers in memory; a key is `key-<id>`. */
export class FakeAdministration implements Administration, ApiAccess {
  readonly #accounts: AccountView[] = [];
  readonly #credentials: { -readonly [Part in keyof Credential]: Credential[Part] }[] = [];
  readonly #carriers = new Map<string, CarrierView>();

  /** How often a key was looked at. */
  askedCount = 0;

  authenticateKey(token: string, address: string): Credential | Fault {
    this.askedCount++;
    const credential = this.#credentials.find(({ id, revokedAtMs }) => revokedAtMs === null && token === `key-${id}`);
    if (credential === undefined) return fault('credential_invalid');
    return address === '127.0.0.1' ? credential : fault('network_not_allowed');
  }

  /** A key for tests, of an account that is made where it is not there. */
  key(account: string, capability: Partial<Capability> = {}): string {
    if (this.#accountId(account) === 0) this.#accounts.push({ name: account, createdAtMs: systemClock.now() });
    const made = this.#make({
      account,
      kind: 'api_key',
      name: 'test',
      capability: { ...fullCapability, ...capability },
      expiresAtMs: null,
    });
    return made.secret.reveal();
  }

  createAccount(name: string): Promise<AccountView | Fault> {
    if (this.#accountId(name) !== 0) return Promise.resolve(fault('name_taken', { field: '/name' }));
    const account = { name, createdAtMs: systemClock.now() };
    this.#accounts.push(account);
    return Promise.resolve(account);
  }

  listAccounts(): Promise<readonly AccountView[]> {
    return Promise.resolve(this.#accounts);
  }

  createCredential(wanted: WantedCredential): Promise<MadeCredential | Fault> {
    return Promise.resolve(this.#accountId(wanted.account) === 0 ? fault('not_found') : this.#make(wanted));
  }

  listCredentials(): Promise<readonly CredentialView[]> {
    return Promise.resolve(this.#credentials.map((credential) => this.#view(credential)));
  }

  revokeCredential(id: number): Promise<CredentialView | Fault> {
    const credential = this.#credentials.find((one) => one.id === id);
    if (credential === undefined) return Promise.resolve(fault('not_found'));
    credential.revokedAtMs ??= systemClock.now();
    return Promise.resolve(this.#view(credential));
  }

  addCarrier(wanted: NewCarrier): Promise<CarrierView | Fault> {
    if (this.#carriers.has(wanted.name)) return Promise.resolve(fault('name_taken', { field: '/name' }));
    const { name, kind } = wanted;
    const settings = wanted.kind === 'sandbox' ? null : settingsOf(wanted);
    const view = {
      name,
      kind,
      settings,
      isEnabled: true,
      isUp: true,
      breaker: 'closed' as const,
      status: 'bound',
      createdAtMs: systemClock.now(),
    };
    this.#carriers.set(name, view);
    return Promise.resolve(view);
  }

  listCarriers(): Promise<readonly CarrierView[]> {
    return Promise.resolve([...this.#carriers.values()]);
  }

  testCarrier(name: string): Promise<CarrierTestView | Fault> {
    const view = this.#carriers.get(name);
    const steps: ProbeStep[] = [{ step: 'bind', isOk: true, words: 'bound', advice: null, tookMs: 1 }];
    return Promise.resolve(view ? { ...view, steps } : fault('not_found'));
  }

  changeCarrier(name: string, { isEnabled, settings, unset }: ChangedCarrier): Promise<CarrierView | Fault> {
    const view = this.#carriers.get(name);
    if (!view) return Promise.resolve(fault('not_found'));
    const merged = { ...view.settings, ...settings };
    const left = Object.fromEntries(Object.entries(merged).filter(([key]) => !unset.includes(key)));
    const changed = { ...view, isEnabled: isEnabled ?? view.isEnabled, settings: left as CarrierView['settings'] };
    this.#carriers.set(name, changed);
    return Promise.resolve(changed);
  }

  removeCarrier(name: string): Promise<Fault | null> {
    const view = this.#carriers.get(name);
    if (view?.isEnabled) return Promise.resolve(fault('carrier_in_use'));
    return Promise.resolve(this.#carriers.delete(name) ? null : fault('not_found'));
  }

  alarms: StatusView['alarms'] = [];

  acceptTable(name: RegisteredName): Promise<Accepted> {
    return Promise.resolve({ name, rows: 1, changed: [1], missing: [] });
  }

  async status(): Promise<StatusView> {
    return {
      version: '0.0.0',
      startedAtMs: 0,
      carriers: await this.listCarriers(),
      messagesInHand: 0,
      alarms: this.alarms,
    };
  }

  actAs(account: string): Promise<Credential | Fault> {
    return Promise.resolve(
      this.#credentials.find((one) => one.accountId === this.#accountId(account)) ?? fault('not_found'),
    );
  }

  #accountId(name: string): number {
    return this.#accounts.findIndex((account) => account.name === name) + 1;
  }

  #make(wanted: WantedCredential): MadeCredential {
    const { account, expiresAtMs, systemId, ...rest } = wanted;
    const [id, createdAtMs] = [this.#credentials.length + 1, systemClock.now()];
    const credential = {
      ...rest,
      accountId: this.#accountId(account),
      id,
      lookup: systemId ?? `key-${id}`,
      createdAtMs,
      expiresAtMs: expiresAtMs ?? createdAtMs + YEAR_MS,
      revokedAtMs: null,
    };
    this.#credentials.push(credential);
    return { account, credential, isChanged: false, secret: new Secret(`key-${id}`) };
  }

  #view(credential: Credential): CredentialView {
    return { account: this.#accounts[credential.accountId - 1]!.name, credential, isChanged: false };
  }
}

/** Webhooks in memory; only `https:` addresses are taken. */
export class FakeWebhooks implements Webhooks {
  readonly #byAccount = new Map<number, WebhookView>();

  of(accountId: number): WebhookView | null {
    return this.#byAccount.get(accountId) ?? null;
  }

  set(accountId: number, url: string): Promise<Secret | Fault> {
    if (!url.startsWith('https:')) return Promise.resolve(fault('webhook_address_refused', { field: '/url' }));
    this.#byAccount.set(accountId, { url, createdAtMs: systemClock.now() });
    return Promise.resolve(newWebhookSecret(systemEntropy));
  }

  remove(accountId: number): Promise<Fault | null> {
    return Promise.resolve(this.#byAccount.delete(accountId) ? null : fault('not_found'));
  }
}

/** A handset without a carrier: the test says what arrives. */
export class FakeHandset implements Handset {
  readonly #watchers = new Set<(message: HandsetMessage) => void>();
  readonly written: { from: string; to: string; text: string }[] = [];

  get watcherCount(): number {
    return this.#watchers.size;
  }

  arrives(message: HandsetMessage): void {
    for (const show of this.#watchers) show(message);
  }

  watch(show: (message: HandsetMessage) => void): () => void {
    this.#watchers.add(show);
    return () => this.#watchers.delete(show);
  }

  write(message: { from: string; to: string; text: string }): Promise<Fault | null> {
    this.written.push(message);
    return Promise.resolve(null);
  }
}
