import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { createCluster, isClusterThere, makeOwnFolder, names, writeAccessRules } from './cluster.ts';
import { onDataFolder } from './data-folder.ts';
import { databaseUser } from './os-user.ts';
import { findPrograms, programsPackage } from './programs.ts';
import { EmbeddedServer } from './server.ts';
import { socketAddress } from './socket-address.ts';

/** What takes long enough at start-up to be shown. */
export type StartStep = 'copy-programs' | 'initdb' | 'start' | 'recover' | 'migrate';

export interface EmbeddedOptions {
  /** Prepared and locked (data-folder.ts). */
  readonly dataFolder: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly progress: (step: StartStep) => void;
  /** How much of the write-ahead log a new cluster gets beforehand: a multiple of 16. */
  readonly walAheadMib: number;
  /** The package that brings PostgreSQL, where it is not the one for this machine. */
  readonly programsPackage?: string;
}

/** A database server, and the two ways the gateway connects to it. */
export interface DatabaseServer {
  readonly kind: 'embedded' | 'external';
  readonly pid: number | null;
  /** As the role that owns the tables: for migrations. */
  readonly owner: ClientConfig;
  /** As the role of the gateway, which owns nothing. */
  readonly gateway: ClientConfig;
  stop(): Promise<void>;
}

/** Starts PostgreSQL on the cluster of the data folder, which is made where it is missing. */
export function startEmbedded(options: EmbeddedOptions): Promise<DatabaseServer> {
  return onDataFolder(options.dataFolder, () => start(options));
}

async function start({ dataFolder, log, clock, progress, ...options }: EmbeddedOptions): Promise<DatabaseServer> {
  const cluster = join(dataFolder, 'postgres');
  const accessFolder = join(dataFolder, 'postgres-access');
  const socketFolder = join(dataFolder, 'run');
  const user = await databaseUser(cluster);
  const programs = await findPrograms(dataFolder, user, options.programsPackage ?? programsPackage(), () =>
    progress('copy-programs'),
  );
  if (!(await isClusterThere(cluster, programs))) {
    progress('initdb');
    await createCluster(cluster, { programs, user, walAheadMib: options.walAheadMib });
  }
  await writeAccessRules(accessFolder, user);
  await makeOwnFolder(socketFolder, user);
  await using taken = new AsyncDisposableStack();
  const host = taken.use(await socketAddress(socketFolder)).host;
  progress('start');
  const folders = { cluster, socketFolder, accessFolder, logFile: join(dataFolder, 'postgres.log') };
  const gateway = addressOf(host, names.gateway);
  const server = await EmbeddedServer.start(
    { ...folders, program: programs.postgres, user, address: gateway, log, clock },
    () => progress('recover'),
  );
  taken.defer(() => server.stop());
  const owned = taken.move();
  return {
    kind: 'embedded',
    get pid() {
      return server.pid;
    },
    owner: ownerAt(host),
    gateway,
    stop: () => owned.disposeAsync(),
  };
}

const PORT = 5432;

/** How the owner of the tables connects to a server whose socket is in the folder `host`. */
export const ownerAt = (host: string): ClientConfig => addressOf(host, names.owner);

function addressOf(host: string, user: string): ClientConfig {
  // `ssl` is named so that no PGSSLMODE of the environment has a say.
  return { host, port: PORT, user, database: names.database, ssl: false };
}
