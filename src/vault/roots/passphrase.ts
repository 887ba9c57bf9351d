import sodium from 'sodium-native';
import { must } from '../../base/must.ts';
import { KEY_BYTES, lockedBytes, wipe } from '../locked-memory.ts';

/** What one guess at a passphrase costs. One lane: libsodium knows no other. */
export interface PassphraseCost {
  readonly memoryKib: number;
  readonly passes: number;
}

/** The `MODERATE` cost of libsodium: 256 MiB and three passes, about half a second. */
export const passphraseCost: PassphraseCost = { memoryKib: 262_144, passes: 3 };

/** RFC 9106 §4 recommends 64 MiB and three passes where memory is short. Nothing cheaper is made or opened. */
export const leastPassphraseCost: PassphraseCost = { memoryKib: 65_536, passes: 3 };

/** A file that asks for more would have the gateway killed for want of memory, or wait for minutes. */
export const mostPassphraseCost: PassphraseCost = { memoryKib: 1_048_576, passes: 16 };

export const isSensibleCost = ({ memoryKib, passes }: PassphraseCost): boolean =>
  memoryKib >= leastPassphraseCost.memoryKib &&
  memoryKib <= mostPassphraseCost.memoryKib &&
  passes >= leastPassphraseCost.passes &&
  passes <= mostPassphraseCost.passes;

/** Twelve characters of a generator hold 60 bits or more. What people think of holds less, so longer is better. */
export const PASSPHRASE_BYTES_MIN = 12;
export const PASSPHRASE_BYTES_MAX = 1024;

export const SALT_BYTES = sodium.crypto_pwhash_SALTBYTES;
export const NONCE_BYTES = sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
export const TAG_BYTES = sodium.crypto_aead_xchacha20poly1305_ietf_ABYTES;
const KIB = 1024;

/** The key behind a passphrase, by Argon2id off the loop, in locked memory; whoever gets it wipes it. */
export async function stretch(passphrase: Buffer, salt: Buffer, cost: PassphraseCost): Promise<Buffer> {
  must(isSensibleCost(cost), 'the cost of a passphrase is checked before it is paid');
  const key = lockedBytes(KEY_BYTES);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { passes, memoryKib } = cost;
  const algorithm = sodium.crypto_pwhash_ALG_ARGON2ID13;
  sodium.crypto_pwhash_async(key, passphrase, salt, passes, memoryKib * KIB, algorithm, (error) =>
    error ? reject(error) : resolve(),
  );
  await promise;
  return key;
}

/** Seals `plain` under a stretched passphrase: nonce, ciphertext, tag. `header` is authenticated with it. */
export function sealUnder(key: Buffer, nonce: Buffer, plain: Buffer, header: Buffer): Buffer {
  const sealed = Buffer.alloc(NONCE_BYTES + plain.length + TAG_BYTES);
  nonce.copy(sealed);
  const body = sealed.subarray(NONCE_BYTES);
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(body, plain, header, null, nonce, key);
  return sealed;
}

/** Opens it into locked memory; null where the passphrase is not the one, or the file was altered. */
export function openUnder(key: Buffer, sealed: Buffer, header: Buffer): Buffer | null {
  const plain = lockedBytes(sealed.length - NONCE_BYTES - TAG_BYTES);
  const [nonce, body] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)];
  try {
    sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(plain, null, body, header, nonce, key);
    return plain;
  } catch {
    wipe(plain);
    return null;
  }
}
