import { createPrivateKey, createPublicKey, hash, type KeyObject } from 'node:crypto';
import { must } from '../../base/must.ts';
import { decodeBase64 } from './strict-text.ts';

/**
 * The keys that sign notes, by what their signatures say. `type` is the octet that stands in key ids and in encoded keys
 * (C2SP signed-note, "Signature types"; C2SP tlog-cosignature): a plain Ed25519 signature over the text, as logs
 * make; a cosignature with its time, as witnesses make; the same with ML-DSA-44, which quantum computers do not break.
 */
export const keyKinds = {
  ed25519: { type: 0x01, algorithm: 'ed25519', seed: 'raw-private', publicBytes: 32, signatureBytes: 64 },
  'ed25519-cosignature': { type: 0x04, algorithm: 'ed25519', seed: 'raw-private', publicBytes: 32, signatureBytes: 64 },
  'ml-dsa-44-cosignature': {
    type: 0x06,
    algorithm: 'ml-dsa-44',
    seed: 'raw-seed',
    publicBytes: 1312,
    signatureBytes: 2420,
  },
} as const;

export type KeyKind = keyof typeof keyKinds;

/** Octets of the seed that a private key is made of, for each kind. */
export const SEED_BYTES = 32;

/** Whose signatures are looked for: (name, id) says which they are, the public key whether they are good. */
export interface VerifierKey {
  readonly kind: KeyKind;
  readonly name: string;
  /** The first four octets of the hash over name, type and public key. */
  readonly id: number;
  readonly publicKey: Buffer;
  readonly verifyWith: KeyObject;
}

export interface SignerKey extends VerifierKey {
  readonly signWith: KeyObject;
}

/** A key name: not empty, no Unicode space, no plus (C2SP signed-note). */
export const isKeyName = (name: string): boolean => name.isWellFormed() && /^[^+\p{White_Space}]+$/u.test(name);

/** SHA-256(name, newline, type, public key), its first four octets (C2SP signed-note). */
function keyId(name: string, kind: KeyKind, publicKey: Buffer): number {
  const input = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(keyKinds[kind].type), publicKey]);
  return hash('sha256', input, 'buffer').readUInt32BE(0);
}

const rawPublic = (key: KeyObject): Buffer => key.export({ format: 'raw-public' });

function importPublic(kind: KeyKind, publicKey: Buffer): KeyObject | null {
  try {
    return createPublicKey({ key: publicKey, format: 'raw-public', asymmetricKeyType: keyKinds[kind].algorithm });
  } catch {
    return null;
  }
}

/** A key to verify with, from its public octets; null when they are no key, or the name is none. */
export function verifierKey(kind: KeyKind, name: string, publicKey: Buffer): VerifierKey | null {
  if (!isKeyName(name) || publicKey.length !== keyKinds[kind].publicBytes) return null;
  const verifyWith = importPublic(kind, publicKey);
  return verifyWith && { kind, name, id: keyId(name, kind, publicKey), publicKey, verifyWith };
}

/** A key to sign with, from 32 octets of chance. The caller wipes them. */
export function signerKey(kind: KeyKind, name: string, seed: Buffer): SignerKey {
  must(seed.length === SEED_BYTES, 'a key that signs notes is made of 32 octets');
  const { algorithm, seed: format } = keyKinds[kind];
  const signWith = createPrivateKey({ key: seed, format, asymmetricKeyType: algorithm });
  const key = verifierKey(kind, name, rawPublic(createPublicKey(signWith)));
  must(key !== null, 'a key that signs notes has a name without spaces and plus');
  return { ...key, signWith };
}

const hexId = (id: number): string => id.toString(16).padStart(8, '0');
const encoded = (kind: KeyKind, material: Buffer): string =>
  Buffer.concat([Buffer.of(keyKinds[kind].type), material]).toString('base64');

/** `name+id+base64(type, public key)`: what is handed to whoever verifies (C2SP signed-note, "Verifier keys"). */
export const formatVerifierKey = ({ kind, name, id, publicKey }: VerifierKey): string =>
  `${name}+${hexId(id)}+${encoded(kind, publicKey)}`;

/** `PRIVATE+KEY+name+id+base64(type, seed)`: a secret. The form of Go's golang.org/x/mod/sumdb/note. */
export const formatSignerKey = ({ kind, name, id, signWith }: SignerKey): string =>
  `PRIVATE+KEY+${name}+${hexId(id)}+${encoded(kind, signWith.export({ format: keyKinds[kind].seed }))}`;

interface EncodedKey {
  readonly kind: KeyKind;
  readonly name: string;
  readonly id: string;
  readonly material: Buffer;
}

const KEY_TEXT = /^(?<name>[^+]+)\+(?<id>[\da-f]{8})\+(?<material>[\d+/=A-Za-z]+)$/;

function parseKey(text: string): EncodedKey | null {
  const { name = '', id = '', material = '' } = KEY_TEXT.exec(text)?.groups ?? {};
  const bytes = decodeBase64(material);
  const kind = kindOf(bytes?.[0]);
  return bytes && kind && { kind, name, id, material: bytes.subarray(1) };
}

function kindOf(type: number | undefined): KeyKind | null {
  const kinds: readonly KeyKind[] = ['ed25519', 'ed25519-cosignature', 'ml-dsa-44-cosignature'];
  return kinds.find((kind) => keyKinds[kind].type === type) ?? null;
}

/** Null for what is no key, has an id that is not its own, or is of a kind that is not known here. */
export function parseVerifierKey(text: string): VerifierKey | null {
  const found = parseKey(text);
  const key = found && verifierKey(found.kind, found.name, found.material);
  return key && hexId(key.id) === found.id ? key : null;
}

const SIGNER_PREFIX = 'PRIVATE+KEY+';

/** Null as for `parseVerifierKey`. */
export function parseSignerKey(text: string): SignerKey | null {
  const found = text.startsWith(SIGNER_PREFIX) ? parseKey(text.slice(SIGNER_PREFIX.length)) : null;
  if (found === null || found.material.length !== SEED_BYTES || !isKeyName(found.name)) return null;
  const key = signerKey(found.kind, found.name, found.material);
  return hexId(key.id) === found.id ? key : null;
}
