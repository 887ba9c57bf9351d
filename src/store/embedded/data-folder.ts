import { chmod, lstat, mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../base/clock.ts';
import { type FaultCode, FaultError } from '../../base/fault.ts';
import { endProcesses } from './processes.ts';

const LOCK = 'gateway.lock';
const OTHERS = 0o077;
const OWNER_ONLY = 0o700;

const FULL = new Set(['ENOSPC', 'EDQUOT']);
const UNREADABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'EIO', 'ENOENT', 'ENOTDIR', 'EEXIST', 'ELOOP', 'ENAMETOOLONG']);

/** Runs `work` and turns what a file system may answer into a fault of the data folder. */
export async function onDataFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined && FULL.has(code))
      throw folderFault('data_folder_full', `${folder} has no room left`, error);
    if (code !== undefined && UNREADABLE.has(code)) {
      throw folderFault('data_folder_unreadable', `${folder} cannot be used (${code})`, error);
    }
    throw error;
  }
}

function folderFault(code: FaultCode, about: string, cause?: unknown): FaultError {
  return new FaultError(code, { detail: `The data folder ${about}.` }, cause);
}

/** Makes the folder where it is missing. Answers its real path, or throws `data_folder_unsafe` where others may enter it. */
export function prepareDataFolder(folder: string): Promise<string> {
  return onDataFolder(folder, async () => {
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY });
    const path = await realpath(folder);
    // What was made for us, by `mkdir` or as a container's volume, is tightened; where something lies, a person decides.
    const isNew = (await readdir(path)).length === 0;
    const { uid, mode } = await lstat(path);
    if (uid !== process.getuid?.()) {
      throw folderFault('data_folder_unsafe', `${path} belongs to the OS user ${uid}: start the gateway as that user`);
    }
    if (isNew) await chmod(path, OWNER_ONLY);
    else if ((mode & OTHERS) !== 0) {
      const modeText = (mode & 0o777).toString(8);
      throw folderFault('data_folder_unsafe', `${path} is open to others (mode ${modeText}): run chmod 700 on it`);
    }
    return path;
  });
}

/**
 * Holds the data folder for this process, or throws `data_folder_in_use`. It is a lock of the kernel, on the file
 * `gateway.lock`, so it ends with the process however that ends, and is seen from other containers of the machine.
 * SQLite is here for that alone: it is the one part of Node that takes a file lock. Nothing else in this process may
 * open that file: to close it again would let go of the lock (fcntl(2), F_SETLK).
 */
export async function lockDataFolder(folder: string): Promise<Disposable> {
  const holder = join(folder, 'gateway.pid');
  const lock = takeLock(join(folder, LOCK));
  if (lock === 'busy')
    throw folderFault('data_folder_in_use', `${folder} is in use by the process ${await readPid(holder)}`);
  if (lock === 'unusable') throw folderFault('data_folder_unreadable', `${folder} cannot be written to`);
  await onDataFolder(folder, () => writeFile(holder, `${process.pid}\n`, { mode: 0o600 }));
  return { [Symbol.dispose]: () => lock.close() };
}

/**
 * Removes a data folder that nobody holds any more, and ends what still works on it. One without the file of the lock is left:
 * it is empty, and somebody may be about to hold it.
 */
export function removeIfLeft(folder: string, clock: Clock): Promise<void> {
  return onDataFolder(folder, async () => {
    if (!(await readdir(folder)).includes(LOCK)) return;
    const lock = takeLock(join(folder, LOCK));
    if (typeof lock === 'string') return;
    try {
      await endProcesses(join(await realpath(folder), 'postgres'), clock);
      await rm(folder, { recursive: true, force: true });
    } finally {
      lock.close();
    }
  });
}

// https://www.sqlite.org/rescode.html
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_CANTOPEN = 14;

function takeLock(path: string): DatabaseSync | 'busy' | 'unusable' {
  const lock = new DatabaseSync(path, { open: false, timeout: 0 });
  try {
    lock.open();
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    if (lock.isOpen) lock.close();
    const { errcode } = error as { errcode?: number };
    if (errcode === SQLITE_BUSY) return 'busy';
    if (errcode === SQLITE_CANTOPEN || errcode === SQLITE_READONLY) return 'unusable';
    throw error;
  }
}

async function readPid(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return /^\d+/.exec(text)?.[0] ?? 'of another gateway';
}
