import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type Clock, SECOND_MS } from '../../base/clock.ts';
import { FaultError } from '../../base/fault.ts';
import { lockedBytes, wipe } from '../locked-memory.ts';
import { type OwnedFile, readOwnedFile } from './owned-file.ts';

const PIPE_WITHIN_MS = 10 * SECOND_MS;
const LOOK_AGAIN_MS = SECOND_MS / 20;

/**
 * A secret from a file of the owner alone, or from a pipe whose writer comes within ten seconds; without the end of its
 * line, in locked memory. Whoever gets it wipes it. Throws the fault for a missing one, or `root_key_unsafe`.
 */
export async function readSecret(file: OwnedFile, clock: Clock): Promise<Buffer> {
  const bytes = isPipe(file.path) ? await readPipe(file, clock) : readOwnedFile(file);
  const end = /\r?\n$/.exec(bytes.toString('latin1', Math.max(0, bytes.length - 2)))?.[0].length ?? 0;
  return bytes.subarray(0, bytes.length - end);
}

function isPipe(path: string): boolean {
  const descriptor = openOrNull(path);
  if (descriptor === null) return false;
  try {
    return fstatSync(descriptor).isFIFO();
  } finally {
    closeSync(descriptor);
  }
}

/** Never waits inside of a call: a pipe without a writer would hold up the whole start. */
function openOrNull(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
}

async function readPipe(file: OwnedFile, clock: Clock): Promise<Buffer> {
  const descriptor = openOrNull(file.path);
  const bytes = lockedBytes(file.bytesMax + 1);
  const length = descriptor === null ? 0 : await fill(bytes, descriptor, clock);
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
