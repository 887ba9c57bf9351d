import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type Clock, SECOND_MS } from '../../base/clock.ts';
import { FaultError } from '../../base/fault.ts';
import { lockedBytes, wipe } from '../locked-memory.ts';
import { type OwnedFile, objectionToPlace, readOwnedFile, unsafe } from './owned-file.ts';

const PIPE_WITHIN_MS = 10 * SECOND_MS;
const LOOK_AGAIN_MS = SECOND_MS / 20;

/**
 * A secret from a file of the owner alone, or from a pipe whose writer comes within ten seconds; without the end of its
 * line, in locked memory. Whoever gets it wipes it. Throws the fault for a missing one, or `root_key_unsafe`.
 */
export async function readSecret(file: OwnedFile, clock: Clock): Promise<Buffer> {
  const pipe = openPipe(file);
  const bytes = pipe === null ? readOwnedFile(file) : await readPipe(pipe, file, clock);
  const end = /\r?\n$/.exec(bytes.toString('latin1', Math.max(0, bytes.length - 2)))?.[0].length ?? 0;
  return bytes.subarray(0, bytes.length - end);
}

/**
 * The pipe, opened once: a writer that waited for a reader writes as soon as there is one, and is killed where that is gone
 * again. Null where it is no pipe. Throws `root_key_unsafe` where others could read the secret from it, or put in theirs.
 */
function openPipe(file: OwnedFile): number | null {
  const descriptor = openOrNull(file.path);
  if (descriptor === null) return null;
  const stats = fstatSync(descriptor);
  const objection = stats.isFIFO() ? objectionToPlace(stats) : null;
  if (stats.isFIFO() && objection === null) return descriptor;
  closeSync(descriptor);
  if (objection !== null) throw unsafe(file, objection);
  return null;
}

/** Never waits inside of a call: a pipe without a writer would hold up the whole start. */
function openOrNull(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
}

async function readPipe(descriptor: number, file: OwnedFile, clock: Clock): Promise<Buffer> {
  const bytes = lockedBytes(file.bytesMax + 1);
  const length = await fill(bytes, descriptor, clock);
  if (length > 0 && length <= file.bytesMax) return bytes.subarray(0, length);
  wipe(bytes);
  throw new FaultError(file.missing, { detail: `Nothing came through the ${file.what} ${file.path}, or too much.` });
}

/** Reads to the end of what a writer wrote, or 0 where none came to an end in time. */
async function fill(bytes: Buffer, descriptor: number, clock: Clock): Promise<number> {
  const endMs = clock.elapsed() + PIPE_WITHIN_MS;
  let length = 0;
  try {
    while (clock.elapsed() < endMs && length < bytes.length) {
      const count = readSome(descriptor, bytes, length);
      length += count ?? 0;
      if (count === 0 && length > 0) return length;
      if (!count) await clock.sleep(LOOK_AGAIN_MS);
    }
    return length === bytes.length ? length : 0;
  } finally {
    closeSync(descriptor);
  }
}

/** How many octets there were: 0 at the end or before a writer comes, null where one has nothing yet. */
function readSome(descriptor: number, bytes: Buffer, at: number): number | null {
  try {
    return readSync(descriptor, bytes, at, bytes.length - at, null);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return null;
    throw error;
  }
}
