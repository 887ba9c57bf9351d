import type { Binding } from './envelope.ts';

/**
 * Where a root key may live, and the first byte of what is wrapped under it. A number is never given to another one: 1 is
 * also what an envelope of this vault begins with, for the key in a file wraps with one.
 */
export const rootKinds = { file: 1, pkcs11: 2, kms: 3 } as const;
export type RootKind = keyof typeof rootKinds;

/** The kind of root key that wrapped something, or null where it is none of ours. */
export const kindOfWrapped = (wrapped: Buffer): RootKind | null =>
  (Object.keys(rootKinds) as RootKind[]).find((kind) => rootKinds[kind] === wrapped[0]) ?? null;

/** The version of the root key that wrapped something: octets 1 and 2, whatever its kind. */
export const rootVersionOf = (wrapped: Buffer): number => wrapped.readUInt16BE(1);

/** What may be shown of a version of a root key. */
export interface RootVersion {
  readonly version: number;
  /** Unix ms; null where only its keeper knows. */
  readonly madeAtMs: number | null;
}

/**
 * Wraps account keys, and nothing else. It never hands out its key, so that the key may live in a file, a token or a
 * service. What it wraps says by itself under which kind and version, so several may be in use at a time.
 *
 * Beside the faults that are named here, each method throws those of its kind, as `root_key_missing`,
 * `root_key_unsafe`, `passphrase_needed`, `token_unavailable`, `kms_refused`.
 */
export interface RootKey {
  readonly kind: RootKind;
  /** Wraps under the latest version. */
  wrap(plain: Buffer, binding: Binding): Promise<Buffer>;
  /** Opens what `wrap` made into `plain`, which is locked memory. Throws `root_key_mismatch` where it does not open. */
  unwrapInto(plain: Buffer, wrapped: Buffer, binding: Binding): Promise<void>;
  /** Its versions, the latest last. */
  versions(): Promise<readonly RootVersion[]>;
  /** Makes another version, which is durable when this resolves, and wraps from then on. Older ones go on opening. */
  renew(): Promise<RootVersion>;
  /**
   * Destroys the key of an older version for good; nothing happens where it is not there. Throws `kms_refused` where its
   * keeper does that by itself.
   */
  forget(version: number): Promise<void>;
  /** Forgets the key. */
  close(): void;
}
