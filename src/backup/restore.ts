import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientBase } from 'pg';
import type { Actor } from '../audit/index.ts';
import { type Clock, timeText } from '../base/clock.ts';
import type { Entropy } from '../base/entropy.ts';
import { FaultError } from '../base/fault.ts';
import {
  type AppliedMigration,
  connectAsOwner,
  type FreshDatabase,
  isDatabaseThere,
  lockDataFolder,
  makeFreshDatabase,
  migrationsFolder,
  type OwnerOptions,
  prepareDataFolder,
  readMigrations,
} from '../store/index.ts';
import { RootKeys, type RootSettings, Vault } from '../vault/index.ts';
import { Archive, digestOf, onFolder } from './archive.ts';
import { type CheckResult, runChecks } from './checks.ts';
import type { CopiedTable, Manifest } from './frames.ts';
import type { Half } from './header.ts';
import { readIdentity } from './key-files.ts';
import { analyze, type Give, load } from './load-store.ts';
import { type Deed, onRecord } from './on-record.ts';
import { drillsFolder, makeScratch, removeScratch } from './scratch.ts';
import { Snapshot } from './snapshot-store.ts';

/** Where the keys come from: an archive, or the database of a gateway that has them now. */
export type KeysFrom =
  | { readonly archive: string; readonly identityFile: string }
  | { readonly database: OwnerOptions };

export interface RestoreOptions {
  /** The new data folder, and how a database is made in it. */
  readonly into: OwnerOptions;
  readonly dataArchive: string;
  readonly identityFile: string;
  readonly keys: KeysFrom;
  /** Where the root key is that the keys were wrapped under. */
  readonly root: RootSettings;
  /** Who asked for it. */
  readonly by: Actor;
  /** Marks what may have been done since the backup, in what was restored. Answers how many messages that are. */
  readonly settle: (client: ClientBase, backedUpAtMs: number) => Promise<number>;
  readonly clock: Clock;
  readonly entropy: Entropy;
}

export interface Restoration {
  /** When the backup began, Unix milliseconds: what came after it is not there. */
  readonly createdAtMs: number;
  readonly tables: readonly CopiedTable[];
  readonly checks: readonly CheckResult[];
  /** SHA-256 of the archive of the data, and of that of the keys; null where the keys are of no archive. */
  readonly digests: Readonly<Record<Half, string | null>>;
  /** How many messages waited then, and may have been sent since. */
  readonly doubtful: number;
  /** How long it took to verify the archives, to load them, and to check what was loaded. */
  readonly tookMs: { readonly verify: number; readonly load: number; readonly check: number; readonly whole: number };
}

/** One half, to be loaded: at which migration it is, and how its tables are had. */
interface Part {
  readonly migrations: readonly AppliedMigration[];
  readonly createdAtMs: number;
  readonly days: readonly string[];
  /** Null where there is nothing to verify: what is read from a database is not sealed. */
  readonly verify: (() => Promise<unknown>) | null;
  readonly give: Give;
}

/**
 * Restores into a data folder that has no database. Everything is verified before anything is made; the database is made
 * beside its place, checked, and moved there when it is whole and its log says that it was restored. Throws `backup_*`,
 * `restore_*` or `store_*`.
 */
export async function restore(options: RestoreOptions): Promise<Restoration> {
  const folder = await prepareDataFolder(options.into.dataFolder);
  if (await isDatabaseThere(folder)) {
    const detail = `${folder} has a database. Restore into another data folder; nothing was changed.`;
    throw new FaultError('restore_target_in_use', { detail });
  }
  using _lock = await lockDataFolder(folder);
  await removeScratch(folder, options.clock);
  const record = (client: ClientBase, about: About) => onRecord(client, deedOf(options, 'backup.restored', about));
  return inScratch(folder, options, record, async (scratch) => {
    await onFolder(folder, () => rename(join(scratch, 'postgres'), join(folder, 'postgres')));
    await using handle = await open(folder);
    await handle.sync();
  });
}

/**
 * The same into a folder that is removed at the end: shows that a backup can be restored, and how long that takes. What
 * came of it is on record in the database `recordIn`, where there is one.
 */
