import { timingSafeEqual } from 'node:crypto';
import type { Entropy } from '../../base/entropy.ts';
import { FaultError } from '../../base/fault.ts';
import { type Binding, bindingBytes, ENVELOPE_BYTES, type Envelopes } from '../envelope.ts';
import { KEY_BYTES, lockedBytes, wipe } from '../locked-memory.ts';
import { type RootKey, type RootKind, type RootVersion, rootKinds, rootVersionOf } from '../root-key.ts';

/** What keeps a root key outside of this process, and wraps 32 octets when it is asked. */
export interface KeyKeeper {
  readonly kind: Exclude<RootKind, 'file'>;
  /**
   * Wraps under the latest version. `context` is authenticated with it. What comes back is at most `WRAPPED_BYTES_MAX`
   * long.
   */
  wrap(plain: Buffer, context: Buffer): Promise<{ readonly version: number; readonly wrapped: Buffer }>;
  /** Writes into `plain`, which is locked memory. Throws `root_key_mismatch` where it does not open. */
  unwrapInto(plain: Buffer, wrapped: Buffer, context: Buffer, version: number): Promise<void>;
  versions(): Promise<readonly RootVersion[]>;
  renew(): Promise<RootVersion>;
  forget(version: number): Promise<void>;
  close(): void;
}

/** So that a keeper gone wrong does not fill the database. */
export const WRAPPED_BYTES_MAX = 4096;

const VERSION_AT = 1;
const LENGTH_AT = 3;
const WRAPPED_AT = 5;

/**
 * A root key in a token or a service. For each account key a key of its own is drawn, which the keeper wraps and which
 * seals the account key. So the keeper never sees an account key, and what it answers is authenticated whatever it
 * answers: an answer that was altered does not open.
 *
 * Wrapped: kind 1, version 2, length 2, what the keeper gave, the envelope of the account key.
 */
export class RemoteRootKey implements RootKey {
  readonly kind: RootKind;
  readonly #keeper: KeyKeeper;
  readonly #envelopes: Envelopes;
  readonly #entropy: Entropy;

  constructor(keeper: KeyKeeper, envelopes: Envelopes, entropy: Entropy) {
    this.kind = keeper.kind;
    this.#keeper = keeper;
    this.#envelopes = envelopes;
    this.#entropy = entropy;
  }

  async wrap(plain: Buffer, binding: Binding): Promise<Buffer> {
    const bytes = this.#entropy.fill(lockedBytes(KEY_BYTES));
    try {
      const context = bindingBytes(binding);
      const { version, wrapped } = await this.#keeper.wrap(bytes, context);
      await this.#check(bytes, wrapped, context, version);
      const envelope = this.#envelopes.seal(plain, binding, { version, bytes });
      return Buffer.concat([this.#head(version, wrapped.length), wrapped, envelope]);
    } finally {
      wipe(bytes);
    }
  }

  async unwrapInto(plain: Buffer, wrapped: Buffer, binding: Binding): Promise<void> {
    const parts = partsOf(wrapped);
    if (parts === null) throw new FaultError('root_key_mismatch', { detail: 'A wrapped key was cut short.' });
    const bytes = lockedBytes(KEY_BYTES);
    const { version } = parts;
    try {
      await this.#keeper.unwrapInto(bytes, parts.wrapped, bindingBytes(binding), version);
      this.#openInto(plain, parts.envelope, binding, { version, bytes });
    } finally {
      wipe(bytes);
    }
  }

  versions(): Promise<readonly RootVersion[]> {
    return this.#keeper.versions();
  }

  renew(): Promise<RootVersion> {
    return this.#keeper.renew();
  }

  forget(version: number): Promise<void> {
    return this.#keeper.forget(version);
  }

  close(): void {
    this.#keeper.close();
  }

  /** What is wrapped is unwrapped once before it is relied on: a keeper that answers nonsense would cost the account. */
  async #check(bytes: Buffer, wrapped: Buffer, context: Buffer, version: number): Promise<void> {
    const again = lockedBytes(KEY_BYTES);
    try {
      await this.#keeper.unwrapInto(again, wrapped, context, version);
      if (!timingSafeEqual(again, bytes))
        throw new FaultError('root_key_mismatch', { detail: 'What was wrapped does not unwrap to the same.' });
    } finally {
      wipe(again);
    }
  }

  #openInto(plain: Buffer, envelope: Buffer, binding: Binding, key: { version: number; bytes: Buffer }): void {
    try {
      if (this.#envelopes.openInto(plain, envelope, binding, key)) return;
    } catch (cause) {
      throw new FaultError('root_key_mismatch', {}, cause);
    }
    throw new FaultError('root_key_mismatch');
  }

  #head(version: number, length: number): Buffer {
    const head = Buffer.alloc(WRAPPED_AT);
    head[0] = rootKinds[this.kind];
    head.writeUInt16BE(version, VERSION_AT);
    head.writeUInt16BE(length, LENGTH_AT);
    return head;
  }
}

function partsOf(all: Buffer): { version: number; wrapped: Buffer; envelope: Buffer } | null {
  if (all.length < WRAPPED_AT) return null;
  const end = WRAPPED_AT + all.readUInt16BE(LENGTH_AT);
  if (all.length !== end + KEY_BYTES + ENVELOPE_BYTES) return null;
  return { version: rootVersionOf(all), wrapped: all.subarray(WRAPPED_AT, end), envelope: all.subarray(end) };
}
