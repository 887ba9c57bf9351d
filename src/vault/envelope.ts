import sodium from 'sodium-native';
import { type Entropy, EntropyPool } from '../base/entropy.ts';
import { FaultError } from '../base/fault.ts';
import type { Id } from '../base/id.ts';

/** What an envelope is for, and the byte that stands for it. A number is never given to another purpose. */
export const purposes = {
  'account key': 1,
  'day key': 2,
  'index key': 3,
  'record key': 4,
  'recipient key': 5,
  number: 6,
  body: 7,
  'carrier secret': 8,
  'webhook secret': 9,
  'audit key': 10,
  'code key': 11,
} as const;
export type Purpose = keyof typeof purposes;

/** Where an envelope belongs. It opens there and nowhere else. */
export interface Binding {
  readonly purpose: Purpose;
  readonly accountId: number;
  /** The row it belongs to: its id, or its number up to 2^53. */
  readonly record: Id | number;
  /** Which version of that row; 0 where a row has but one. */
  readonly revision: number;
}

/** A key, and the version by which an envelope names it (1 to 32767, as `vault.key` counts). */
export interface Key {
  readonly version: number;
  readonly bytes: Buffer;
}

/** XChaCha20-Poly1305-IETF (draft-irtf-cfrg-xchacha-03). Every other value of the first byte is somebody else's. */
const XCHACHA20_POLY1305 = 1;
const KEY_VERSION_AT = 1;
const NONCE_AT = 3;
const NONCE_BYTES = 24;
const SEALED_AT = NONCE_AT + NONCE_BYTES;
const TAG_BYTES = 16;
const TWO_32 = 2 ** 32;

/** How much longer an envelope is than what it holds: algorithm 1, key version 2, nonce 24, tag 16. */
export const ENVELOPE_BYTES = SEALED_AT + TAG_BYTES;

/** The version of the key that an envelope was sealed under; 0, which no key has, where there is none to read. */
export const keyVersionOf = (envelope: Buffer): number =>
  envelope.length < NONCE_AT ? 0 : envelope.readUInt16BE(KEY_VERSION_AT);

/** How long a key of 32 bytes is when it is wrapped. */
export const WRAPPED_KEY_BYTES = 32 + ENVELOPE_BYTES;

const PURPOSE_AT = 3;
const ACCOUNT_AT = 4;
const REVISION_AT = 8;
const RECORD_AT = 10;
const ID_BYTES = 16;
const ASSOCIATED_BYTES = RECORD_AT + ID_BYTES;

/**
 * Seals and opens envelopes: algorithm (1 byte), version of the key (2), nonce (24), ciphertext, tag (16). What is
 * authenticated with it: algorithm and key version, purpose, account, revision, record. Buffers are allocated once, so
 * one message costs one view and no copy.
 *
 * Nonces are 192 random bits: 2^64 envelopes under one key would meet with a chance below 2^-64.
 */
export class Envelopes {
  readonly #random: EntropyPool;
  readonly #nonce = Buffer.alloc(NONCE_BYTES);
  readonly #associated = Buffer.alloc(ASSOCIATED_BYTES);

  constructor(entropy: Entropy) {
    this.#random = new EntropyPool(entropy);
  }

  /** Draws a new key into `target`. */
  drawKey(target: Buffer, at: number, byteCount: number): void {
    this.#random.draw(target, at, byteCount);
  }

  /** Writes an envelope of `plain.length + ENVELOPE_BYTES` octets into `target` from `at` on. */
  sealInto(target: Buffer, at: number, plain: Buffer, binding: Binding, key: Key): void {
    const associated = this.#associate(binding, key.version);
    target[at] = XCHACHA20_POLY1305;
    target.writeUInt16BE(key.version, at + 1);
    this.#random.draw(this.#nonce, 0, NONCE_BYTES);
    this.#nonce.copy(target, at + NONCE_AT);
    const sealed = target.subarray(at + SEALED_AT, at + ENVELOPE_BYTES + plain.length);
    sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, plain, associated, null, this.#nonce, key.bytes);
  }

  seal(plain: Buffer, binding: Binding, key: Key): Buffer {
    const envelope = Buffer.allocUnsafe(plain.length + ENVELOPE_BYTES);
    this.sealInto(envelope, 0, plain, binding, key);
    return envelope;
  }

  /**
   * Opens an envelope into `plain`, which is `plainBytes(envelope)` long. False when it is not ours: of another algorithm,
   * or under another version of the key. Throws `seal_broken` when it is ours and not authentic.
   */
  openInto(plain: Buffer, envelope: Buffer, binding: Binding, key: Key): boolean {
    if (envelope[0] !== XCHACHA20_POLY1305) return false;
    if (envelope.length !== plain.length + ENVELOPE_BYTES) throw broken(binding);
    if (envelope.readUInt16BE(1) !== key.version) return false;
    const associated = this.#associate(binding, key.version);
    const nonce = envelope.subarray(NONCE_AT, SEALED_AT);
    const sealed = envelope.subarray(SEALED_AT);
    try {
      sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(plain, null, sealed, associated, nonce, key.bytes);
    } catch (cause) {
      throw broken(binding, cause);
    }
    return true;
  }

  /** The same into a buffer of its own: what it holds, or null when it is not ours. */
  open(envelope: Buffer, binding: Binding, key: Key): Buffer | null {
    const plain = Buffer.allocUnsafe(Math.max(0, envelope.length - ENVELOPE_BYTES));
    return this.openInto(plain, envelope, binding, key) ? plain : null;
  }

  #associate(binding: Binding, keyVersion: number): Buffer {
    const associated = this.#associated;
    associated[0] = XCHACHA20_POLY1305;
    associated.writeUInt16BE(keyVersion, 1);
    writeBinding(associated, binding);
    return associated;
  }
}

function writeBinding(associated: Buffer, { purpose, accountId, record, revision }: Binding): void {
  associated[PURPOSE_AT] = purposes[purpose];
  associated.writeUInt32BE(accountId, ACCOUNT_AT);
  associated.writeUInt16BE(revision, REVISION_AT);
  if (typeof record === 'number') {
    associated.fill(0, RECORD_AT, RECORD_AT + ID_BYTES / 2);
    associated.writeUInt32BE(Math.floor(record / TWO_32), RECORD_AT + 8);
    associated.writeUInt32BE(record >>> 0, RECORD_AT + 12);
  } else {
    record.copy(associated, RECORD_AT, 0, ID_BYTES);
  }
}

/** A binding as octets, for whoever else authenticates it: purpose 1, account 4, revision 2, record 16. */
export function bindingBytes(binding: Binding): Buffer {
  const associated = Buffer.alloc(ASSOCIATED_BYTES);
  writeBinding(associated, binding);
  return associated.subarray(PURPOSE_AT);
}

const broken = ({ purpose, accountId }: Binding, cause?: unknown): FaultError =>
  new FaultError(
    'seal_broken',
    { detail: `The ${purpose} of account ${accountId} was altered, cut short, or belongs elsewhere.` },
    cause,
  );