export async function drill(options: RestoreOptions, recordIn: OwnerOptions | null): Promise<Restoration> {
  const record = async (about: About, outcome: string) => {
    if (recordIn === null) return;
    await using connection = await connectAsOwner(recordIn);
    await onRecord(connection.client, { ...deedOf(options, 'backup.drilled', about), outcome });
  };
  try {
    await removeScratch(drillsFolder(), options.clock);
    const done = await inScratch(drillsFolder(), options, nothing, nothing);
    await record(done, 'done');
    return done;
  } catch (error) {
    if (error instanceof FaultError) await record({ digests: await digestsOf(options) }, error.fault.code);
    throw error;
  }
}

const nothing = (): Promise<void> => Promise.resolve();

type About = Pick<Restoration, 'digests'> & Partial<Pick<Restoration, 'createdAtMs' | 'doubtful'>>;

function deedOf({ by, clock, keys }: RestoreOptions, what: Deed['what'], about: About): Deed {
  const { digests, createdAtMs, doubtful } = about;
  return {
    by,
    what,
    atMs: clock.now(),
    archives: [digests.data, digests.keys],
    outcome: 'done',
    about: {
      keys: 'database' in keys ? 'of a database' : 'of an archive',
      ...(createdAtMs !== undefined && { backedUpAt: timeText(createdAtMs) }),
      ...(doubtful !== undefined && { doubtful }),
    },
  };
}

const digestsOf = async ({ dataArchive, keys }: RestoreOptions): Promise<Restoration['digests']> => ({
  data: await digestOf(dataArchive),
  keys: 'archive' in keys ? await digestOf(keys.archive) : null,
});

async function inScratch(
  folder: string,
  options: RestoreOptions,
  record: (client: ClientBase, about: About) => Promise<void>,
  finish: (scratch: string) => Promise<void>,
): Promise<Restoration> {
  await using taken = new AsyncDisposableStack();
  const began = options.clock.elapsed();
  const parts = { data: await openData(options, taken), keys: await openKeys(options, taken) };
  await mustFit(parts.data, parts.keys, options.clock);
  const since = stopwatch(options.clock);
  for (const { verify } of [parts.data, parts.keys]) await verify?.();
  const digests = await digestsOf(options);
  const verified = since();
  const scratch = await makeScratch(folder);
  taken.defer(() => rm(scratch, { recursive: true, force: true }));
  const { createdAtMs } = parts.data;
  const seal = (client: ClientBase, doubtful: number) => record(client, { digests, createdAtMs, doubtful });
  const built = await build(scratch, parts, options, seal);
  await finish(scratch);
  const whole = options.clock.elapsed() - began;
  return { createdAtMs, digests, ...built, tookMs: { verify: verified, ...built.tookMs, whole } };
}

const stopwatch = (clock: Clock) => {
  let last = clock.elapsed();
  return () => {
    const tookMs = clock.elapsed() - last;
    last = clock.elapsed();
    return tookMs;
  };
};

async function openData(options: RestoreOptions, taken: AsyncDisposableStack): Promise<Part> {
  const archive = taken.use(await Archive.open(options.dataArchive, 'data', await readIdentity(options.identityFile)));
  return partOf(archive, options.clock);
}

async function openKeys({ keys, clock, identityFile }: RestoreOptions, taken: AsyncDisposableStack): Promise<Part> {
  if ('database' in keys) return currentKeys(keys.database, clock, taken);
  const identity = await readIdentity(keys.identityFile);
  if (identity.installation !== (await readIdentity(identityFile)).installation) {
    throw new FaultError('backup_other_installation', { detail: 'The two identity files are of two installations.' });
  }
  return partOf(taken.use(await Archive.open(keys.archive, 'keys', identity)), clock);
}

function partOf(archive: Archive, clock: Clock): Part {
  const { expiresAtMs, migrations, createdAtMs, days } = archive.header;
  if (expiresAtMs <= clock.now()) {
    const detail = `${archive.name} expired at ${timeText(expiresAtMs)}.`;
    throw new FaultError('backup_expired', { detail });
  }
  return { migrations, createdAtMs, days, verify: () => archive.read(readOnly), give: (take) => archive.read(take) };
}

