import type { Actor } from '../audit/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Entropy } from '../base/entropy.ts';
import { type Fault, fault } from '../base/fault.ts';
import type { Log } from '../base/log.ts';
import { OneByOne } from '../base/one-by-one.ts';
import { isHashOf, NO_HASH, parseApiKey } from './api-key.ts';
import { BindChecks } from './bind-checks.ts';
import { type Capability, readCapability } from './capability.ts';
import {
  type CreatedCredential,
  type Credential,
  type CredentialRow,
  type CredentialsStore,
  isRefusal,
  type NewCredential,
} from './credential.ts';
import { AllowedNetworks } from './networks.ts';
import { makeSecret, mistakeIn } from './new-credential.ts';
import { isPasswordHash } from './password.ts';
import type { Refusal } from './uses.ts';

/** SHA-256 in hex. */
const KEY_HASH = /^[0-9a-f]{64}$/;
/** A credential whose stored capability cannot be read is known, and may do nothing from nowhere. */
const NOTHING: Capability = { verbs: [], senders: [], classes: [], carriers: [], networks: [] };

export interface CredentialsOptions {
  readonly store: CredentialsStore;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
}

interface Known {
  /** When it was first seen, it had been changed outside: it does nothing. */
  readonly isChanged: boolean;
  readonly credential: { -readonly [Part in keyof Credential]: Credential[Part] };
  readonly networks: AllowedNetworks;
  /** The hash of an API key; `NO_HASH` where none is stored. */
  readonly keyHash: Buffer;
  /** The hash of an SMPP password; null where none is stored. */
  readonly passwordHash: string | null;
}

/** All credentials, answered from memory. `reload` keeps them true when another node changes them. */
export class Credentials {
  readonly #options: CredentialsOptions;
  readonly #byId = new Map<number, Known>();
  readonly #keys = new Map<string, Known>();
  readonly #systemIds = new Map<string, Known>();
  readonly #binds: BindChecks;
  readonly #listeners = new Set<(credential: Credential) => void>();
  readonly #refusalListeners = new Set<(refusal: Refusal) => void>();
  readonly #banListeners = new Set<(source: string, durationMs: number) => void>();
  /** What was read before a change must not be taken in after it. */
  readonly #changes = new OneByOne();

