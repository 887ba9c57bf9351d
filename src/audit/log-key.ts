import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Entropy } from '../base/entropy.ts';
import { FaultError } from '../base/fault.ts';
import { Secret } from '../base/secret.ts';
import { GATEWAY_ACCOUNT, type Vault } from '../vault/index.ts';
import type { AuditStore } from './audit-store.ts';

export interface LogKeyParts {
  readonly vault: Vault;
  readonly entropy: Entropy;
  /** Null for a name that is drawn where there is none yet. */
  readonly origin: string | null;
}

const SEED_BYTES = 32;
/** PKCS #8 of an Ed25519 key, up to its seed (RFC 8410 §7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key that signs the log's checkpoints, and the name it signs them under. */
export class LogKey {
  readonly origin: string;
  readonly publicKey: Buffer;
  readonly #key: KeyObject;

  constructor(origin: string, seed: Buffer) {
    this.origin = origin;
    this.#key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
    this.publicKey = createPublicKey(this.#key).export({ format: 'der', type: 'spki' }).subarray(-32);
  }

  /** The key of the log of this database; made where there is none. Throws `invalid_setting` for another name. */
  static async load(store: AuditStore, { vault, entropy, origin }: LogKeyParts): Promise<LogKey> {
    const [row] = await store.keys();
    if (!row) return LogKey.#make(store, { vault, entropy, origin });
    if (origin !== null && origin !== row.origin) {
      const detail = `audit.origin is ${origin}, and the log of this database is ${row.origin}: a log keeps its name.`;
      throw new FaultError('invalid_setting', { detail });
    }
    const seed = vault.openSecret('audit key', GATEWAY_ACCOUNT, row.id, row.sealedKey);
    if (seed === null) throw new FaultError('key_unusable');
    return new LogKey(row.origin, Buffer.from(seed.reveal(), 'base64'));
  }

  static async #make(store: AuditStore, { vault, entropy, origin }: LogKeyParts): Promise<LogKey> {
    const seed = entropy.fill(Buffer.alloc(SEED_BYTES));
    const name = origin ?? `sallyport/${entropy.fill(Buffer.alloc(8)).toString('hex')}`;
    const key = new LogKey(name, seed);
    const secret = new Secret(seed.toString('base64'));
    await store.addKey(name, key.publicKey, (id) => vault.sealSecret('audit key', GATEWAY_ACCOUNT, id, secret));
    return key;
  }

  sign({ size, root }: { readonly size: number; readonly root: Buffer }): string {
    const text = `${this.origin}\n${size}\n${root.toString('base64')}\n`;
    const signature = Buffer.concat([this.#id(), sign(null, Buffer.from(text), this.#key)]).toString('base64');
    return `${text}\n— ${this.origin} ${signature}\n`;
  }

  /** What a checkpoint of this log says; null for any other text. */
  open(note: string): { size: number; root: Buffer } | null {
    const [text = '', signatures = ''] = note.split('\n\n');
    const [origin, size = '', root = ''] = text.split('\n');
    const signature = Buffer.from(signatures.split(' ')[2] ?? '', 'base64').subarray(4);
    const isOurs = verify(null, Buffer.from(`${text}\n`), createPublicKey(this.#key), signature);
    return origin === this.origin && isOurs ? { size: Number(size), root: Buffer.from(root, 'base64') } : null;
  }

  #id(): Buffer {
    const hash = createHash('sha256')
      .update(`${this.origin}\n`)
      .update(Buffer.from([1]))
      .update(this.publicKey);
    return hash.digest().subarray(0, 4);
  }
}
