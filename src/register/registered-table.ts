import type pg from 'pg';
import type { Actor, Audit, Entry } from '../audit/index.ts';
import { FaultError } from '../base/fault.ts';
import { errorText, type Log } from '../base/log.ts';
import { OneByOne } from '../base/one-by-one.ts';
import { inTransaction } from '../store/index.ts';
import type { Heights } from './heights.ts';
import { type OwnMarks, Page, rowMark, type StoredPage } from './page.ts';
import { registerStore, SNAPSHOT } from './register-store.ts';
import { type TableAlarms, Trouble } from './trouble.ts';

/** The tables that have a page. */
export const registered = ['carrier', 'credential', 'route', 'webhook'] as const;
export type RegisteredName = (typeof registered)[number];

/** How rows of a table are read, and what of them is taken down. */
export interface TableForm<Row> {
  readonly name: RegisteredName;
  /** All rows there are. */
  readonly all: (client: pg.ClientBase) => Promise<readonly Row[]>;
  readonly keyOf: (row: Row) => number;
  /** Everything of a row that decides anything, as JSON can say it. Two rows that say the same do the same. */
  readonly said: (row: Row) => readonly unknown[];
}

export interface Checked<Row> {
  /** As a gateway wrote them. */
  readonly whole: readonly Row[];
  /** Rows that were changed outside, or are gone, as they were when they were last whole here. */
  readonly kept: readonly Row[];
  /** Rows that were changed outside, as they stand. Nothing of them is to be used. */
  readonly changed: readonly Row[];
}

export interface Accepted {
  readonly name: RegisteredName;
  readonly rows: number;
  readonly changed: readonly number[];
  readonly missing: readonly number[];
}

export interface RegisterParts {
  /** Connections of the role `sallyport_engine`. */
  readonly pool: pg.Pool;
  readonly vault: OwnMarks;
  readonly audit: Pick<Audit, 'act' | 'done' | 'record'>;
  readonly alarms: TableAlarms;
  readonly heights: Heights;
  readonly log: Log;
  /** Whether the audit log mentions these words anywhere. */
  readonly isOnRecord: (words: string) => Promise<boolean>;
}

const ROWS_IN_A_GO = 500;
const ITSELF: Actor = { who: 'gateway', from: null };

/** The words of an entry that says that a page was begun, as `entryBytes` writes them. */
const begunWords = (name: RegisteredName): string =>
  `"what":"register.begun","who":"gateway","from":null,"on":["register:${name}"]`;

interface Read<Row> {
  readonly stored: StoredPage | null;
  readonly rows: readonly Row[];
}

/** A table whose rows are what the gateway wrote into it, or are found out. */
export class RegisteredTable<Row> {
  readonly #parts: RegisterParts;
  readonly #form: TableForm<Row>;
  readonly #trouble: Trouble;
  /** One after the other: what an older one has seen is not held against what a younger one has. */
  readonly #reads = new OneByOne();
  #isKnownToBeBegun = false;
  /** As they were when they were last whole. */
  #good: ReadonlyMap<number, Row> = new Map();

  constructor(parts: RegisterParts, form: TableForm<Row>) {
    this.#parts = parts;
    this.#form = form;
    this.#trouble = new Trouble(form.name, parts.alarms);
  }

  /** Reads all rows, and raises an alarm of those that were changed outside. */
  read(): Promise<Checked<Row>> {
    return this.#reads.do(() => this.#readNow());
  }

  async #readNow(): Promise<Checked<Row>> {
    let read = await this.#snapshot();
    if (read.stored === null) {
      if (await this.#mayBegin()) await this.#begin();
      read = await this.#snapshot(); // another gateway may have begun it meanwhile
    }
    const page = this.#open(read.stored);
    if (page !== null) await this.#rise(page);
    return this.#check(page, read.rows, await this.#wholeOf(page, read.rows));
  }

  /**
   * Does something to one row, puts it on record, and takes down what the row says from then on, as one. `rowOf` gives its
   * key and the row as it was meant, not as the database gives it back; null where it is gone. Null where nothing was done.
   * Throws `changed_outside` where the page cannot be trusted: a change would cover up what was done to the other rows.
   */
  async write<T>(
    work: (client: pg.PoolClient) => Promise<T | null>,
    rowOf: (done: T) => { readonly key: number; readonly row: Row | null },
    entryOf: (done: T) => Entry,
  ): Promise<T | null> {
    const written = await this.#parts.audit.act(
      async (client) => {
        const before = this.#open(await registerStore.lock(client, this.#form.name));
        if (before === null) throw lost(this.#form.name);
        const done = await work(client);
        if (done === null) return null;
        const { key, row } = rowOf(done);
        const page = before.next(key, row && this.#mark(row));
        await this.#store(client, page);
        return { done, page };
      },
      (it) => it && entryOf(it.done),
    );
    if (written === null) return null;
    await this.#wrote(written.page);
    return written.done;
  }

  /** Takes the rows for right as they stand, on record, and tells what was not. */
  async accept(by: Actor): Promise<Accepted> {
    const { name } = this.#form;
    const { page, ...accepted } = await this.#parts.audit.act(
      async (client) => {
        await registerStore.claim(client, name);
        const before = this.#open(await registerStore.lock(client, name));
        const rows = await this.#form.all(client);
        const marks = this.#marksOf(rows);
        const as = new Page(Math.max(before?.revision ?? 0, this.#parts.heights.of(name)) + 1, marks);
        await this.#store(client, as);
        await registerStore.tell(client, name);
        return { page: as, name, rows: rows.length, ...differences(before, marks) };
      },
      ({ rows, changed, missing }) =>
        this.#parts.audit.done(by, 'register.accepted', [`register:${name}`], {
          rows,
          changed: changed.length,
          missing: missing.length,
        }),
    );
    await this.#wrote(page);
    return accepted;
  }

