import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Entropy } from '../base/entropy.ts';
import { FaultError } from '../base/fault.ts';
import { PUBLIC_BYTES, publicKeyOf, SEED_BYTES } from './xwing.ts';

/** What opens archives and knows who sealed them. Its file is kept away from the gateway. */
export interface Identity {
  readonly installation: string;
  readonly seed: Buffer;
  readonly signer: KeyObject;
  /** Names the key that archives are sealed for. */
  readonly recipient: string;
}

/** What seals archives, and opens none. The gateway has it. */
export interface Recipient {
  readonly installation: string;
  readonly publicKey: Buffer;
  readonly signer: KeyObject;
  readonly recipient: string;
}

export const keyFileNames = { identity: 'sallyport-backup.identity', recipient: 'sallyport-backup.recipient' } as const;

const TAGS = { identity: 'sallyport-backup-identity-1', recipient: 'sallyport-backup-recipient-1' } as const;
const WORDS = {
  identity: '# Opens the backups of this installation. Keep it off the machine of the gateway, and keep it safe.\n',
  recipient: '# Seals backups, and opens none. The setting backup.recipientFile names it.\n',
};
const INSTALLATION_BYTES = 16;
const INSTALLATION = /^[0-9a-f]{32}$/;
const SIGNING_BYTES = 32;
const FINGERPRINT_CHARACTERS = 16;
const FILE_BYTES_MAX = 8192;
const OTHERS = 0o077;

const privateEd25519 = (key: Buffer): KeyObject =>
  createPrivateKey({ key, format: 'raw-private', asymmetricKeyType: 'ed25519' });
const publicEd25519 = (key: Buffer): KeyObject =>
  createPublicKey({ key, format: 'raw-public', asymmetricKeyType: 'ed25519' });

const fingerprint = (publicKey: Buffer): string =>
  createHash('sha256').update(publicKey).digest('hex').slice(0, FINGERPRINT_CHARACTERS);

export const isInstallation = (text: string): boolean => INSTALLATION.test(text);

/**
 * Draws a pair of key files into `folder`, in place of none. `installation` is for a second pair of the same
 * installation; null draws a new one. Answers its name.
 */
export async function makeKeyFiles(folder: string, installation: string | null, entropy: Entropy): Promise<string> {
  const draw = (byteCount: number) => entropy.fill(Buffer.alloc(byteCount));
  const name = installation ?? draw(INSTALLATION_BYTES).toString('hex');
  const [seed, signing] = [draw(SEED_BYTES), draw(SIGNING_BYTES)];
  const signer = createPublicKey(privateEd25519(signing)).export({ format: 'raw-public' });
  await write(folder, 'identity', name, [seed, signer]);
  await write(folder, 'recipient', name, [publicKeyOf(seed), signing]);
  for (const secret of [seed, signing]) secret.fill(0);
  return name;
}

async function write(folder: string, kind: keyof typeof TAGS, installation: string, parts: Buffer[]): Promise<void> {
  const path = join(folder, keyFileNames[kind]);
  const fields = [TAGS[kind], installation, ...parts.map((part) => part.toString('base64url'))];
  try {
    await using file = await open(path, 'wx', 0o600);
    await file.writeFile(`${WORDS[kind]}${fields.join(' ')}\n`);
    await file.sync();
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw unusable(path, isThere ? 'is there already, and is not replaced' : 'cannot be written', cause);
  }
}

export async function readIdentity(path: string): Promise<Identity> {
  const { installation, parts } = await read(path, 'identity', [SEED_BYTES, SIGNING_BYTES]);
  const [seed, signer] = parts as [Buffer, Buffer];
  return { installation, seed, signer: publicEd25519(signer), recipient: fingerprint(publicKeyOf(seed)) };
}

export async function readRecipient(path: string): Promise<Recipient> {
  const { installation, parts } = await read(path, 'recipient', [PUBLIC_BYTES, SIGNING_BYTES]);
  const [publicKey, signing] = parts as [Buffer, Buffer];
  return { installation, publicKey, signer: privateEd25519(signing), recipient: fingerprint(publicKey) };
}

async function read(path: string, kind: keyof typeof TAGS, sizes: readonly number[]) {
  const lines = (await readPrivate(path)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const [tag, installation = '', ...encoded] = lines.length === 1 ? (lines[0] ?? '').split(' ') : [];
  const parts = encoded.map((part) => Buffer.from(part, 'base64url'));
  const isSound = tag === TAGS[kind] && isInstallation(installation) && parts.length === sizes.length;
  if (!isSound || parts.some((part, at) => part.length !== sizes[at])) throw unusable(path, `is no ${kind} file`);
  return { installation, parts };
}

/** Reads a file that nobody else may read; both kinds hold a secret. */
async function readPrivate(path: string): Promise<string> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { mode, size } = await file.stat();
    if ((mode & OTHERS) !== 0) throw unusable(path, 'may be read by others: run chmod 600 on it');
    if (size > FILE_BYTES_MAX) throw unusable(path, 'is too large');
    return await file.readFile('utf8');
  } catch (cause) {
    if (cause instanceof FaultError) throw cause;
    throw unusable(path, `cannot be read (${(cause as NodeJS.ErrnoException).code})`, cause);
  }
}

const unusable = (path: string, why: string, cause?: unknown): FaultError =>
  new FaultError('backup_key_unusable', { detail: `The key file ${path} ${why}.` }, cause);
