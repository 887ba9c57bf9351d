import { after, afterEach, before, beforeEach } from 'node:test';
import type { Client, Pool } from 'pg';
import type { Database } from '../../src/store/index.ts';
import { openTestDatabase, type TestDatabase, temporaryFolder } from './database.ts';

/** The database of a test file or suite. There is none before its tests begin. */
export interface OwnDatabase {
  readonly database: Database;
  readonly dataFolder: string;
  /** As the role that a gateway works as. */
  readonly engine: Pool;
  /** As the role that owns the tables. */
  readonly owner: Client;
  /** Given back behind the last test, the last first, and all of it before the database. */
  readonly taken: AsyncDisposableStack;
}

/**
 * Gives the test file or suite that calls it a real database of its own. Outside of a suite node:test runs hooks of
 * `before` side by side: what needs the database is made in `prepare`.
 */
export function ownDatabase(prepare: (db: OwnDatabase) => unknown = () => undefined): OwnDatabase {
  const taken = new AsyncDisposableStack();
  let server: TestDatabase;
  let owner: Client;
  const db: OwnDatabase = {
    taken,
    get database() {
      return server.database;
    },
    get dataFolder() {
      return server.dataFolder;
    },
    get engine() {
      return server.database.engine;
    },
    get owner() {
      return owner;
    },
  };
  before(async () => {
    server = taken.use(await openTestDatabase());
    owner = await server.connectOwner();
    taken.defer(() => owner.end());
    await prepare(db);
  });
  after(() => taken.disposeAsync());
  return db;
}

/** What each test has anew. There is none between tests. */
export interface EachTest {
  /** The path of an empty folder. */
  readonly folder: string;
  /** Given back behind the test, the last first, and all of it before the folder. */
  readonly taken: AsyncDisposableStack;
}

/** Gives each test of the file that calls it a folder, and empties what the tests share behind each. */
export function eachTest(empty: () => Promise<unknown> = () => Promise.resolve()): EachTest {
  let folder: AsyncDisposable & { readonly path: string };
  let taken: AsyncDisposableStack;
  beforeEach(async () => {
    folder = await temporaryFolder();
    taken = new AsyncDisposableStack();
  });
  afterEach(async () => {
    await taken.disposeAsync();
    await empty();
    await folder[Symbol.asyncDispose]();
  });
  return {
    get folder() {
      return folder.path;
    },
    get taken() {
      return taken;
    },
  };
}
