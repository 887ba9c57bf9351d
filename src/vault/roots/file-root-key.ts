import { timingSafeEqual } from 'node:crypto';
import { lstatSync } from 'node:fs';
import type { Entropy } from '../../base/entropy.ts';
import { FaultError } from '../../base/fault.ts';
import { must } from '../../base/must.ts';
import type { Binding, Envelopes, Key } from '../envelope.ts';
import { KEY_BYTES, lockedBytes, wipe } from '../locked-memory.ts';
import { type RootKey, type RootVersion, rootVersionOf } from '../root-key.ts';
import {
  type FileVersion,
  formatKeyFile,
  KEY_FILE_BYTES_MAX,
  type KeyFile,
  parseKeyFile,
  type Stretched,
  VERSIONS_MAX,
} from './key-file.ts';
import { createOwnedFile, type Files, readOwnedFile, replaceOwnedFile, systemFiles } from './owned-file.ts';
import {
  NONCE_BYTES,
  openUnder,
  PASSPHRASE_BYTES_MAX,
  PASSPHRASE_BYTES_MIN,
  type PassphraseCost,
  passphraseCost,
  SALT_BYTES,
  stretch,
} from './passphrase.ts';

export interface FileRootOptions {
  readonly path: string;
  readonly envelopes: Envelopes;
  readonly entropy: Entropy;
  readonly nowMs: () => number;
  /** What a passphrase that is set from now on costs. */
  readonly cost?: PassphraseCost;
  readonly files?: Files;
}

/** Whether there is anything at `path`, a dangling link included. */
export const rootKeyExists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** Makes a root key file: 32 octets, for its owner only. Where another process was first, its file stays. */
export function createRootKey(path: string, entropy: Entropy, files: Files = systemFiles): void {
  createOwnedFile(path, entropy.fill(lockedBytes(KEY_BYTES)), entropy, files);
}

/** The root key in a file that only its owner can read, sealed with a passphrase if he likes. */
export class FileRootKey implements RootKey {
  readonly kind = 'file';
  readonly #options: FileRootOptions;
  #versions: readonly FileVersion[];
  /** The keys of all versions, in their order. */
  #keys: Buffer;
  #stretched: Stretched | null;

  private constructor(options: FileRootOptions, file: KeyFile, keys: Buffer, stretched: Stretched | null) {
    this.#options = options;
    this.#versions = file.versions;
    this.#keys = keys;
    this.#stretched = stretched;
  }

  /**
   * Takes the key from its file. Throws `root_key_missing`, `root_key_unsafe`, `passphrase_needed` where it is sealed and
   * none was given, `passphrase_wrong` where it does not open.
   */
  static async open(options: FileRootOptions, passphrase: Buffer | null = null): Promise<FileRootKey> {
    const file = readKeyFile(options.path);
    if (file.sealed === null) return new FileRootKey(options, file, file.body, null);
    if (passphrase === null) throw new FaultError('passphrase_needed');
    const key = await stretch(passphrase, file.sealed.salt, file.sealed.cost);
    const keys = openUnder(key, file.body, file.header);
    if (keys !== null) return new FileRootKey(options, file, keys, { ...file.sealed, key });
    wipe(key);
    throw new FaultError('passphrase_wrong');
  }

  get isSealed(): boolean {
    return this.#stretched !== null;
  }

  async wrap(plain: Buffer, binding: Binding): Promise<Buffer> {
    const latest = this.#keyOf(this.#latest.version);
    must(latest !== null, 'the latest version has a key');
    return this.#options.envelopes.seal(plain, binding, latest);
  }

