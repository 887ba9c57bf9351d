import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { access, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { systemClock } from '../../src/base/clock.ts';
import { jsonLog, type Log } from '../../src/base/log.ts';
import { type Database, type DatabaseOptions, openDatabase } from '../../src/store/index.ts';

const STORE = join(import.meta.dirname, '../../src/store');
const LOCK_FILE = join(import.meta.dirname, '../../package-lock.json');
const HASH_CHARACTERS = 12;

export const silentLog: Log = jsonLog(
  () => undefined,
  () => systemClock.now(),
);

/** A log whose events can be read, and waited for. */
export function readableLog(): { log: Log; events: string[]; heard: (event: string) => Promise<void> } {
  const events: string[] = [];
  const waiting = new Map<string, () => void>();
  const write = (line: string) => {
    const { event } = JSON.parse(line) as { event: string };
    events.push(event);
    waiting.get(event)?.();
  };
  const heard = (event: string) =>
    events.includes(event) ? Promise.resolve() : new Promise<void>((resolve) => waiting.set(event, resolve));
  return { log: jsonLog(write, () => systemClock.now()), events, heard };
}

/** What `openDatabase` needs for an embedded server, with defaults for a test. */
export function databaseOptions(dataFolder: string, more: Partial<DatabaseOptions> = {}): DatabaseOptions {
  const defaults = {
    databaseUrl: null,
    caFile: null,
    walAheadMib: 0,
    log: silentLog,
    clock: systemClock,
    progress: () => undefined,
  };
  return { dataFolder, ...defaults, ...more };
}

/** An empty folder that goes at the end of its scope, with all that is in it. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export interface TestDatabase extends AsyncDisposable {
  readonly database: Database;
  readonly dataFolder: string;
  /** As the role that owns the tables. The caller ends the connection. */
  connectOwner(): Promise<Client>;
}

/** A real database of its own for a test file: the gateway's embedded server on a copy of a migrated data folder. */
export async function openTestDatabase(more: Partial<DatabaseOptions> = {}): Promise<TestDatabase> {
  await using taken = new AsyncDisposableStack();
  const dataFolder = join(taken.use(await temporaryFolder()).path, 'data');
  await copyFolder(await migratedFolder(), dataFolder);
  const database = await openDatabase(databaseOptions(dataFolder, more));
  taken.defer(() => database.close());
  const owned = taken.move();
  return {
    database,
    dataFolder,
    connectOwner: () => connectOwner(dataFolder),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** As the role that owns the tables of the embedded database in a data folder. The caller ends the connection. */
export async function connectOwner(dataFolder: string): Promise<Client> {
  const client = new Client({ host: join(dataFolder, 'run'), user: 'sallyport_owner', database: 'sallyport' });
  await client.connect();
  return client;
}

/** As `cp -a`: with owners and modes, which root's PostgreSQL needs. */
async function copyFolder(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', from, to]);
}

/** The template: made once for each version of what it is made by, and kept in the temporary folder of the system. */
async function migratedFolder(): Promise<string> {
  const template = join(tmpdir(), `sallyport-template-${process.getuid?.()}-${templateHash()}`);
  if (await exists(template)) return template;
  const fresh = `${template}.${process.pid}`;
  const database = await openDatabase(databaseOptions(fresh));
  await database.close();
  await rename(fresh, template).catch(async (error: unknown) => {
    // Another test file was faster.
    await rm(fresh, { recursive: true });
    if (!(await exists(template))) throw error;
  });
  return template;
}

function templateHash(): string {
  const files = [...globSync(`${STORE}/migrations/*.sql`), ...globSync(`${STORE}/embedded/*.ts`), LOCK_FILE];
  const hash = createHash('sha256');
  for (const file of files.toSorted()) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, HASH_CHARACTERS);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
