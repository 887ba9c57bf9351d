import {
  createHash,
  createPrivateKey,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  type KeyObject,
} from 'node:crypto';
import type { Entropy } from '../base/entropy.ts';
import { must } from '../base/must.ts';

/**
 * X-Wing (draft-connolly-cfrg-xwing-kem §5): ML-KEM-768 and X25519 in one, so that what is sealed today stays closed
 * to whoever keeps it for a quantum computer, and to whoever breaks the younger of the two.
 */
export const SEED_BYTES = 32;
export const PUBLIC_BYTES = 1216;
export const CIPHERTEXT_BYTES = 1120;

const ML_KEM_PUBLIC_BYTES = 1184;
const ML_KEM_CIPHERTEXT_BYTES = 1088;
const ML_KEM_SEED_BYTES = 64;
const X25519_BYTES = 32;
/** `\./` over `/^\`, as the draft draws it. */
const LABEL = Buffer.from('5c2e2f2f5e5c', 'hex');

interface PrivateKeys {
  readonly mlKem: KeyObject;
  readonly x25519: KeyObject;
}

function expand(seed: Buffer): PrivateKeys {
  must(seed.length === SEED_BYTES, 'a seed of X-Wing has 32 octets');
  const long = createHash('shake256', { outputLength: ML_KEM_SEED_BYTES + X25519_BYTES })
    .update(seed)
    .digest();
  const mlKem = createPrivateKey({
    key: long.subarray(0, ML_KEM_SEED_BYTES),
    format: 'raw-seed',
    asymmetricKeyType: 'ml-kem-768',
  });
  const x25519 = privateX25519(long.subarray(ML_KEM_SEED_BYTES));
  long.fill(0);
  return { mlKem, x25519 };
}

const privateX25519 = (key: Buffer): KeyObject =>
  createPrivateKey({ key, format: 'raw-private', asymmetricKeyType: 'x25519' });

const publicX25519 = (key: Buffer): KeyObject =>
  createPublicKey({ key, format: 'raw-public', asymmetricKeyType: 'x25519' });

const rawPublic = (key: KeyObject): Buffer => createPublicKey(key).export({ format: 'raw-public' });

/** The public key of a seed: 1,216 octets. */
export function publicKeyOf(seed: Buffer): Buffer {
  const { mlKem, x25519 } = expand(seed);
  return Buffer.concat([rawPublic(mlKem), rawPublic(x25519)]);
}

/** Draws a secret of 32 octets that only the owner of `publicKey` finds in `ciphertext`. */
export function seal(publicKey: Buffer, entropy: Entropy): { secret: Buffer; ciphertext: Buffer } {
  must(publicKey.length === PUBLIC_BYTES, 'a public key of X-Wing has 1,216 octets');
  const mlKem = createPublicKey({
    key: publicKey.subarray(0, ML_KEM_PUBLIC_BYTES),
    format: 'raw-public',
    asymmetricKeyType: 'ml-kem-768',
  });
  const theirs = publicKey.subarray(ML_KEM_PUBLIC_BYTES);
  // OpenSSL draws the randomness of ML-KEM itself: its interface takes none.
  const inner = encapsulate(mlKem);
  const ephemeral = privateX25519(entropy.fill(Buffer.alloc(X25519_BYTES)));
  const ours = rawPublic(ephemeral);
  const shared = diffieHellman({ privateKey: ephemeral, publicKey: publicX25519(theirs) });
  return {
    secret: combine(inner.sharedKey, shared, ours, theirs),
    ciphertext: Buffer.concat([inner.ciphertext, ours]),
  };
}

/** The secret of a ciphertext. With another's key or an altered ciphertext it is some other secret, or null. */
export function open(seed: Buffer, ciphertext: Buffer): Buffer | null {
  if (ciphertext.length !== CIPHERTEXT_BYTES) return null;
  const { mlKem, x25519 } = expand(seed);
  const theirs = ciphertext.subarray(ML_KEM_CIPHERTEXT_BYTES);
  try {
    const inner = decapsulate(mlKem, ciphertext.subarray(0, ML_KEM_CIPHERTEXT_BYTES));
    const shared = diffieHellman({ privateKey: x25519, publicKey: publicX25519(theirs) });
    return combine(inner, shared, theirs, rawPublic(x25519));
  } catch {
    return null; // a point of small order: OpenSSL refuses the secret that everybody knows
  }
}

function combine(inner: Buffer, shared: Buffer, ciphertext: Buffer, publicKey: Buffer): Buffer {
  const parts = [inner, shared, ciphertext, publicKey, LABEL];
  const secret = parts.reduce((hash, part) => hash.update(part), createHash('sha3-256')).digest();
  for (const part of [inner, shared]) part.fill(0);
  return secret;
}