  #snapshot(): Promise<Read<Row>> {
    const { name, all } = this.#form;
    const read = async (client: pg.ClientBase) => ({
      stored: await registerStore.page(client, name),
      rows: await all(client),
    });
    return inTransaction(this.#parts.pool, read, SNAPSHOT);
  }

  #open(stored: StoredPage | null): Page | null {
    const { vault, heights } = this.#parts;
    const page = stored && Page.open(vault, this.#form.name, stored);
    return page !== null && page.revision >= heights.of(this.#form.name) ? page : null;
  }

  /** Once for a table: neither this gateway nor the log, which is signed, knows of a page. */
  async #mayBegin(): Promise<boolean> {
    const { heights, isOnRecord } = this.#parts;
    const { name } = this.#form;
    if (this.#isKnownToBeBegun || heights.of(name) > 0) return false;
    this.#isKnownToBeBegun = await isOnRecord(begunWords(name));
    return !this.#isKnownToBeBegun;
  }

  /** Takes down what stands there. Where another gateway does it at the same time, one of them does. */
  #begin(): Promise<void> {
    const { pool, audit } = this.#parts;
    const { name } = this.#form;
    return inTransaction(pool, async (client) => {
      if (!(await registerStore.claim(client, name))) return;
      const marks = this.#marksOf(await this.#form.all(client));
      await this.#store(client, new Page(1, marks));
      await audit.record(client, audit.done(ITSELF, 'register.begun', [`register:${name}`], { rows: marks.size }));
    });
  }

  /** Those that are as a gateway wrote them: 5 µs a row. Messages have their turn meanwhile. */
  async #wholeOf(page: Page | null, rows: readonly Row[]): Promise<ReadonlyMap<number, Row>> {
    const whole = new Map<number, Row>();
    for (const [at, row] of rows.entries()) {
      const key = this.#form.keyOf(row);
      if (page?.marks.get(key)?.equals(this.#mark(row)) === true) whole.set(key, row);
      if (at % ROWS_IN_A_GO === ROWS_IN_A_GO - 1) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return whole;
  }

  #check(page: Page | null, rows: readonly Row[], whole: ReadonlyMap<number, Row>): Checked<Row> {
    const { keyOf } = this.#form;
    const changed = rows.filter((row) => whole.get(keyOf(row)) !== row);
    const present = new Set(rows.map(keyOf));
    const missing = page === null ? [] : [...page.marks.keys()].filter((key) => !present.has(key));
    const isDoubted = (key: number) => !whole.has(key) && (page === null || present.has(key) || page.marks.has(key));
    const kept = new Map([...this.#good].filter(([key]) => isDoubted(key)));
    this.#good = new Map([...whole, ...kept]);
    this.#trouble.tell({ isLost: page === null, rows: rows.length, changed: changed.map(keyOf), missing });
    return { whole: [...whole.values()], kept: [...kept.values()], changed };
  }

  #marksOf(rows: readonly Row[]): Map<number, Buffer> {
    return new Map(rows.map((row) => [this.#form.keyOf(row), this.#mark(row)]));
  }

  #mark(row: Row): Buffer {
    const { name, keyOf, said } = this.#form;
    return rowMark(this.#parts.vault, name, keyOf(row), said(row));
  }

  #store(client: pg.ClientBase, page: Page): Promise<void> {
    const { name } = this.#form;
    return registerStore.write(client, name, page.stored(this.#parts.vault, name));
  }

  /**
   * What was written is known before anybody is told that it was: a database that says yes and keeps what was before is found
   * out. Behind the reads under way, which may have seen what was before.
   */
  #wrote(page: Page): Promise<void> {
    return this.#reads.do(() => this.#rise(page));
  }

  /** What cannot be kept beside the database is known until this process ends. */
  async #rise({ revision }: Page): Promise<void> {
    const { heights, log } = this.#parts;
    await heights.rise(this.#form.name, revision).catch((error: unknown) => {
      log.warn('register_not_kept', { cause: errorText(error) });
    });
  }
}

function differences(before: Page | null, marks: ReadonlyMap<number, Buffer>) {
  const changed = [...marks].filter(([key, mark]) => before?.marks.get(key)?.equals(mark) !== true);
  const missing = [...(before?.marks.keys() ?? [])].filter((key) => !marks.has(key));
  return { changed: changed.map(([key]) => key), missing };
}

const lost = (name: RegisteredName): FaultError =>
  new FaultError('changed_outside', {
    detail: `The register of the table ${name} was changed or removed outside of the gateway. Look at every ${name}, then take them as they are: npx sallyport register accept ${name}`,
  });
