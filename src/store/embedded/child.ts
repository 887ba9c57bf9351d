import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { FaultError } from '../../base/fault.ts';
import type { OsUser } from './os-user.ts';

const TAIL_LINES = 3;
const MAX_OUTPUT_CHARACTERS = 65_536;
const FIRST_PASSED = 3;

/** How every program of the database is started: from the root folder, with a bare environment, as `user`. */
export function surroundings(user: OsUser | null): Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'> {
  const env = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };
  return user === null ? { cwd: '/', env } : { cwd: '/', env, uid: user.uid, gid: user.gid };
}

/**
 * Folders that are handed to a child as open descriptors. Where root starts the gateway, the data folder is closed to the
 * database's OS user, and so may be the folders above it (root's home): the child reaches its own folders through the
 * descriptors, and nothing else. `pathInChild` says under which path.
 */
export interface PassedFolders extends AsyncDisposable {
  readonly descriptors: readonly number[];
}

export const pathInChild = (at: number): string => `/proc/self/fd/${FIRST_PASSED + at}`;

export async function passFolders(...paths: string[]): Promise<PassedFolders> {
  await using opened = new AsyncDisposableStack();
  const handles: FileHandle[] = [];
  for (const path of paths) handles.push(opened.use(await open(path, constants.O_RDONLY | constants.O_DIRECTORY)));
  const kept = opened.move();
  return { descriptors: handles.map(({ fd }) => fd), [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

export interface ProgramRun {
  readonly user: OsUser | null;
  readonly folders?: PassedFolders;
  readonly input?: string;
}

/** Runs a program to its end and answers what it printed; throws a fault with its last words where it failed. */
export async function runProgram(program: string, args: string[], run: ProgramRun): Promise<string> {
  const stdio = ['pipe' as const, 'pipe' as const, 'pipe' as const, ...(run.folders?.descriptors ?? [])];
  const child = spawn(program, args, { ...surroundings(run.user), stdio });
  // A program that ends without reading all of its input says why by its exit status.
  child.stdin?.on('error', () => undefined).end(run.input);
  using _guard = child.pid === undefined ? null : endWithUs(child.pid, run.user);
  const [printed, complaints, status] = await Promise.all([read(child.stdout), read(child.stderr), statusOf(child)]);
  if (status !== 0) throw startFault(complaints);
  return printed;
}

async function read(stream: Readable | null): Promise<string> {
  let text = '';
  for await (const chunk of stream?.setEncoding('utf8') ?? []) {
    text = (text + (chunk as string)).slice(-MAX_OUTPUT_CHARACTERS);
  }
  return text;
}

async function statusOf(child: ChildProcess): Promise<number | null> {
  const [status] = (await once(child, 'close')) as [number | null];
  return status;
}

/** The fault behind the last words of a program of the database. They hold no data: see `settings.ts`. */
export function startFault(output: string, cause?: unknown): FaultError {
  if (/No space left on device|Disk quota exceeded/.test(output)) return new FaultError('data_folder_full', {}, cause);
  const words = output.trim().split('\n').slice(-TAIL_LINES).join(' ').trim();
  const detail = `The embedded PostgreSQL did not start: ${words === '' ? 'it said nothing' : words}`;
  return new FaultError('database_start_failed', { detail }, cause);
}

/**
 * Ends `pid` when this process ends, even by kill -9: a shell waits for the end of a pipe that only we hold, and then
 * interrupts it. Disposing lets the shell go.
 */
export function endWithUs(pid: number, user: OsUser | null): Disposable {
  const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$0"', `${pid}`], {
    ...surroundings(user),
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  // Without a shell the database outlives a killed gateway; the next start finds and stops it (processes.ts).
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  return { [Symbol.dispose]: () => void guard.kill('SIGKILL') };
}