async function readOnly(_table: unknown, blocks: AsyncIterable<Buffer>): Promise<null> {
  for await (const block of blocks) if (block.length === 0) continue;
  return null;
}

/** The keys as they are now: what was destroyed since the backup stays so. */
async function currentKeys(database: OwnerOptions, clock: Clock, taken: AsyncDisposableStack): Promise<Part> {
  const createdAtMs = clock.now();
  const { client } = taken.use(await connectAsOwner(database));
  const snapshot = await Snapshot.begin(client);
  const { migrations, sequences } = snapshot;
  const give: Give = async (take) => {
    const copied: CopiedTable[] = [];
    for (const table of snapshot.tablesOf('keys')) {
      const { blocks } = snapshot.copy(table);
      copied.push({ name: table.name, rows: (await take(table, blocks)) ?? 0, sha256: '' });
    }
    return { tables: copied, sequences };
  };
  return { migrations, createdAtMs, days: [], verify: null, give };
}

/** Keys that are older than the data lack those of its newest people and days. */
async function mustFit(data: Part, keys: Part, clock: Clock): Promise<void> {
  const ours = await readMigrations(migrationsFolder);
  for (const { migrations } of [data, keys]) {
    const unknown = migrations.find(({ name, sha256 }, at) => ours[at]?.name !== name || ours[at].sha256 !== sha256);
    if (unknown === undefined) continue;
    const detail = `The backup has been through ${unknown.name}, which this gateway does not have as it was: restore it with the gateway that made it, or a newer one.`;
    throw new FaultError('backup_schema_newer', { detail });
  }
  if (keys.createdAtMs >= data.createdAtMs && keys.createdAtMs <= clock.now()) return;
  throw new FaultError('backup_pair_mismatch', {
    detail: 'The keys are older than the data. Take the keys of the same backup, or of a later one.',
  });
}

type Parts = Readonly<Record<Half, Part>>;

async function build(
  scratch: string,
  parts: Parts,
  options: RestoreOptions,
  record: (client: ClientBase, doubtful: number) => Promise<void>,
) {
  await using fresh = await makeFreshDatabase({ ...options.into, databaseUrl: null, dataFolder: scratch });
  const since = stopwatch(options.clock);
  const copied: CopiedTable[] = [];
  for (const half of ['data', 'keys'] as const) copied.push(...(await loadPart(fresh, half, parts)).tables);
  await analyze(fresh.owner);
  const loaded = since();
  const checks = await check(fresh, copied, parts, options);
  const doubtful = await options.settle(fresh.owner, parts.data.createdAtMs);
  await record(fresh.owner, doubtful);
  return { tables: copied, checks, doubtful, tookMs: { load: loaded, check: since() } };
}

/** Keys may be younger than the data, also in their migrations: these run in between, as they did. */
async function loadPart(fresh: FreshDatabase, half: Half, parts: Parts): Promise<Manifest> {
  const { migrations, days, give } = parts[half];
  await fresh.migrateTo(migrations.at(-1)?.name ?? '');
  return load(fresh.owner, half, days, give);
}

/** Whoever opens a vault that is whole makes no key and destroys none. */
function mustStayAsItIs(): Promise<never> {
  const detail = 'The keys are not whole: the gateway would have to make some.';
  return Promise.reject(new FaultError('restore_check_failed', { detail }));
}

async function check(fresh: FreshDatabase, tables: readonly CopiedTable[], parts: Parts, options: RestoreOptions) {
  const { root: settings, entropy, clock } = options;
  await using taken = new AsyncDisposableStack();
  const root = new RootKeys({ settings, clock, entropy });
  taken.defer(() => root.close());
  const vault = await Vault.open({ pool: fresh.pools.engine, root, entropy, clock, record: mustStayAsItIs });
  taken.defer(() => vault.close());

  const { migrations } = parts.keys.migrations.length > parts.data.migrations.length ? parts.keys : parts.data;
  return await runChecks({ client: fresh.owner, vault, tables, migrations });
}
