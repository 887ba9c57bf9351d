import { chmod, chown, mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { absent } from '../../base/absent.ts';
import { FaultError } from '../../base/fault.ts';
import { passFolders, pathInChild, runProgram } from './child.ts';
import { type OsUser, ownUserName } from './os-user.ts';
import type { Programs } from './programs.ts';

/** The names in the embedded server. The bootstrap superuser has no way in: `pg_hba.conf` does not name it. */
export const names = {
  database: 'sallyport',
  superuser: 'sallyport_superuser',
  owner: 'sallyport_owner',
  gateway: 'sallyport_gateway',
} as const;

const INITDB = ['-U', names.superuser, '-A', 'reject', '-E', 'UTF8', '--no-locale', '--data-checksums'];

// A command a line: the single-user mode of PostgreSQL ends each at its line's end.
const BOOTSTRAP = [
  'CREATE ROLE sallyport_engine NOLOGIN',
  'CREATE ROLE sallyport_tenant NOLOGIN',
  `CREATE ROLE ${names.owner} LOGIN`,
  `CREATE ROLE ${names.gateway} LOGIN NOINHERIT IN ROLE sallyport_engine, sallyport_tenant`,
  // The database that initdb makes for people is ours: to make another would cost 0.1 s and 300 files.
  `ALTER DATABASE postgres RENAME TO ${names.database}`,
  `ALTER DATABASE ${names.database} OWNER TO ${names.owner}`,
  `REVOKE ALL ON DATABASE ${names.database}, template1 FROM PUBLIC`,
  `GRANT CONNECT ON DATABASE ${names.database} TO ${names.gateway}`,
  '',
].join('\n');

const WAL_FILE_MIB = 16;
/** Begins the next file of the write-ahead log; it does nothing while the last one is empty. */
const NEXT_WAL_FILE = "SELECT pg_logical_emit_message(false, '', ''), pg_switch_wal()\n";

const STRICT = ['-c', 'exit_on_error=on', '-c', 'log_min_messages=fatal', '-c', 'log_min_error_statement=panic'];

/** Whether the cluster is there; throws `data_folder_version` where these programs of PostgreSQL cannot read it. */
export async function isClusterThere(cluster: string, programs: Programs | null): Promise<boolean> {
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(absent);
  if (version === null) return false;
  if (programs === null || version.trim() === programs.major) return true;
  const detail = `${cluster} was made by PostgreSQL ${version.trim()}; this gateway brings PostgreSQL ${programs.major}. Start the gateway that made it, or move the data over.`;
  throw new FaultError('data_folder_version', { detail });
}

export interface ClusterOptions {
  readonly programs: Programs;
  readonly user: OsUser | null;
  /** How much of the write-ahead log is made beforehand. */
  readonly walAheadMib: number;
}

/** Makes the cluster beside its place and moves it there when it is whole, so that a half-made one is never used. */
export async function createCluster(cluster: string, make: ClusterOptions): Promise<void> {
  await removeUnfinished(cluster);
  const fresh = await mkdtemp(`${cluster}.new-`);
  try {
    await give(fresh, make.user);
    await fillCluster(fresh, make);
  } catch (error) {
    await removeUnfinished(cluster);
    throw error;
  }
  await rename(fresh, cluster);
  await syncFolder(dirname(cluster));
}

async function fillCluster(folder: string, { programs, user, walAheadMib }: ClusterOptions): Promise<void> {
  await using folders = await passFolders(folder);
  const run = { user, folders };
  await runProgram(programs.initdb, ['-D', pathInChild(0), ...INITDB], run);
  // Files of the write-ahead log are made now and used again for ever: to make one under load holds all commits up.
  const keep = ['-c', `min_wal_size=${Math.max(walAheadMib, 5 * WAL_FILE_MIB)}MB`];
  const single = ['--single', ...STRICT, ...keep, '-D', pathInChild(0), 'template1'];
  const input = BOOTSTRAP + NEXT_WAL_FILE.repeat(Math.floor(walAheadMib / WAL_FILE_MIB));
  await runProgram(programs.postgres, single, { ...run, input });
}

async function removeUnfinished(cluster: string): Promise<void> {
  const folder = dirname(cluster);
  for (const name of await readdir(folder)) {
    if (name.startsWith(`${basename(cluster)}.new-`)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path);
  await folder.sync();
}

/** Makes a folder that only the database's OS user enters. */
export async function makeOwnFolder(path: string, user: OsUser | null): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await give(path, user);
}

async function give(path: string, user: OsUser | null): Promise<void> {
  if (user !== null) await chown(path, user.uid, user.gid);
}

export const accessFiles = { hba: 'hba.conf', ident: 'ident.conf' } as const;

/** Who may connect: the OS user of the gateway, under the two names it works with, through the socket. Nobody else. */
export async function writeAccessRules(folder: string, user: OsUser | null): Promise<void> {
  const self = `"${ownUserName().replaceAll('"', '""')}"`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await letRead(folder, 0o750, user);
  for (const [name, text] of [
    [accessFiles.hba, `local ${names.database} ${names.owner},${names.gateway} peer map=gateway\n`],
    [accessFiles.ident, `gateway ${self} ${names.owner}\ngateway ${self} ${names.gateway}\n`],
  ] as const) {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    await letRead(join(folder, name), 0o640, user);
  }
}

/** It stays root's: the database's OS user may read who may connect, and not change it. */
async function letRead(path: string, mode: number, user: OsUser | null): Promise<void> {
  if (user === null) return;
  await chown(path, 0, user.gid);
  await chmod(path, mode);
}