  async unwrapInto(plain: Buffer, wrapped: Buffer, binding: Binding): Promise<void> {
    const version = rootVersionOf(wrapped);
    if (this.#keyOf(version) === null) this.reread();
    const key = this.#keyOf(version);
    if (key === null) throw mismatch('It was wrapped by a version of the root key that is not in its file.');
    try {
      if (this.#options.envelopes.openInto(plain, wrapped, binding, key)) return;
    } catch (cause) {
      throw new FaultError('root_key_mismatch', {}, cause);
    }
    throw mismatch('A key of the database was wrapped by another kind of root key.');
  }

  /**
   * Takes up what the file says now, where another gateway has made a version or forgotten one. Where the file cannot be
   * read, has another passphrase, or does not hold the latest version that is known here, it throws why, and everything is as
   * it was: an older copy, or another key, is never taken up.
   */
  reread(): void {
    const { file, keys } = this.#readAgain();
    const at = file.versions.findIndex(({ version }) => version === this.#latest.version);
    const latest = this.#keyOf(this.#latest.version);
    const isOurs = at !== -1 && timingSafeEqual(keyAt(keys, at), latest!.bytes);
    if (!isOurs) wipe(keys);
    if (!isOurs) throw mismatch(`The file does not hold the version ${this.#latest.version} that is in use.`);
    this.#hold(file.versions, keys, file.sealed === null ? null : this.#stretched);
  }

  versions(): Promise<readonly RootVersion[]> {
    return Promise.resolve(this.#versions);
  }

  async renew(): Promise<RootVersion> {
    this.reread();
    if (this.#versions.length === VERSIONS_MAX)
      throw new FaultError('root_key_unsafe', { detail: `A root key file holds ${VERSIONS_MAX} versions at most.` });
    const made = { version: this.#latest.version + 1, madeAtMs: this.#options.nowMs() };
    const keys = lockedBytes(this.#keys.length + KEY_BYTES);
    this.#keys.copy(keys);
    this.#options.entropy.fill(keys.subarray(this.#keys.length));
    this.#store([...this.#versions, made], keys, this.#stretched);
    return made;
  }

  async forget(version: number): Promise<void> {
    this.reread();
    const at = this.#versions.findIndex((one) => one.version === version);
    if (at === -1) return;
    must(at < this.#versions.length - 1, 'the latest version of a root key is not forgotten');
    const keys = lockedBytes(this.#keys.length - KEY_BYTES);
    this.#keys.copy(keys, 0, 0, at * KEY_BYTES);
    this.#keys.copy(keys, at * KEY_BYTES, (at + 1) * KEY_BYTES);
    this.#store(this.#versions.toSpliced(at, 1), keys, this.#stretched);
  }

  /**
   * Seals the file with another passphrase, or with none (null). `current` is the one it has, null where it has none;
   * throws `passphrase_wrong` where it is not, and `passphrase_weak`.
   */
  async changePassphrase(current: Buffer | null, next: Buffer | null): Promise<void> {
    this.reread();
    if (!(await this.#isPassphrase(current))) throw new FaultError('passphrase_wrong');
    const { entropy, cost = passphraseCost } = this.#options;
    const length = next?.length ?? PASSPHRASE_BYTES_MIN;
    if (length < PASSPHRASE_BYTES_MIN || length > PASSPHRASE_BYTES_MAX) throw new FaultError('passphrase_weak');
    const salt = entropy.fill(Buffer.alloc(SALT_BYTES));
    const stretched = next === null ? null : { key: await stretch(next, salt, cost), salt, cost };
    this.#store(this.#versions, this.#keys, stretched);
  }

  close(): void {
    wipe(this.#keys);
    if (this.#stretched !== null) wipe(this.#stretched.key);
  }

  /** Writes the file, and holds to what it wrote. */
  #store(versions: readonly FileVersion[], keys: Buffer, stretched: Stretched | null): void {
    const { path, entropy, files = systemFiles } = this.#options;
    const copy = lockedBytes(keys.length);
    keys.copy(copy);
    const nonce = entropy.fill(Buffer.alloc(NONCE_BYTES));
    const bytes = formatKeyFile(versions, copy, stretched, nonce);
    wipe(copy);
    replaceOwnedFile(path, bytes, files);
    this.#hold(versions, keys, stretched);
  }

  #readAgain(): { file: KeyFile; keys: Buffer } {
    const file = readKeyFile(this.#options.path);
    if (file.sealed === null) return { file, keys: file.body };
    const isSame = this.#stretched?.salt.equals(file.sealed.salt) === true;
    const keys = isSame ? openUnder(this.#stretched!.key, file.body, file.header) : null;
    if (keys !== null) return { file, keys };
    throw new FaultError('passphrase_needed', {
      detail: 'The root key file has another passphrase since it was opened.',
    });
  }

  #hold(versions: readonly FileVersion[], keys: Buffer, stretched: Stretched | null): void {
    if (keys !== this.#keys) wipe(this.#keys);
    if (this.#stretched !== null && this.#stretched !== stretched) wipe(this.#stretched.key);
    this.#versions = versions;
    this.#keys = keys;
    this.#stretched = stretched;
  }

  async #isPassphrase(given: Buffer | null): Promise<boolean> {
    if (this.#stretched === null || given === null) return this.#stretched === null && given === null;
    const { key: expected, salt, cost } = this.#stretched;
    const key = await stretch(given, salt, cost);
    const isIt = timingSafeEqual(key, expected);
    wipe(key);
    return isIt;
  }

  get #latest(): FileVersion {
    const latest = this.#versions.at(-1);
    must(latest !== undefined, 'a root key has a version');
    return latest;
  }

  #keyOf(version: number): Key | null {
    const at = this.#versions.findIndex((one) => one.version === version);
    return at === -1 ? null : { version, bytes: keyAt(this.#keys, at) };
  }
}

const keyAt = (keys: Buffer, at: number): Buffer => keys.subarray(at * KEY_BYTES, (at + 1) * KEY_BYTES);

const readKeyFile = (path: string): KeyFile =>
  parseKeyFile(
    path,
    readOwnedFile({ what: 'root key file', path, bytesMax: KEY_FILE_BYTES_MAX, missing: 'root_key_missing' }),
  );

const mismatch = (detail: string): FaultError => new FaultError('root_key_mismatch', { detail });
