import type { Entropy } from '../base/entropy.ts';
import { FaultError } from '../base/fault.ts';
import { Secret } from '../base/secret.ts';
import { GATEWAY_ACCOUNT, type Vault } from '../vault/index.ts';
import type { AuditStore } from './audit-store.ts';
import {
  type Checkpoint,
  formatVerifierKey,
  isKeyName,
  openCheckpoint,
  SEED_BYTES,
  type SignerKey,
  signCheckpoint,
  signerKey,
  type TreeHead,
  type TrustPolicy,
} from './tree/index.ts';

export interface LogKeyParts {
  readonly vault: Vault;
  readonly entropy: Entropy;
  /** Null for a name that is drawn where there is none yet. */
  readonly origin: string | null;
}

/** The key that signs the log's checkpoints, and the name it signs them under. */
export class LogKey {
  /** Unix ms. */
  readonly madeAtMs: number;
  readonly #key: SignerKey;

  constructor(origin: string, seed: Buffer, madeAtMs: number) {
    this.madeAtMs = madeAtMs;
    this.#key = signerKey('ed25519', origin, seed);
  }

  get origin(): string {
    return this.#key.name;
  }

  /** What is handed to whoever verifies (C2SP signed-note). */
  get verifier(): string {
    return formatVerifierKey(this.#key);
  }

  /** Whose checkpoints are those of this log. */
  get policy(): TrustPolicy {
    return { origin: this.origin, logKeys: [this.#key], witnesses: [], quorum: 0 };
  }

  /** The key of the log of this database; made where there is none. Throws `invalid_setting` for another name. */
  static async load(store: AuditStore, { vault, entropy, origin }: LogKeyParts): Promise<LogKey> {
    if (origin !== null && !isKeyName(origin)) {
      throw new FaultError('invalid_setting', { detail: 'audit.origin has neither spaces nor a plus sign.' });
    }
    const key = await LogKey.find(store, vault);
    if (key === null) {
      await LogKey.#make(store, { vault, entropy, origin });
      return LogKey.load(store, { vault, entropy, origin });
    }
    if (origin !== null && origin !== key.origin) {
      const detail = `audit.origin is ${origin}, and the log of this database is ${key.origin}: a log keeps its name.`;
      throw new FaultError('invalid_setting', { detail });
    }
    return key;
  }

  /** The key of the log of this database; null where there is none yet. Throws `key_unusable` or `seal_broken`. */
  static async find(store: AuditStore, vault: Pick<Vault, 'openSecret'>): Promise<LogKey | null> {
    const [row] = await store.keys();
    if (!row) return null;
    const seed = vault.openSecret('audit key', GATEWAY_ACCOUNT, row.id, row.sealedKey);
    if (seed === null) throw new FaultError('key_unusable');
    return new LogKey(row.origin, Buffer.from(seed.reveal(), 'base64'), row.madeAtMs);
  }

  static async #make(store: AuditStore, { vault, entropy, origin }: LogKeyParts): Promise<void> {
    const seed = entropy.fill(Buffer.alloc(SEED_BYTES));
    const name = origin ?? `sallyport/${entropy.fill(Buffer.alloc(8)).toString('hex')}`;
    const { publicKey } = signerKey('ed25519', name, seed);
    const secret = new Secret(seed.toString('base64'));
    await store.addKey(name, publicKey, (id) => vault.sealSecret('audit key', GATEWAY_ACCOUNT, id, secret));
  }

  sign({ size, root }: TreeHead): string {
    return signCheckpoint({ origin: this.origin, size, root, extensions: [] }, [this.#key], 0);
  }

  /** What a checkpoint of this log says; null for any other text. */
  open(note: string): Checkpoint | null {
    const opened = openCheckpoint(Buffer.from(note), this.policy);
    return typeof opened === 'string' ? null : opened.checkpoint;
  }
}
