import { access, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, SECOND_MS } from '../../base/clock.ts';
import { FaultError } from '../../base/fault.ts';

const POLL_MS = 10;
const PORT = 5432;

/** fast: roll back, checkpoint, end; immediate: end, recover at the next start; and at last by force. */
const ESCALATION = [
  { signal: 'SIGINT', waitMs: 30 * SECOND_MS },
  { signal: 'SIGQUIT', waitMs: 5 * SECOND_MS },
  { signal: 'SIGKILL', waitMs: 5 * SECOND_MS },
] as const;

/**
 * The living processes of PostgreSQL that work on a cluster. Each of them, postmaster or not, has the cluster as its
 * working folder; a lock file's pid alone proves nothing, for it may be a zombie's or have passed to a stranger.
 */
export async function processesOn(cluster: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const isOurs = await Promise.all(pids.map((pid) => worksOn(pid, cluster)));
  return pids.filter((_, at) => isOurs[at]);
}

async function worksOn(pid: number, cluster: string): Promise<boolean> {
  try {
    if ((await readlink(`/proc/${pid}/cwd`)) !== cluster) return false;
    return /\/postgres( \(deleted\))?$/.test(await readlink(`/proc/${pid}/exe`));
  } catch {
    // It has ended meanwhile, is a zombie, or is another user's: not ours.
    return false;
  }
}

async function postmasterOf(cluster: string, among: number[]): Promise<number | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  return among.find((pid) => pid === Number.parseInt(text, 10));
}

/** Ends all processes on a cluster: gently where its postmaster lives, for without it they cannot end in order. */
export async function endProcesses(cluster: string, clock: Clock): Promise<void> {
  for (const { signal, waitMs } of ESCALATION) {
    const living = await processesOn(cluster);
    const postmaster = await postmasterOf(cluster, living);
    if (signal === 'SIGINT' && postmaster === undefined) continue;
    for (const pid of signal === 'SIGINT' ? [postmaster!] : living) kill(pid, signal);
    if (await haveEnded(cluster, clock, waitMs)) return;
  }
  throw new FaultError('database_start_failed', { detail: 'An earlier PostgreSQL on this data folder does not end.' });
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function haveEnded(cluster: string, clock: Clock, waitMs: number): Promise<boolean> {
  const until = clock.elapsed() + waitMs;
  while ((await processesOn(cluster)).length > 0) {
    if (clock.elapsed() > until) return false;
    await clock.sleep(POLL_MS);
  }
  return true;
}

/** Removes the locks of a postmaster that is gone. To be called only when `processesOn` finds none. */
export async function removeStaleLocks(cluster: string, socketFolder: string): Promise<void> {
  const socket = join(socketFolder, `.s.PGSQL.${PORT}`);
  for (const path of [join(cluster, 'postmaster.pid'), socket, `${socket}.lock`]) await rm(path, { force: true });
}

/** A postmaster that ends in order takes its lock file with it. */
export function wasLeftRunning(cluster: string): Promise<boolean> {
  return access(join(cluster, 'postmaster.pid')).then(
    () => true,
    () => false,
  );
}
