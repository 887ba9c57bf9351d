import { spawn } from 'node:child_process';
import type { ClientConfig } from 'pg';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { endWithUs, passFolders, pathInChild, surroundings } from './child.ts';
import type { OsUser } from './os-user.ts';
import { endProcesses, processesOn, removeStaleLocks, wasLeftRunning } from './processes.ts';
import { openServerLog } from './server-log.ts';
import { serverSettings } from './settings.ts';

export interface ServerOptions {
  readonly program: string;
  readonly cluster: string;
  readonly socketFolder: string;
  readonly accessFolder: string;
  readonly logFile: string;
  readonly user: OsUser | null;
  /** How the gateway connects; used to learn when the server is ready. */
  readonly address: ClientConfig;
  readonly log: Log;
  readonly clock: Clock;
}

/** One run of the server: its postmaster, from its start to its end. */
export interface ServerRun {
  readonly pid: number | null;
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  signal(signal: NodeJS.Signals): void;
}

// Core dumps would hold what the backends had in memory.
const WITHOUT_CORE_DUMPS = 'ulimit -c 0; exec "$0" "$@"';

/**
 * Starts the postmaster, after ending whatever a killed gateway or postmaster left on the cluster. `onRecovery` is told
 * first when there is something to wait for: such processes, or the recovery of what they did not write out.
 */
export async function launch(options: ServerOptions, onRecovery: () => void): Promise<ServerRun> {
  await clearLeftovers(options, onRecovery);
  await using output = await openServerLog(options.logFile);
  await using folders = await passFolders(options.cluster, options.socketFolder, options.accessFolder);
  const [cluster, socketFolder, accessFolder] = [pathInChild(0), pathInChild(1), pathInChild(2)];
  const settings = serverSettings({ socketFolder, accessFolder });
  const args = ['-c', WITHOUT_CORE_DUMPS, options.program, '-D', cluster, ...settings];
  const stdio = ['ignore' as const, output.fd, output.fd, ...folders.descriptors];
  const child = spawn('/bin/sh', args, { ...surroundings(options.user), detached: true, stdio });
  const { promise, resolve } = Promise.withResolvers<void>();
  const guard = child.pid === undefined ? null : endWithUs(child.pid, options.user);
  const end = () => {
    guard?.[Symbol.dispose]();
    resolve();
  };
  child.once('exit', end);
  child.once('error', end);
  return {
    pid: child.pid ?? null,
    ended: promise,
    hasEnded: () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null,
    signal: (signal) => void child.kill(signal),
  };
}

async function clearLeftovers(options: ServerOptions, onRecovery: () => void): Promise<void> {
  const { cluster, socketFolder, log, clock } = options;
  if (await wasLeftRunning(cluster)) onRecovery();
  const leftovers = await processesOn(cluster);
  if (leftovers.length > 0) {
    log.warn('database.leftovers', { count: leftovers.length });
    await endProcesses(cluster, clock);
  }
  await removeStaleLocks(cluster, socketFolder);
}