  constructor(options: CredentialsOptions) {
    this.#options = options;
    this.#binds = new BindChecks(options.clock, (source, durationMs) => {
      for (const listener of this.#banListeners) listener(source, durationMs);
    });
  }

  /** Reads all credentials from the store: at start-up, and whenever one may have changed. */
  reload(): Promise<void> {
    return this.#changes.do(async () => {
      const rows = await this.#options.store.all();
      for (const row of rows) this.#learn(row);
      const stored = new Set(rows.map((row) => row.id));
      for (const { credential } of this.#byId.values()) {
        if (!stored.has(credential.id)) this.#withdraw(credential, this.#options.clock.now());
      }
    });
  }

  /**
   * The credential of an API key used from an address. Unknown, expired and revoked keys are answered alike, with
   * `credential_invalid`; `network_not_allowed` is told only to who has the key.
   */
  authenticateKey(token: string, address: string): Credential | Fault {
    const key = parseApiKey(token);
    if (key === null) return this.#told('api', fault('credential_invalid'), undefined, address);
    const known = this.#keys.get(key.lookup);
    const isRight = isHashOf(key.secret, known?.keyHash ?? NO_HASH);
    const answer = isRight ? this.#admit(known, address) : fault('credential_invalid');
    return this.#told('api', answer, known, address);
  }

  /** The same for an SMPP bind. Unknown names take as long as known ones; `BindChecks` says what it refuses. */
  async authenticateBind(systemId: string, password: string, address: string): Promise<Credential | Fault> {
    const known = this.#systemIds.get(systemId);
    const refusal = await this.#binds.check({ systemId, password, address }, known?.passwordHash ?? null);
    return this.#told('smpp', refusal ?? this.#admit(known, address), known, address);
  }

  /** Who was refused is told to whoever listens: with the credential that was named, where there is one. */
  #told(door: Refusal['door'], answer: Credential | Fault, known: Known | undefined, address: string) {
    if (!isRefusal(answer)) return answer;
    const refusal = { door, credentialId: known?.credential.id ?? null, address, code: answer.code };
    for (const listener of this.#refusalListeners) listener(refusal);
    return answer;
  }

  #admit(known: Known | undefined, address: string): Credential | Fault {
    if (known === undefined || !this.#holds(known.credential)) return fault('credential_invalid');
    return known.networks.include(address) ? known.credential : fault('network_not_allowed');
  }

  #holds(credential: Credential): boolean {
    return this.isLive(credential, this.#options.clock.now());
  }

  /** Whether a credential that was once admitted still holds. */
  isLive(credential: Credential, nowMs: number): boolean {
    return credential.revokedAtMs === null && nowMs < credential.expiresAtMs;
  }

  /** A credential by its id, whether it still holds or not. */
  find(id: number): Credential | null {
    return this.#byId.get(id)?.credential ?? null;
  }

  /** Whether it was changed outside of the gateway before this one started: then it does nothing. */
  isChanged(id: number): boolean {
    return this.#byId.get(id)?.isChanged === true;
  }

  /** The credentials of one account, or of all for null, oldest first; those that ended too. */
  list(accountId: number | null): readonly Credential[] {
    const all = [...this.#byId.values()].map((known) => known.credential).toSorted((a, b) => a.id - b.id);
    return accountId === null ? all : all.filter((credential) => credential.accountId === accountId);
  }

  /** Makes a credential. `invalid_request` says which part cannot be; `name_taken` is about the system_id. */
  async create(wanted: NewCredential, by: Actor): Promise<CreatedCredential | Fault> {
    const mistake = mistakeIn(wanted, this.#options.clock);
    if (mistake !== null) return mistake;
    const { accountId, kind, name, capability, expiresAtMs } = wanted;
    const { lookup, secretHash, secret } = await makeSecret(wanted, this.#options.entropy);
    const createdAtMs = this.#options.clock.now();
    const row = { accountId, kind, name, lookup, secretHash, capability, createdAtMs, expiresAtMs };
    return this.#changes.do(async () => {
      const stored = await this.#options.store.add(row, by);
      return stored === null
        ? fault('name_taken', { field: '/systemId' })
        : { credential: this.#learn(stored), secret };
    });
  }

  /** Ends a credential, here and on every node; sessions learn of it through `onRevoked`. */
  revoke(id: number, by: Actor): Promise<Credential | Fault> {
    return this.#changes.do(async () => {
      const row = await this.#options.store.revoke(id, this.#options.clock.now(), by);
      return row === null ? fault('not_found') : this.#learn(row);
    });
  }

  /** Calls `listener` with every credential that is revoked from now on, until the returned function is called. */
  onRevoked(listener: (credential: Credential) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `listener` with the source of every ban from now on and how long it is, until the returned function is called. */
  onBanned(listener: (source: string, durationMs: number) => void): () => void {
    this.#banListeners.add(listener);
    return () => this.#banListeners.delete(listener);
  }

  /** Calls `listener` with every use of a credential that is refused from now on, until the returned function is called. */
  onRefused(listener: (refusal: Refusal) => void): () => void {
    this.#refusalListeners.add(listener);
    return () => this.#refusalListeners.delete(listener);
  }

  /**
   * Takes in what is stored of a credential; of one that is known, only whether it was revoked can have changed. What was
   * changed outside and is right again is known again.
   */
  #learn(row: CredentialRow): Credential {
    const seen = this.#byId.get(row.id);
    const known = seen && (row.isChanged || !seen.isChanged) ? seen : this.#remember(row);
    if (row.revokedAtMs !== null) this.#withdraw(known.credential, row.revokedAtMs);
    return known.credential;
  }

  #remember(row: CredentialRow): Known {
    const { secretHash: storedHash, capability: stored, isChanged, ...rest } = row;
    const capability = isChanged ? NOTHING : this.#capabilityOf(row, stored);
    const secretHash = isChanged ? '' : storedHash;
    const known: Known = {
      isChanged,
      credential: { ...rest, capability },
      networks: new AllowedNetworks(capability.networks),
      keyHash: KEY_HASH.test(secretHash) ? Buffer.from(secretHash, 'hex') : NO_HASH,
      passwordHash: isPasswordHash(secretHash) ? secretHash : null,
    };
    this.#byId.set(row.id, known);
    (row.kind === 'api_key' ? this.#keys : this.#systemIds).set(row.lookup, known);
    return known;
  }

  #capabilityOf({ id, accountId }: CredentialRow, stored: unknown): Capability {
    const capability = readCapability(stored);
    if (!isRefusal(capability)) return capability;
    this.#options.log.error('access.capability_unreadable', { credential: id, account: accountId });
    return NOTHING;
  }

  #withdraw(credential: Known['credential'], atMs: number): void {
    if (credential.revokedAtMs !== null) return;
    credential.revokedAtMs = atMs;
    for (const listener of this.#listeners) listener(credential);
  }
}
