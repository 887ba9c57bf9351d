import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, open, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { systemClock } from '../../src/base/clock.ts';
import { endWithUs, passFolders, pathInChild, runProgram, surroundings } from '../../src/store/embedded/child.ts';
import { databaseUser, type OsUser } from '../../src/store/embedded/os-user.ts';
import { findPrograms, programsPackage } from '../../src/store/embedded/programs.ts';
import { temporaryFolder } from './database.ts';
import type { TestCertificate } from './test-certificate.ts';

const RETRY_MS = 20;

/** A server that is not the gateway's: over TCP on loopback with passwords, and on a socket without. */
export interface ForeignServer extends AsyncDisposable {
  readonly port: number;
  /** The folder of the Unix socket. */
  readonly host: string;
  /** As its superuser `admin`. */
  query(sql: string): Promise<unknown[]>;
}

/** `rules`: the lines of its pg_hba.conf for TCP. */
export async function startForeignServer(certificate: TestCertificate, rules: string[]): Promise<ForeignServer> {
  await using taken = new AsyncDisposableStack();
  const folder = taken.use(await temporaryFolder()).path;
  const [cluster, host, logFile] = [join(folder, 'cluster'), join(folder, 'run'), join(folder, 'log')];
  const user = await databaseUser(cluster);
  for (const path of [cluster, host]) {
    await mkdir(path, { mode: 0o700 });
    if (user !== null) await chown(path, user.uid, user.gid);
  }
  const { initdb, postgres } = await findPrograms(folder, user, programsPackage(), () => undefined);
  const folders = taken.use(await passFolders(cluster, host));
  await runProgram(initdb, ['-D', pathInChild(0), '-U', 'admin', '-A', 'trust', '--no-locale', '-E', 'UTF8', '-N'], {
    user,
    folders,
  });
  await writeOwned(join(cluster, 'pg_hba.conf'), ['local all all trust', ...rules, ''].join('\n'), user);
  await writeOwned(join(cluster, 'server.key'), certificate.key, user);
  await writeOwned(join(cluster, 'server.crt'), certificate.cert, user);
  const port = await freePort();
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1,::1',
    'ssl=on',
    'fsync=off',
    `unix_socket_directories=${pathInChild(1)}`,
  ];
  await using log = await open(logFile, 'a');
  const child = spawn(postgres, ['-D', pathInChild(0), ...settings.flatMap((set) => ['-c', set])], {
    ...surroundings(user),
    stdio: ['ignore', log.fd, log.fd, ...folders.descriptors],
  });
  const guard = endWithUs(child.pid!, user);
  taken.defer(async () => {
    if (child.kill('SIGQUIT')) await once(child, 'exit');
    guard[Symbol.dispose]();
  });
  const query = (sql: string) => ask({ host, port }, sql);
  while (
    !(await query('SELECT 1').then(
      () => true,
      () => false,
    ))
  )
    await systemClock.sleep(RETRY_MS);
  const owned = taken.move();
  return { port, host, query, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function ask(address: { host: string; port: number }, sql: string): Promise<unknown[]> {
  const client = new Client({ ...address, user: 'admin', database: 'postgres' });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

async function writeOwned(path: string, text: string, user: OsUser | null): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  if (user !== null) await chown(path, user.uid, user.gid);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
