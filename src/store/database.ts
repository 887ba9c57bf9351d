import { Client, type Pool, type PoolClient } from 'pg';
import { type Clock, DAY_MS } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { must } from '../base/must.ts';
import type { Secret } from '../base/secret.ts';
import { configOf } from './connection.ts';
import { makeDays } from './days-store.ts';
import { lockDataFolder, prepareDataFolder } from './embedded/data-folder.ts';
import { type DatabaseServer, type StartStep, startEmbedded } from './embedded/index.ts';
import { externalServer } from './external.ts';
import { migrate, migrationsFolder } from './migrate.ts';
import { endPools, logLoss, openPools, type Pools } from './pools.ts';
import { inTransaction } from './transaction.ts';

/** The one database of a gateway. */
export interface Database {
  readonly kind: 'embedded' | 'external';
  /** The embedded server's, while it runs. */
  readonly pid: number | null;
  /** Connections for the work of all accounts. */
  readonly engine: Pool;
  /** Connections held to one account at a time by row-level security: use `asTenant`. */
  readonly tenant: Pool;
  /** A connection of its own, for the batch writer. The caller ends it. */
  connectEngine(): Promise<Client>;
  /** Runs `work` in a transaction that sees the rows of one account only. */
  asTenant<T>(accountId: number, work: (client: PoolClient) => Promise<T>): Promise<T>;
  /** Makes the partitions of the days around today; to be called daily. */
  makeDaysAhead(): Promise<void>;
  /** Ends all connections, then the embedded server. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly dataFolder: string;
  /** Null: the gateway's own server. */
  readonly databaseUrl: Secret | null;
  /** The certificate authorities to trust for DATABASE_URL; null: those of the machine. */
  readonly caFile: string | null;
  readonly log: Log;
  readonly clock: Clock;
  readonly progress: (step: StartStep) => void;
  /** How much of the write-ahead log a new embedded database gets beforehand, MiB. */
  readonly walAheadMib: number;
  /** The folder of the migrations, where they are not our own. */
  readonly migrations?: string;
  /** The package that brings PostgreSQL, where it is not the one for this machine. */
  readonly programsPackage?: string;
}

/**
 * Takes the data folder, starts or finds the database, and brings it up to date. Throws a FaultError where something
 * expected stands in the way (codes `data_folder_*`, `database_*`, `migration_*`), having given everything back.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  await using taken = new AsyncDisposableStack();
  const dataFolder = await prepareDataFolder(options.dataFolder);
  taken.use(await lockDataFolder(dataFolder));
  const server = await startServer({ ...options, dataFolder });
  taken.defer(() => server.stop());
  await migrate(server, options.migrations ?? migrationsFolder, () => options.progress('migrate'));
  const pools = openPools(server.gateway, options.log);
  taken.defer(() => endPools(pools, options.clock));
  const database = new OpenDatabase(server, pools, options);
  await database.makeDaysAhead();
  database.takeOver(taken.move());
  return database;
}

function startServer(options: DatabaseOptions): Promise<DatabaseServer> {
  const { databaseUrl, caFile } = options;
  return databaseUrl === null ? startEmbedded(options) : externalServer(databaseUrl, caFile);
}

/** From yesterday, for messages that got their ids before midnight, to days on which `main` may miss its turn. */
const DAYS = { from: -1, to: 3 };

class OpenDatabase implements Database {
  readonly engine: Pool;
  readonly tenant: Pool;
  readonly #server: DatabaseServer;
  readonly #log: Log;
  readonly #clock: Clock;
  #taken = new AsyncDisposableStack();

  constructor(server: DatabaseServer, pools: Pools, { log, clock }: DatabaseOptions) {
    this.#server = server;
    this.engine = pools.engine;
    this.tenant = pools.tenant;
    this.#log = log;
    this.#clock = clock;
  }

  /** From now on `close` gives back what was taken to open the database. */
  takeOver(taken: AsyncDisposableStack): void {
    this.#taken = taken;
  }

  get kind() {
    return this.#server.kind;
  }

  get pid() {
    return this.#server.pid;
  }

  async connectEngine(): Promise<Client> {
    const client = new Client(configOf(this.#server.gateway, 'sallyport_engine'));
    client.on('error', (error) => logLoss(this.#log, error));
    await client.connect();
    return client;
  }

  async asTenant<T>(accountId: number, work: (client: PoolClient) => Promise<T>): Promise<T> {
    must(Number.isSafeInteger(accountId) && accountId > 0, 'an account has a positive number');
    return inTransaction(this.tenant, work, `BEGIN; SET LOCAL sallyport.account_id = ${accountId}`);
  }

  async makeDaysAhead(): Promise<void> {
    const today = Math.floor(this.#clock.now() / DAY_MS);
    await makeDays(this.engine, today + DAYS.from, today + DAYS.to);
  }

  close(): Promise<void> {
    return this.#taken.disposeAsync();
  }
}
