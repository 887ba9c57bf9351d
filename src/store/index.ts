export type { BatchTable, GroupTable, Unit } from './batch.ts';
export { BinaryArray, BYTEA, INT4, INT8 } from './binary-array.ts';
export { readBinaryRows } from './binary-rows.ts';
export { type Database, type DatabaseOptions, openDatabase } from './database.ts';
export { makeDays } from './days-store.ts';
export { lockDataFolder, prepareDataFolder, removeIfLeft } from './embedded/data-folder.ts';
export type { StartStep } from './embedded/index.ts';
export { locks } from './locks.ts';
export { type AppliedMigration, migrationsFolder, planMigrations, readMigrations } from './migrate.ts';
export { type ChangesListener, listenForChanges } from './notices.ts';
export {
  connectAsOwner,
  type FreshDatabase,
  isDatabaseThere,
  makeFreshDatabase,
  type OwnerConnection,
  type OwnerOptions,
} from './owner.ts';
export { msOf, timeOf } from './sql-times.ts';
export { storeFault } from './store-fault.ts';
export { copyIn, copyOut } from './streams.ts';
export { inTransaction } from './transaction.ts';
export { BatchWriter } from './writer.ts';
