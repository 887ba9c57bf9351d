import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Entropy } from '../../base/entropy.ts';
import { type FaultCode, FaultError } from '../../base/fault.ts';
import { lockedBytes, wipe } from '../locked-memory.ts';

const OWNER_ONLY = 0o600;
const PERMISSIONS = 0o7777;
const SUFFIX_BYTES = 8;

/** The calls by which a file comes into being. They are a parameter, so that a test can end the process after each. */
export const systemFiles = { openSync, writeSync, fsyncSync, closeSync, linkSync, renameSync, unlinkSync };
export type Files = typeof systemFiles;

/** How faults about a file speak of it, and which bounds its size has. */
export interface OwnedFile {
  /** As in `The ${what} ${path} is not a regular file.` */
  readonly what: string;
  readonly path: string;
  readonly bytesMax: number;
  readonly missing: FaultCode;
}

/**
 * The whole of a file that only its owner may read, in locked memory; whoever gets it wipes it. Throws the fault for a
 * missing one, or `root_key_unsafe`.
 */
export function readOwnedFile(file: OwnedFile): Buffer {
  const descriptor = open(file);
  try {
    const stats = fstatSync(descriptor);
    const objection = objectionTo(stats, file.bytesMax);
    if (objection !== null) throw unsafe(file, objection);
    const bytes = lockedBytes(Math.max(1, stats.size)).subarray(0, stats.size);
    if (stats.size > 0 && readSync(descriptor, bytes) !== stats.size) throw unsafe(file, 'cannot be read whole');
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

function open(file: OwnedFile): number {
  try {
    return openSync(file.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if (isSystemError(cause, 'ENOENT'))
      throw new FaultError(file.missing, { detail: `There is no ${file.what} at ${file.path}.` }, cause);
    if (isSystemError(cause, 'ELOOP')) throw unsafe(file, 'is a symbolic link', cause);
    throw unsafe(file, 'cannot be opened', cause);
  }
}

export const unsafe = ({ what, path }: OwnedFile, objection: string, cause?: unknown): FaultError =>
  new FaultError('root_key_unsafe', { detail: `The ${what} ${path} ${objection}.` }, cause);

/** Asked of the open file, not of its name, so that it cannot be exchanged in between. */
function objectionTo(file: Stats, bytesMax: number): string | null {
  if (!file.isFile()) return 'is not a regular file';
  if (file.size > bytesMax) return `has ${file.size} bytes; at most ${bytesMax} are expected`;
  return objectionToPlace(file);
}

/** What is wrong with whose it is and who else may use it; null for nothing. */
export function objectionToPlace(file: Stats): string | null {
  if ((file.mode & PERMISSIONS & ~OWNER_ONLY) !== 0) {
    return `has mode ${(file.mode & PERMISSIONS).toString(8).padStart(4, '0')}; it must be 0600 or narrower`;
  }
  if (file.uid !== process.geteuid?.()) return 'belongs to another user';
  return null;
}

/**
 * Makes a file. It appears under its name whole and on disk, or not at all; where another process was first, its file
 * stays. `bytes` are wiped.
 */
export function createOwnedFile(path: string, bytes: Buffer, entropy: Entropy, files: Files = systemFiles): void {
  const unfinished = `${path}.${entropy.fill(Buffer.alloc(SUFFIX_BYTES)).toString('hex')}`;
  write(unfinished, bytes, files);
  try {
    files.linkSync(unfinished, path);
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  } finally {
    files.unlinkSync(unfinished);
  }
  syncFolder(dirname(path), files);
}

/** Puts another file in the place of one: at every moment there is one of them, whole and on disk. `bytes` are wiped. */
export function replaceOwnedFile(path: string, bytes: Buffer, files: Files = systemFiles): void {
  const next = nextOf(path);
  rmSync(next, { force: true });
  write(next, bytes, files);
  files.renameSync(next, path);
  syncFolder(dirname(path), files);
}

/** Removes what a replacement left that was cut short. Only while nobody else may be replacing the file. */
export const removeLeftover = (path: string): void => rmSync(nextOf(path), { force: true });

const nextOf = (path: string): string => `${path}.next`;

function write(path: string, bytes: Buffer, files: Files): void {
  const file = files.openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, OWNER_ONLY);
  try {
    // A disk that has room for some of it takes that without an error, and refuses the rest.
    for (let at = 0; at < bytes.length; ) at += files.writeSync(file, bytes, at);
    files.fsyncSync(file);
  } catch (error) {
    files.unlinkSync(path);
    throw error;
  } finally {
    wipe(bytes);
    files.closeSync(file);
  }
}

function syncFolder(path: string, files: Files): void {
  const folder = files.openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    files.fsyncSync(folder);
  } finally {
    files.closeSync(folder);
  }
}

const isSystemError = (error: unknown, code: string): boolean =>
  error instanceof Error && (error as NodeJS.ErrnoException).code === code;
