import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import { FaultError } from '../base/fault.ts';
import { connect } from './connection.ts';
import type { DatabaseOptions } from './database.ts';
import { isClusterThere } from './embedded/cluster.ts';
import { lockDataFolder, onDataFolder, prepareDataFolder } from './embedded/data-folder.ts';
import { type DatabaseServer, ownerAt, startEmbedded } from './embedded/index.ts';
import { socketAddress } from './embedded/socket-address.ts';
import { externalServer } from './external.ts';
import { type Migration, migrate, migrationsFolder } from './migrate.ts';
import { endPools, openPools, type Pools } from './pools.ts';

export type OwnerOptions = Omit<DatabaseOptions, 'migrations'>;

/** A connection as the role that owns the tables, beside a gateway that may be running. */
export interface OwnerConnection extends AsyncDisposable {
  readonly client: Client;
  /** Another one to the same server; whoever takes it ends it first. */
  readonly again: () => Promise<Client>;
}

/**
 * Connects to the database of a gateway, whether that runs or not: an embedded server that is down is started, and
 * stopped again at the end. Throws `database_*` or `data_folder_*`.
 */
export async function connectAsOwner(options: OwnerOptions): Promise<OwnerConnection> {
  await using taken = new AsyncDisposableStack();
  const { databaseUrl, caFile } = options;
  const server =
    databaseUrl === null ? await reachEmbedded(options, taken) : (await externalServer(databaseUrl, caFile)).owner;
  const client = await connect(server);
  taken.defer(() => client.end());
  const owned = taken.move();
  const again = () => connect(server);
  return { client, again, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function reachEmbedded(options: OwnerOptions, taken: AsyncDisposableStack) {
  const dataFolder = await onDataFolder(options.dataFolder, () => realpath(options.dataFolder));
  if (!(await isDatabaseThere(dataFolder))) {
    throw new FaultError('database_unreachable', { detail: `There is no database in ${dataFolder}.` });
  }
  const lock = await lockOf(dataFolder);
  // Whoever holds the lock has the server running.
  if (lock === null) return ownerAt(taken.use(await socketAddress(join(dataFolder, 'run'))).host);
  taken.use(lock);
  const server = await startEmbedded({ ...options, dataFolder });
  taken.defer(() => server.stop());
  return server.owner;
}

async function lockOf(dataFolder: string): Promise<Disposable | null> {
  try {
    return await lockDataFolder(dataFolder);
  } catch (error) {
    if (error instanceof FaultError && error.fault.code === 'data_folder_in_use') return null;
    throw error;
  }
}

/** Whether a data folder has a database of the embedded kind, of whatever version. */
export async function isDatabaseThere(dataFolder: string): Promise<boolean> {
  return await isClusterThere(join(dataFolder, 'postgres'), null);
}

/** A new embedded database that nobody uses yet. */
export interface FreshDatabase extends AsyncDisposable {
  readonly owner: Client;
  readonly pools: Pools;
  /** Brings it to where it has been through `until`, the name of a migration. */
  migrateTo(until: string): Promise<void>;
}

/** Makes an embedded database in `dataFolder`, which is made and held for it. Its tables come with `migrateTo`. */
export async function makeFreshDatabase(options: OwnerOptions): Promise<FreshDatabase> {
  await using taken = new AsyncDisposableStack();
  const dataFolder = await prepareDataFolder(options.dataFolder);
  taken.use(await lockDataFolder(dataFolder));
  const server = await startEmbedded({ ...options, dataFolder });
  taken.defer(() => server.stop());
  const pools = openPools(server.gateway, options.log);
  taken.defer(() => endPools(pools, options.clock));
  const owner = await connect(server.owner);
  taken.defer(() => owner.end());
  const owned = taken.move();
  return { owner, pools, migrateTo: migrator(server), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const migrator = (server: DatabaseServer) => (until: string) =>
  migrate(
    server,
    migrationsFolder,
    () => undefined,
    ({ name }: Migration) => name <= until,
  );
