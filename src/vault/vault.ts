import type pg from 'pg';
import sodium from 'sodium-native';
import type { Clock } from '../base/clock.ts';
import type { Entropy } from '../base/entropy.ts';
import { FaultError } from '../base/fault.ts';
import { idDay } from '../base/id.ts';
import { must } from '../base/must.ts';
import { Secret } from '../base/secret.ts';
import { CodeKeys, codeWindowOf } from './code-keys.ts';
import { ENVELOPE_BYTES, Envelopes, type Key, keyVersionOf } from './envelope.ts';
import type { RecordKeyEvent } from './key-event.ts';
import { KeyLife, type KeyLifeOptions } from './key-life.ts';
import type { KeyVersions } from './key-versions.ts';
import { GATEWAY_ACCOUNT, Keyring } from './keyring.ts';
import { isWiped, KEY_BYTES, KeyMemory, lockedBytes, wipe } from './locked-memory.ts';
import { changePassphrase, rewrapAccountKeys } from './roots/rewrap.ts';
import type { RootKeys } from './roots/root-keys.ts';
import { RootsStore, type WrappedCount } from './roots/roots-store.ts';
import { bodyBinding, type RecipientKey, recipientBinding, type SealedMessage, type StoredBody } from './sealed.ts';
import { VaultStore } from './vault-store.ts';

export interface VaultOptions {
  /** Connections of the role `sallyport_engine`. */
  readonly pool: pg.Pool;
  /** Wraps account keys. Whoever made it closes it, after the vault. */
  readonly root: RootKeys;
  readonly entropy: Entropy;
  readonly clock: Clock;
  /** Puts what happens to keys on record. */
  readonly record: RecordKeyEvent;
}

/** Secrets sealed under a record key: those of an account under its own, those of no account under the gateway's. */
export type SecretPurpose = 'carrier secret' | 'webhook secret' | 'audit key';

export const HASH_BYTES = 16;
/** E.164 allows 15 digits; every number is padded to one more, so that its length does not show. */
const NUMBER_BYTES = 16;
export const SEALED_NUMBER_BYTES = NUMBER_BYTES + ENVELOPE_BYTES;
const REQUEST_HASH_BYTES = 32;
const OWN_MARK_BYTES = 32;
const OWN_MARK_LABEL = Buffer.from('sallyport register');
const REFERENCE_LABEL = Buffer.from('sallyport reference');
const NUMBER_KEY_LABEL = Buffer.from('sallyport number');

/**
 * Keys and what they seal. Nothing here waits but what says so; a buffer that is returned is reused where the method
 * says so.
 *
 * The key of a body is the keyed BLAKE2b of the recipient's key under the day's key: without either, the body is noise.
 * That of a one-time code has the key of a window in the place of the day's (`code-keys.ts`).
 * The number is sealed under a key made from the recipient's alone, so erasure reaches it in every backup too.
 */
export class Vault {
  readonly #options: VaultOptions;
  readonly #envelopes: Envelopes;
  readonly #store: VaultStore;
  readonly #keyring: Keyring;
  readonly #codes: CodeKeys;
  readonly #memory: KeyMemory;
  readonly #roots: RootsStore;
  readonly #hash = Buffer.alloc(HASH_BYTES);
  readonly #number = Buffer.alloc(NUMBER_BYTES);
  /** `#number` cut to every possible length. */
  readonly #numberViews = Array.from({ length: NUMBER_BYTES }, (_, length) => this.#number.subarray(0, length));
  readonly #derived = lockedBytes(KEY_BYTES);
  #isOpen = true;

  private constructor(options: VaultOptions) {
    const { pool, root, entropy, clock, record } = options;
    this.#options = options;
    this.#envelopes = new Envelopes(entropy);
    this.#roots = new RootsStore(pool);
    this.#memory = new KeyMemory();
    this.#store = new VaultStore(pool);
    this.#keyring = new Keyring(this.#store, root, this.#envelopes, this.#memory, record);
    this.#codes = new CodeKeys({ keyring: this.#keyring, store: this.#store, record, clock });
  }

