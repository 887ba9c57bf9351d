import { sign, verify } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import sodium from 'sodium-native';
import type { Entropy } from '../base/entropy.ts';
import { type FaultCode, FaultError } from '../base/fault.ts';
import type { AppliedMigration } from '../store/index.ts';
import type { Identity, Recipient } from './key-files.ts';
import { open, seal } from './xwing.ts';

export type Half = 'data' | 'keys';

/** What stands in clear at the beginning of an archive, signed by the installation and bound to its key. */
export interface Header {
  readonly format: number;
  readonly what: Half;
  readonly installation: string;
  /** Names the key that it is sealed for. */
  readonly recipient: string;
  /** The same for the two archives of one backup. */
  readonly pair: string;
  /** When the backup began, Unix milliseconds: all that was committed before is in it. */
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly migrations: readonly AppliedMigration[];
  /** The days that have partitions, as YYYYMMDD. */
  readonly days: readonly string[];
  /** The ciphertext of X-Wing, from which the key of the archive follows. */
  readonly encapsulated: string;
}

export type HeaderFields = Omit<Header, 'format' | 'installation' | 'recipient' | 'encapsulated'>;

/** A header as it is stored, and the key that belongs to it. */
export interface Opened {
  readonly header: Header;
  readonly key: Buffer;
  /** Where in the file the sealed stream begins. */
  readonly streamAt: number;
}

const MAGIC = Buffer.from('sallyport archive\n');
const FORMAT = 1;
const LENGTH_AT = MAGIC.length;
const TEXT_AT = LENGTH_AT + 4;
const TEXT_BYTES_MAX = 1024 * 1024;
const SIGNATURE_BYTES = 64;
const KEY_BYTES = 32;

/** The octets of a header with its signature, and the key to seal the rest with. */
export function makeHeader(fields: HeaderFields, to: Recipient, entropy: Entropy): { bytes: Buffer; key: Buffer } {
  const { secret, ciphertext } = seal(to.publicKey, entropy);
  const header: Header = {
    format: FORMAT,
    ...fields,
    installation: to.installation,
    recipient: to.recipient,
    encapsulated: ciphertext.toString('base64url'),
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(TEXT_AT - LENGTH_AT);
  length.writeUInt32BE(text.length);
  const signed = Buffer.concat([MAGIC, length, text]);
  return { bytes: Buffer.concat([signed, sign(null, signed, to.signer)]), key: keyOf(secret, signed) };
}

/** Whoever alters a header has another key, and nothing behind it opens. */
function keyOf(secret: Buffer, signed: Buffer): Buffer {
  const key = sodium.sodium_malloc(KEY_BYTES);
  sodium.crypto_generichash(key, signed, secret);
  secret.fill(0);
  return key;
}

/** Reads a header and finds the key of the archive, or throws why it is not to be trusted. */
export async function openHeader(file: FileHandle, name: string, identity: Identity): Promise<Opened> {
  const refuse = (code: FaultCode, why: string) => new FaultError(code, { detail: `${name} ${why}.` });
  const start = await readExactly(file, 0, TEXT_AT);
  if (!start?.subarray(0, MAGIC.length).equals(MAGIC)) throw refuse('backup_unknown', 'is no archive of this gateway');
  const size = start.readUInt32BE(LENGTH_AT);
  if (size > TEXT_BYTES_MAX) throw refuse('backup_altered', 'has a header that cannot be read');
  const rest = await readExactly(file, TEXT_AT, size + SIGNATURE_BYTES);
  if (rest === null) throw refuse('backup_truncated', 'ends within its header');
  const header = parsed(rest.subarray(0, size));
  if (header === null) throw refuse('backup_altered', 'has a header that cannot be read');
  if (header.format !== FORMAT) throw refuse('backup_newer', 'was made by a newer gateway');
  if (header.installation !== identity.installation) {
    throw refuse('backup_other_installation', 'is of another installation than the identity file');
  }
  if (header.recipient !== identity.recipient) {
    throw refuse('backup_key_mismatch', `was sealed for the key ${header.recipient}; this is ${identity.recipient}`);
  }
  const signed = Buffer.concat([start, rest.subarray(0, size)]);
  const secret = open(identity.seed, Buffer.from(header.encapsulated, 'base64url'));
  if (secret === null || !verify(null, signed, identity.signer, rest.subarray(size))) {
    throw refuse('backup_altered', 'was altered, or was not sealed by this installation');
  }
  return { header, key: keyOf(secret, signed), streamAt: signed.length + SIGNATURE_BYTES };
}

/** What an archive says of itself, believed by nobody: to find those that have expired. Null where it is none. */
export async function peek(file: FileHandle): Promise<Header | null> {
  const start = await readExactly(file, 0, TEXT_AT);
  if (!start?.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  const size = start.readUInt32BE(LENGTH_AT);
  const text = size > TEXT_BYTES_MAX ? null : await readExactly(file, TEXT_AT, size);
  return text === null ? null : parsed(text);
}

async function readExactly(file: FileHandle, at: number, byteCount: number): Promise<Buffer | null> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(byteCount), 0, byteCount, at);
  return bytesRead === byteCount ? buffer : null;
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** A header is an object of this shape even before it is believed. */
function parsed(text: Buffer): Header | null {
  try {
    const header = JSON.parse(text.toString()) as Header;
    const { format, what, installation, recipient, pair, createdAtMs, expiresAtMs, encapsulated } = header;
    const isSound =
      [installation, recipient, pair, encapsulated].every(isText) &&
      [format, createdAtMs, expiresAtMs].every(Number.isSafeInteger) &&
      (what === 'data' || what === 'keys') &&
      Array.isArray(header.migrations) &&
      Array.isArray(header.days);
    return isSound ? header : null;
  } catch {
    return null;
  }
}
