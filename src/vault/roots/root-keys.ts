import type { Clock } from '../../base/clock.ts';
import type { Entropy } from '../../base/entropy.ts';
import { FaultError } from '../../base/fault.ts';
import { type Binding, Envelopes } from '../envelope.ts';
import { wipe } from '../locked-memory.ts';
import { kindOfWrapped, type RootKey, type RootKind, type RootVersion, rootKinds } from '../root-key.ts';
import { Attempts } from './attempts.ts';
import { createRootKey, FileRootKey, type FileRootOptions, rootKeyExists } from './file-root-key.ts';
import { KmsKeeper, type KmsOptions } from './kms/kms-keeper.ts';
import { removeLeftover } from './owned-file.ts';
import { PASSPHRASE_BYTES_MAX } from './passphrase.ts';
import { type KeyKeeper, RemoteRootKey } from './remote-root-key.ts';
import { readSecret } from './secret-pipe.ts';
import { TokenKeeper, type TokenOptions } from './token/token-keeper.ts';

/** Where root keys are: the one in force, and others whose settings are there, which open what they once wrapped. */
export interface RootSettings {
  readonly inForce: RootKind;
  readonly file: {
    readonly path: string;
    /** A file or pipe with its passphrase; null where a person gives it, or there is none. */
    readonly passphraseFile: string | null;
  };
  readonly pkcs11: Omit<TokenOptions, 'clock' | 'entropy'> | null;
  readonly kms: Omit<KmsOptions, 'clock' | 'entropy'> | null;
}

export interface RootKeysOptions {
  readonly settings: RootSettings;
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** What a passphrase that is set costs, where it is not the usual. */
  readonly cost?: FileRootOptions['cost'];
}

/**
 * The root keys of a gateway. What is wrapped says under which kind of root key it is, so one that was in force until
 * yesterday opens what it wrapped, and everything new is wrapped under the one that is.
 */
export class RootKeys implements RootKey {
  readonly kind: RootKind;
  readonly #options: RootKeysOptions;
  readonly #envelopes: Envelopes;
  readonly #attempts: Attempts;
  readonly #remote = new Map<RootKind, RemoteRootKey>();
  #file: FileRootKey | null = null;

  constructor(options: RootKeysOptions) {
    this.kind = options.settings.inForce;
    this.#options = options;
    this.#envelopes = new Envelopes(options.entropy);
    this.#attempts = new Attempts(options.clock);
  }

  /**
   * Makes the key in force where nothing was ever wrapped under it and it is not there. `tagsInUse`: the first octets of
   * what is wrapped. Whoever calls it has the file for himself, or no other gateway replaces it.
   */
  async prepare(tagsInUse: readonly number[]): Promise<void> {
    const { settings, entropy } = this.#options;
    const isNew = !tagsInUse.includes(rootKinds[this.kind]);
    if (!isNew) return;
    const { path } = settings.file;
    if (this.kind === 'file' && !rootKeyExists(path)) createRootKey(path, entropy);
    if (this.kind === 'pkcs11' && (await this.versions()).length === 0) await this.renew();
  }

