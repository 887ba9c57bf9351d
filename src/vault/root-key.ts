import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Entropy } from '../base/entropy.ts';
import { FaultError } from '../base/fault.ts';
import type { Binding, Envelopes, Key } from './envelope.ts';
import { KEY_BYTES, lockedBytes, wipe } from './locked-memory.ts';

/**
 * Wraps the account keys, and nothing else. A provider never hands out its key, so that it may live in a file, a token
 * or a service.
 */
export interface RootKey {
  readonly name: string;
  wrap(plain: Buffer, binding: Binding): Promise<Buffer>;
  /** Opens what `wrap` made into `plain`, which is locked memory. Throws `root_key_mismatch` where it does not open. */
  unwrapInto(plain: Buffer, wrapped: Buffer, binding: Binding): Promise<void>;
  /** Forgets the key. */
  close(): void;
}

const OWNER_ONLY = 0o600;
const PERMISSIONS = 0o7777;
const SUFFIX_BYTES = 8;

/** The root key as 32 octets in a file that only its owner can read. */
export class FileRootKey implements RootKey {
  readonly name = 'file';
  readonly #envelopes: Envelopes;
  readonly #key: Key = { version: 1, bytes: lockedBytes(KEY_BYTES) };

  /** Takes the key from `path`; throws `root_key_missing` or `root_key_unsafe`. */
  constructor(path: string, envelopes: Envelopes) {
    this.#envelopes = envelopes;
    readRootKey(path, this.#key.bytes);
  }

  async wrap(plain: Buffer, binding: Binding): Promise<Buffer> {
    return this.#envelopes.seal(plain, binding, this.#key);
  }

  async unwrapInto(plain: Buffer, wrapped: Buffer, binding: Binding): Promise<void> {
    try {
      if (this.#envelopes.openInto(plain, wrapped, binding, this.#key)) return;
    } catch (cause) {
      throw new FaultError('root_key_mismatch', {}, cause);
    }
    throw new FaultError('root_key_mismatch', {
      detail: 'A key of the database was wrapped by another kind of root key.',
    });
  }

  close(): void {
    wipe(this.#key.bytes);
  }
}

/** Whether there is anything at `path`, a dangling link included. */
export const rootKeyExists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/**
 * Makes a root key file. It appears under its name whole and on disk, or not at all; where another process was first,
 * its file stays.
 */
export function createRootKey(path: string, entropy: Entropy): void {
  const unfinished = `${path}.${entropy.fill(Buffer.alloc(SUFFIX_BYTES)).toString('hex')}`;
  writeNewKey(unfinished, entropy);
  try {
    linkSync(unfinished, path);
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  } finally {
    unlinkSync(unfinished);
  }
  syncFolder(dirname(path));
}

function writeNewKey(path: string, entropy: Entropy): void {
  const file = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, OWNER_ONLY);
  const key = lockedBytes(KEY_BYTES);
  try {
    writeSync(file, entropy.fill(key));
    fsyncSync(file);
  } finally {
    wipe(key);
    closeSync(file);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function readRootKey(path: string, key: Buffer): void {
  const file = openRootKey(path);
  try {
    const objection = objectionTo(fstatSync(file));
    if (objection !== null)
      throw new FaultError('root_key_unsafe', { detail: `The root key file ${path} ${objection}.` });
    if (readSync(file, key) !== KEY_BYTES)
      throw new FaultError('root_key_unsafe', { detail: `The root key file ${path} cannot be read whole.` });
  } finally {
    closeSync(file);
  }
}

function openRootKey(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if (isSystemError(cause, 'ENOENT'))
      throw new FaultError('root_key_missing', { detail: `There is no root key file at ${path}.` }, cause);
    if (isSystemError(cause, 'ELOOP'))
      throw new FaultError('root_key_unsafe', { detail: `The root key file ${path} is a symbolic link.` }, cause);
    throw new FaultError('root_key_unsafe', { detail: `The root key file ${path} cannot be opened.` }, cause);
  }
}

/** Asked of the open file, not of its name, so that it cannot be exchanged in between. */
function objectionTo(file: Stats): string | null {
  if (!file.isFile()) return 'is not a regular file';
  if ((file.mode & PERMISSIONS & ~OWNER_ONLY) !== 0) {
    return `has mode ${(file.mode & PERMISSIONS).toString(8).padStart(4, '0')}; it must be 0600 or narrower`;
  }
  if (file.uid !== process.geteuid?.()) return 'belongs to another user';
  if (file.size !== KEY_BYTES) return `has ${file.size} bytes; a root key has ${KEY_BYTES}`;
  return null;
}

const isSystemError = (error: unknown, code: string): boolean =>
  error instanceof Error && (error as NodeJS.ErrnoException).code === code;
