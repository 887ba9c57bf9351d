import type pg from 'pg';
import type { Clock } from '../base/clock.ts';
import { type Fault, FaultError, fault } from '../base/fault.ts';
import { type BatchWriter, inTransaction, storeFault, type Unit } from '../store/index.ts';
import type { Action } from './actions.ts';
import { auditGroups, insertGroup } from './audit-store.ts';
import { type Actor, type Entry, entryBytes } from './entry.ts';

export interface AuditParts {
  readonly pool: pg.Pool;
  readonly writer: BatchWriter;
  readonly clock: Clock;
}

/** Something to be on record: an entry, or the octets of one about a message. */
export type OnRecord = Entry | Buffer;

/** Puts on record what happens: in the transaction in which it happens, or before it does. No record, no action. */
export class Audit {
  readonly #pool: pg.Pool;
  readonly #writer: BatchWriter;
  readonly #clock: Clock;

  constructor({ pool, writer, clock }: AuditParts) {
    this.#pool = pool;
    this.#writer = writer;
    this.#clock = clock;
  }

  /** The entry of something that somebody does now. */
  done({ who, from, why }: Actor, what: Action, on: readonly string[], about?: Entry['about']): Entry {
    const more = { ...(why !== undefined && { why }), ...(about && { about }) };
    return { atMs: this.#clock.now(), what, who, from, on, outcome: 'done', ...more };
  }

  /** Puts something on record in the transaction of `client`: both become durable, or neither. */
  record(client: pg.ClientBase, ...entries: readonly OnRecord[]): Promise<void> {
    return putOnRecord(client, ...entries);
  }

  /**
   * Does something and puts it on record as one. `entryOf` says of what was done what is to be on record; null where
   * nothing was done. Rejects with `store_unavailable` or `store_full` where the database is the reason.
   */
  act<T>(
    work: (client: pg.PoolClient) => Promise<T>,
    entryOf: (done: T) => OnRecord | readonly OnRecord[] | null,
  ): Promise<T> {
    return inTransaction(this.#pool, async (client) => {
      const done = await work(client);
      const entries = [entryOf(done) ?? []].flat();
      if (entries.length > 0) await this.record(client, ...entries);
      return done;
    }).catch((cause: unknown) => {
      const code = storeFault(cause);
      throw code === null ? cause : new FaultError(code, {}, cause);
    });
  }

  /** Writes an entry that belongs to the unit that is added to the batch next, in this turn. */
  write(entry: Entry): void {
    const bytes = entryBytes(entry);
    const rows = this.#writer.beginEntry(auditGroups);
    const at = rows.entry(bytes.length);
    bytes.copy(rows.bytes, at);
    this.#writer.endRow();
  }

  /**
   * Puts something on record together with whatever else is being stored. `then` is called once: with null when it is
   * durable, else with why it is not, and then what was to be done must not be.
   */
  note(entry: Entry, then: (why: Fault | null) => void): void {
    const writer = this.#writer;
    if (!writer.isUp || !writer.hasRoom) return then(fault('store_unavailable'));
    this.write(entry);
    writer.add(new Noted(then));
  }

  /** The same as a promise; rejects never. */
  noted(entry: Entry): Promise<Fault | null> {
    return new Promise((resolve) => this.note(entry, resolve));
  }
}

/**
 * The same without a gateway, over a connection that may write the log. It has its place when a gateway gives it one.
 */
export const putOnRecord = (client: pg.ClientBase, ...entries: readonly OnRecord[]): Promise<void> =>
  insertGroup(client, entries.map(bytesOf));

const bytesOf = (one: OnRecord): Buffer => (Buffer.isBuffer(one) ? one : entryBytes(one));

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