  /**
   * Opens the vault with the keys of all accounts. Throws `root_key_missing` where keys are wrapped under a root key that
   * is not there: a new one is never made in its place. Where the root key cannot be used yet it throws why
   * (`isSealing`), and may be called again with the same one.
   */
  static async open(options: VaultOptions): Promise<Vault> {
    const vault = new Vault(options);
    try {
      await options.root.prepare((await vault.#roots.counts()).map(({ tag }) => tag));
      await vault.#keyring.load();
    } catch (error) {
      vault.close();
      throw error;
    }
    return vault;
  }

  /** Wipes every key. Whatever needs one afterwards is a broken invariant. */
  close(): void {
    this.#isOpen = false;
    this.#codes.close();
    this.#keyring.close();
    this.#memory.wipe();
    wipe(this.#derived);
    wipe(this.#number);
  }

  /** How many account keys are wrapped under which root key. */
  rootKeysInUse(): Promise<readonly WrappedCount[]> {
    return this.#roots.counts();
  }

  /** Wraps all account keys again, under the root key in force; `isRenewed`: under a version that is made first. */
  rewrapAccountKeys(isRenewed: boolean): Promise<number> {
    return rewrapAccountKeys(this.#roots, this.#options.root, this.#options.record, isRenewed);
  }

  /** As `RootKeys.changePassphrase`, on record. */
  changeRootPassphrase(current: Buffer | null, next: Buffer | null): Promise<void> {
    return changePassphrase(this.#roots, this.#options.root, this.#options.record, { current, next });
  }

  /** What becomes of the keys of this vault. */
  life(options: KeyLifeOptions): KeyLife {
    return new KeyLife({
      ...this.#options,
      ...options,
      keyring: this.#keyring,
      codes: this.#codes,
      store: this.#store,
    });
  }

  /** Wipes the key of a recipient wherever it lies, for it was destroyed. */
  forget({ slab, at }: RecipientKey): void {
    wipe(slab.subarray(at, at + KEY_BYTES));
  }

  /** Whether the key of a recipient was wiped. Asked for each message, so it looks at the first octet alone, mostly. */
  isForgotten(recipient: RecipientKey): boolean {
    return recipient.slab[recipient.at] === 0 && isWiped(bytesOf(recipient));
  }

  /** The accounts whose keys are loaded. */
  get accountIds(): number[] {
    return this.#keyring.accountIds;
  }

  /** Makes the keys of an account, or loads those another gateway made. */
  addAccount(accountId: number): Promise<void> {
    return this.#keyring.addAccount(accountId);
  }

  /** Loads or makes the keys of every one of `days` (as `idDay` counts) of every one of `accountIds`. */
  prepareDays(accountIds: readonly number[], days: readonly number[]): Promise<void> {
    return this.#keyring.prepareDays(accountIds, days);
  }

  /** Whether there is a key here for a code that ends then, and it may still be used. */
  hasCodeKey(endsAtMs: number): boolean {
    return this.#codes.of(endsAtMs) !== undefined && !this.#codes.isOver(endsAtMs);
  }

  /** Makes the key for a code that ends then, or loads it; there is none for what is over. Throws as `prepareDays` does. */
  prepareCodeKey(endsAtMs: number): Promise<void> {
    return this.#codes.prepare(endsAtMs);
  }

  /** Loads the keys of bodies that were read back, as far as there are any. */
  async loadKeysOf(bodies: readonly StoredBody[]): Promise<void> {
    const lacking = bodies.filter(
      (body) => body.sealedBody !== null && this.#keysOf(body)?.of(keyVersionOf(body.sealedBody)) === undefined,
    );
    const windows = lacking.flatMap(({ codeEndsAtMs }) => (codeEndsAtMs === null ? [] : [codeWindowOf(codeEndsAtMs)]));
    if (windows.length > 0) await this.#codes.load([...new Set(windows)]);
    const ofDays = lacking.filter(({ codeEndsAtMs }) => codeEndsAtMs === null);
    for (const [accountId, own] of Map.groupBy(ofDays, (body) => body.accountId))
      await this.#keyring.readDays([accountId], [...new Set(own.map(({ id }) => idDay(id)))]);
  }

  /** Learns what other gateways have done to keys since; destroyed ones are wiped. Throws `store_unavailable`. */
  async refresh(): Promise<void> {
    await this.#keyring.refresh();
    await this.#codes.refresh();
  }

  /**
   * What the audit log calls a recipient, in 32 hexadecimal digits. It is made with the recipient's key: once that is
   * destroyed, nobody can tell whose it was.
   */
  referenceOf(recipient: RecipientKey): string {
    this.#mustBeOpen();
    sodium.crypto_generichash(this.#hash, REFERENCE_LABEL, bytesOf(recipient));
    return this.#hash.toString('hex');
  }

  /** The keyed hash by which an account finds a number again: 16 bytes, overwritten by the next call. */
  hashNumber(accountId: number, digits: string): Buffer {
    must(digits.length > 0 && digits.length < NUMBER_BYTES, 'a number has 1 to 15 digits');
    this.#number.latin1Write(digits, 0);
    const input = this.#numberViews[digits.length]!;
    sodium.crypto_generichash(this.#hash, input, this.#keyring.of(accountId).index.current.bytes);
    return this.#hash;
  }

  /** The keyed hash of what a request said, 32 octets: who has only the table can try no texts against it. */
  hashRequest(accountId: number, said: string | Buffer): Buffer {
    const hashed = Buffer.alloc(REQUEST_HASH_BYTES);
    sodium.crypto_generichash(hashed, Buffer.from(said), this.#keyring.of(accountId).index.current.bytes);
    return hashed;
  }

  /** The keyed hash by which the gateway knows again what it said itself, 32 octets. Its key is made for nothing else. */
  ownMark(said: string | Buffer): Buffer {
    const mark = Buffer.alloc(OWN_MARK_BYTES);
    sodium.crypto_generichash(this.#derived, OWN_MARK_LABEL, this.#keyring.of(GATEWAY_ACCOUNT).index.current.bytes);
    sodium.crypto_generichash(mark, Buffer.from(said), this.#derived);
    wipe(this.#derived);
    return mark;
  }

  /** How many bytes a body of `plainBytes` octets takes when it is sealed. */
  sealedBytes(plainBytes: number): number {
    return plainBytes + ENVELOPE_BYTES;
  }

  /** Seals a body into `target` from `at` on. The key of the message's day or window has been prepared. */
  sealBodyInto(target: Buffer, at: number, message: SealedMessage, octets: Buffer): void {
    const current = this.#keysOf(message)?.current;
    must(current !== undefined, 'the key of a day or window is prepared before anything is sealed under it');
    const key = this.#messageKey(current, message.recipient);
    if (key === null) throw new FaultError('key_unusable', { detail: 'The recipient was erased.' });
    this.#envelopes.sealInto(target, at, octets, bodyBinding(message), key);
  }

  /** BLAKE2b-128 of what is sealed, 16 octets, written into `target` at `at`. It needs no key, so that anybody can compare. */
  digestInto(target: Buffer, at: number, sealed: Buffer): void {
    sodium.crypto_generichash(this.#hash, sealed);
    this.#hash.copy(target, at);
  }

  /**
   * The octets of a body; null when the key of its day or window is not here (see `loadKeysOf`), its window is over, or
   * its recipient's key was destroyed. Throws `seal_broken`.
   */
  openBody(sealed: Buffer, message: SealedMessage): Buffer | null {
    if (message.codeEndsAtMs !== null && this.#codes.isOver(message.codeEndsAtMs)) return null;
    const own = this.#keysOf(message)?.of(keyVersionOf(sealed));
    const key = own && this.#messageKey(own, message.recipient);
    return key ? this.#envelopes.open(sealed, bodyBinding(message), key) : null;
  }

  /** Draws the key of a new recipient. */
  newRecipientKey(accountId: number, id: number): RecipientKey {
    const key = this.#takeKey(accountId, id);
    this.#envelopes.drawKey(key.slab, key.at, KEY_BYTES);
    return key;
  }

  /** The same key in a younger slab, so that the older one can be let go. */
  copyRecipientKey({ accountId, id, slab, at }: RecipientKey): RecipientKey {
    const key = this.#takeKey(accountId, id);
    slab.copy(key.slab, key.at, at, at + KEY_BYTES);
    return key;
  }

  /** Writes the wrapped key, `WRAPPED_KEY_BYTES` long. */
  wrapRecipientKeyInto(target: Buffer, at: number, key: RecipientKey): void {
    const { current } = this.#keyring.of(key.accountId).account;
    this.#envelopes.sealInto(target, at, bytesOf(key), recipientBinding('recipient key', key), current);
  }

  /**
   * Null when it is wrapped in a way, or under a key, that is not known here: after `refresh`, what is read again is.
   * Throws `seal_broken`.
   */
  unwrapRecipientKey(accountId: number, id: number, wrapped: Buffer): RecipientKey | null {
    const account = this.#keyring.of(accountId).account.of(keyVersionOf(wrapped));
    if (account === undefined) return null;
    const key = this.#takeKey(accountId, id);
    const isOurs = this.#envelopes.openInto(bytesOf(key), wrapped, recipientBinding('recipient key', key), account);
    return isOurs ? key : null;
  }

  /** Writes the sealed number, `SEALED_NUMBER_BYTES` long. */
  sealNumberInto(target: Buffer, at: number, recipient: RecipientKey, digits: string): void {
    must(digits.length > 0 && digits.length < NUMBER_BYTES, 'a number has 1 to 15 digits');
    this.#number.fill(0, this.#number.latin1Write(digits, 0));
    const key = this.#numberKey(recipient);
    this.#envelopes.sealInto(target, at, this.#number, recipientBinding('number', recipient), key);
  }

  /** The digits; null when they are sealed in a way that is not known here. Throws `seal_broken`. */
  openNumber(sealed: Buffer, recipient: RecipientKey): string | null {
    const plain = this.#envelopes.open(sealed, recipientBinding('number', recipient), this.#numberKey(recipient));
    return plain === null ? null : plain.latin1Slice(0, plain.indexOf(0));
  }

  /** Seals a secret of an account, or of `GATEWAY_ACCOUNT`, for the row `record`. */
  sealSecret(purpose: SecretPurpose, accountId: number, record: number, secret: Secret): Buffer {
    const plain = Buffer.from(secret.reveal());
    const sealed = this.#envelopes.seal(
      plain,
      { purpose, accountId, record, revision: 0 },
      this.#keyring.of(accountId).record.current,
    );
    wipe(plain);
    return sealed;
  }

  /** Null when it is sealed in a way, or under a key, that is not known here. Throws `seal_broken`. */
  openSecret(purpose: SecretPurpose, accountId: number, record: number, sealed: Buffer): Secret | null {
    const key = this.#keyring.of(accountId).record.of(keyVersionOf(sealed));
    const plain = key && this.#envelopes.open(sealed, { purpose, accountId, record, revision: 0 }, key);
    if (!plain) return null;
    const secret = new Secret(plain.toString());
    wipe(plain);
    return secret;
  }

  #keysOf({ accountId, id, codeEndsAtMs }: Omit<StoredBody, 'sealedBody'>): KeyVersions | undefined {
    if (codeEndsAtMs !== null) return this.#codes.of(codeEndsAtMs);
    return this.#keyring.of(accountId).days.get(idDay(id));
  }

  /** Null where the recipient's key was destroyed since it was read. */
  #messageKey(own: Key, recipient: RecipientKey): Key | null {
    if (this.isForgotten(recipient)) return null;
    sodium.crypto_generichash(this.#derived, bytesOf(recipient), own.bytes);
    return { version: own.version, bytes: this.#derived };
  }

  #numberKey(recipient: RecipientKey): Key {
    this.#mustBeOpen();
    sodium.crypto_generichash(this.#derived, NUMBER_KEY_LABEL, bytesOf(recipient));
    return { version: RECIPIENT_KEY_VERSION, bytes: this.#derived };
  }

  #takeKey(accountId: number, id: number): RecipientKey {
    this.#mustBeOpen();
    const at = this.#memory.take();
    return { accountId, id, slab: this.#memory.slab, at };
  }

  #mustBeOpen(): void {
    must(this.#isOpen, 'the vault is used while it is open');
  }
}

/** A recipient has one key for life: it is destroyed, never exchanged. */
const RECIPIENT_KEY_VERSION = 1;

const bytesOf = ({ slab, at }: RecipientKey): Buffer => slab.subarray(at, at + KEY_BYTES);
