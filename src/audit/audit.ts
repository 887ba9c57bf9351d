import type pg from 'pg';
import { type Fault, fault } from '../base/fault.ts';
import { type BatchWriter, inTransaction, type Unit } from '../store/index.ts';
import { auditGroups, insertGroup } from './audit-store.ts';
import { type Entry, entryBytes } from './entry.ts';

export interface AuditParts {
  readonly pool: pg.Pool;
  readonly writer: BatchWriter;
}

/** Puts on record what happens: in the transaction in which it happens, or before it does. No record, no action. */
export class Audit {
  readonly #pool: pg.Pool;
  readonly #writer: BatchWriter;

  constructor({ pool, writer }: AuditParts) {
    this.#pool = pool;
    this.#writer = writer;
  }

  /** Puts something on record in the transaction of `client`: both become durable, or neither. */
  record(client: pg.ClientBase, ...entries: readonly Entry[]): Promise<void> {
    return insertGroup(client, entries.map(entryBytes));
  }

  /**
   * Does something and puts it on record as one. `entryOf` says of what was done what is to be on record; null where
   * nothing was done.
   */
  act<T>(work: (client: pg.PoolClient) => Promise<T>, entryOf: (done: T) => Entry | null): Promise<T> {
    return inTransaction(this.#pool, async (client) => {
      const done = await work(client);
      const entry = entryOf(done);
      if (entry) await this.record(client, entry);
      return done;
    });
  }

  /**
   * Puts something on record together with whatever else is being stored. `then` is called once: with null when it is
   * durable, else with why it is not, and then what was to be done must not be.
   */
  note(entry: Entry, then: (why: Fault | null) => void): void {
    const writer = this.#writer;
    if (!writer.isUp || !writer.hasRoom) return then(fault('store_unavailable'));
    const bytes = entryBytes(entry);
    const rows = writer.beginEntry(auditGroups);
    const at = rows.entry(bytes.length);
    bytes.copy(rows.bytes, at);
    writer.endRow();
    writer.add(new Noted(then));
  }

  /** The same as a promise; rejects never. */
  noted(entry: Entry): Promise<Fault | null> {
    return new Promise((resolve) => this.note(entry, resolve));
  }
}

/** The unit of an entry by itself. */
class Noted implements Unit {
  readonly mustHold = false;
  readonly #then: (why: Fault | null) => void;

  constructor(then: (why: Fault | null) => void) {
    this.#then = then;
  }

  stored(): void {
    this.#then(null);
  }

  failed(why: Fault): void {
    this.#then(why);
  }

  /** What is twice on record happened once at least. */
  probe(): null {
    return null;
  }
}
