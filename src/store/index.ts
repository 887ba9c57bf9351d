export type { BatchTable, GroupTable, Unit } from './batch.ts';
export { BinaryArray, BYTEA, INT4, INT8 } from './binary-array.ts';
export { type Database, type DatabaseOptions, openDatabase } from './database.ts';
export { makeDays } from './days-store.ts';
export type { StartStep } from './embedded/index.ts';
export { type ChangeHandlers, type ChangesListener, type ChangesOptions, listenForChanges } from './notices.ts';
export { storeFault } from './store-fault.ts';
export { inTransaction } from './transaction.ts';
export { BatchWriter, type WriterOptions } from './writer.ts';