  async wrap(plain: Buffer, binding: Binding): Promise<Buffer> {
    return await (await this.#of(this.kind)).wrap(plain, binding);
  }

  async unwrapInto(plain: Buffer, wrapped: Buffer, binding: Binding): Promise<void> {
    const kind = kindOfWrapped(wrapped);
    if (kind === null)
      throw new FaultError('root_key_mismatch', {
        detail: 'A key of the database was wrapped in a way that is not known here.',
      });
    await (await this.#of(kind)).unwrapInto(plain, wrapped, binding);
  }

  async versions(): Promise<readonly RootVersion[]> {
    return await (await this.#of(this.kind)).versions();
  }

  async renew(): Promise<RootVersion> {
    return await (await this.#of(this.kind)).renew();
  }

  async forget(version: number): Promise<void> {
    await (await this.#of(this.kind)).forget(version);
  }

  /** As `FileRootKey.reread`; nothing of a key that is not in a file, whose keeper is asked each time. */
  reread(): void {
    this.#file?.reread();
  }

  /**
   * Opens the key in the file with its passphrase. Throws `passphrase_wrong`, then `passphrase_too_soon` for a while, and
   * nothing has changed; what else may be wrong with the file as it is opened at any time.
   */
  async unlock(passphrase: Buffer): Promise<void> {
    await this.#attempts.make(async () => {
      const opened = await FileRootKey.open(this.#fileOptions, passphrase);
      this.#file?.close();
      this.#file = opened;
    });
  }

  /** As `FileRootKey.changePassphrase`, with the delay that wrong ones have. Throws `invalid_setting` for other kinds. */
  async changePassphrase(current: Buffer | null, next: Buffer | null): Promise<void> {
    if (this.kind !== 'file')
      throw new FaultError('invalid_setting', { detail: 'Only a root key in a file has a passphrase.' });
    const file = await this.#openFile();
    await this.#attempts.make(() => file.changePassphrase(current, next));
  }

  /** Whether the key in the file has a passphrase; false for other kinds. */
  get hasPassphrase(): boolean {
    return this.kind === 'file' && this.#file?.isSealed === true;
  }

  close(): void {
    this.#file?.close();
    this.#file = null;
    for (const root of this.#remote.values()) root.close();
    this.#remote.clear();
  }

  async #of(kind: RootKind): Promise<RootKey> {
    return kind === 'file' ? await this.#openFile() : this.#remoteOf(kind);
  }

  async #openFile(): Promise<FileRootKey> {
    if (this.#file !== null) return this.#file;
    removeLeftover(this.#options.settings.file.path);
    const opened = await this.#readFile();
    // Another question may have opened it meanwhile, and keys are wiped with what holds them.
    if (this.#file !== null) opened.close();
    this.#file ??= opened;
    return this.#file;
  }

  async #readFile(): Promise<FileRootKey> {
    try {
      return await FileRootKey.open(this.#fileOptions);
    } catch (error) {
      const { passphraseFile } = this.#options.settings.file;
      const isNeeded = error instanceof FaultError && error.fault.code === 'passphrase_needed';
      if (!isNeeded || passphraseFile === null) throw error;
      return await this.#readFileWith(passphraseFile);
    }
  }

  async #readFileWith(path: string): Promise<FileRootKey> {
    const file = {
      what: 'passphrase file',
      path,
      bytesMax: PASSPHRASE_BYTES_MAX,
      missing: 'passphrase_needed',
    } as const;
    const passphrase = await readSecret(file, this.#options.clock);
    try {
      return await FileRootKey.open(this.#fileOptions, passphrase);
    } finally {
      wipe(passphrase);
    }
  }

  #remoteOf(kind: KeyKeeper['kind']): RemoteRootKey {
    const known = this.#remote.get(kind);
    if (known !== undefined) return known;
    const made = new RemoteRootKey(this.#keeperOf(kind), this.#envelopes, this.#options.entropy);
    this.#remote.set(kind, made);
    return made;
  }

  #keeperOf(kind: KeyKeeper['kind']): KeyKeeper {
    const { settings, clock, entropy } = this.#options;
    if (kind === 'pkcs11' && settings.pkcs11 !== null) return new TokenKeeper({ ...settings.pkcs11, clock, entropy });
    if (kind === 'kms' && settings.kms !== null) return new KmsKeeper({ ...settings.kms, clock, entropy });
    const detail = `Keys of the database are wrapped by a root key in another place, and the settings ${kind}.* do not say where.`;
    throw new FaultError('root_key_missing', { detail });
  }

  get #fileOptions(): FileRootOptions {
    const { settings, clock, entropy, cost } = this.#options;
    const own = { path: settings.file.path, envelopes: this.#envelopes, entropy, nowMs: () => clock.now() };
    return cost === undefined ? own : { ...own, cost };
  }
}
