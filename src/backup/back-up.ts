import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import type { Actor } from '../audit/index.ts';
import { type Clock, DAY_MS, HOUR_MS, timeText } from '../base/clock.ts';
import type { Entropy } from '../base/entropy.ts';
import { connectAsOwner, type OwnerConnection, type OwnerOptions } from '../store/index.ts';
import { isUnfinished, onFolder, type Written, writeArchive } from './archive.ts';
import { type Half, peek } from './header.ts';
import type { Recipient } from './key-files.ts';
import { type Deed, onRecord } from './on-record.ts';
import { backendPid, Snapshot } from './snapshot-store.ts';

export interface BackupOptions {
  readonly database: OwnerOptions;
  readonly folder: string;
  /** Whom each half is sealed for. */
  readonly recipients: Readonly<Record<Half, Recipient>>;
  readonly dataDays: number;
  readonly keysHours: number;
  /** Who asked for it. */
  readonly by: Actor;
  readonly clock: Clock;
  readonly entropy: Entropy;
}

export interface WrittenArchive extends Written {
  readonly path: string;
  readonly expiresAtMs: number;
}

export interface Backup {
  readonly createdAtMs: number;
  readonly tookMs: number;
  readonly data: WrittenArchive;
  readonly keys: WrittenArchive;
}

const PAIR_BYTES = 4;
const UNFINISHED_FOR_MS = DAY_MS;

/**
 * Writes both archives of one state of the database. The keys come first, so that a backup that is cut short leaves no
 * data that no keys are for. Each is on record before it appears under its name. Throws `backup_*`, `database_*`,
 * `data_folder_*` or `store_*`.
 */
export async function backUp(options: BackupOptions): Promise<Backup> {
  const { clock, entropy, folder, database, dataDays, keysHours, by } = options;
  await onFolder(folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
  const began = clock.elapsed();
  const createdAtMs = clock.now();
  const pair = entropy.fill(Buffer.alloc(PAIR_BYTES)).toString('hex');
  await using connection = await connectAsOwner(database);
  if (database.databaseUrl === null) giveWay(await backendPid(connection.client));
  const snapshot = await Snapshot.begin(connection.client);
  const record = (what: Half, expiresAtMs: number, { sha256, bytes }: Written): Promise<void> =>
    recorded(connection, {
      by,
      atMs: clock.now(),
      what: 'backup.made',
      archives: [sha256],
      outcome: 'done',
      about: { what, pair, bytes, createdAt: timeText(createdAtMs), expiresAt: timeText(expiresAtMs) },
    });
  const write = async (what: Half, expiresAtMs: number): Promise<WrittenArchive> => {
    const path = join(folder, `sallyport-${stamp(createdAtMs)}-${pair}.${what}`);
    const { migrations, days, sequences } = snapshot;
    const fields = { what, pair, createdAtMs, expiresAtMs, migrations, days: what === 'data' ? days : [] };
    const source = { tables: snapshot.tablesOf(what), sequences, copy: snapshot.copy.bind(snapshot) };
    const recipient = options.recipients[what];
    const beforeItAppears = (written: Written) => record(what, expiresAtMs, written);
    const written = await writeArchive(source, { path, fields, recipient, entropy, beforeItAppears });
    return { path, expiresAtMs, ...written };
  };
  const keys = await write('keys', createdAtMs + keysHours * HOUR_MS);
  const data = await write('data', createdAtMs + dataDays * DAY_MS);
  return { createdAtMs, tookMs: clock.elapsed() - began, data, keys };
}

/** The connection of the snapshot only reads, and goes on. */
async function recorded(connection: OwnerConnection, deed: Deed): Promise<void> {
  const client = await connection.again();
  try {
    await onRecord(client, deed);
  } finally {
    await client.end();
  }
}

/** 2026-11-25T13:22:48.123Z as 20261125T132248Z. */
const stamp = (unixMs: number): string => timeText(unixMs).replaceAll(/[-:]|\.\d+/g, '');

/** Traffic goes first: the database's process for this connection gets what the others leave of the processor. */
function giveWay(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // Another user's process may not be slowed down; the backup is then as fast as the traffic.
  }
}

const ARCHIVE = /^sallyport-\d{8}T\d{6}Z-[0-9a-f]{8}\.(?:data|keys)$/;

/**
 * Removes from a folder the archives of this installation that have expired, those beyond the newest `keep` pairs (null
 * keeps all), and what a killed backup left a day ago. Answers the names of what it removed.
 */
export async function removeOld(
  folder: string,
  { installation }: Recipient,
  keep: number | null,
  clock: Clock,
): Promise<string[]> {
  const now = clock.now();
  const found: { name: string; pair: string; createdAtMs: number; isExpired: boolean }[] = [];
  const unwanted: string[] = [];
  for (const name of await onFolder(folder, () => readdir(folder))) {
    const path = join(folder, name);
    if (isUnfinished(name) && now - (await stat(path)).mtimeMs > UNFINISHED_FOR_MS) unwanted.push(name);
    if (!ARCHIVE.test(name)) continue;
    await using file = await open(path);
    const header = await peek(file);
    if (header?.installation !== installation) continue;
    const { pair, createdAtMs, expiresAtMs } = header;
    found.push({ name, pair, createdAtMs, isExpired: expiresAtMs <= now });
  }
  const newest = [...new Set(found.toSorted((a, b) => b.createdAtMs - a.createdAtMs).map(({ pair }) => pair))];
  const kept = new Set(keep === null ? newest : newest.slice(0, keep));
  unwanted.push(...found.filter(({ pair, isExpired }) => isExpired || !kept.has(pair)).map(({ name }) => name));
  for (const name of unwanted) await onFolder(folder, () => rm(join(folder, name)));
  return unwanted.toSorted();
}
