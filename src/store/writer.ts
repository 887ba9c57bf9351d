import type pg from 'pg';
import type { Clock } from '../base/clock.ts';
import { fault } from '../base/fault.ts';
import { errorText, type Log } from '../base/log.ts';
import { Batch, type BatchTable, type GroupTable, type Unit } from './batch.ts';
import { commitLoads } from './copy.ts';
import type { GroupBuffer, RowBuffer } from './rows.ts';
import { isPassing } from './store-fault.ts';

/** Two batches under way keep the disk busy while the next one gathers; a third gains nothing (measured in bench/). */
const LANES = 2;
const BATCH_BYTES_MAX = 8 * 1024 * 1024;
/** Rows and entries of the audit log. */
const BATCH_ROWS_MAX = 32_768;
const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 2000;

export interface WriterOptions {
  connect(): Promise<pg.Client>;
  /** Makes the partitions of a day. */
  makeDay(client: pg.Client, day: number): Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The one writer of the hot tables. While a commit runs the next batch gathers, and it leaves as soon as a lane is idle:
 * no timers, and batches as large as the load makes them. Each unit learns the fate of its own rows.
 */
export class BatchWriter {
  readonly #idle: Lane[] = [];
  readonly #lanes: Lane[] = [];
  readonly #stop = new AbortController();
  #filling = new Batch();
  #spare: Batch[] = [];
  #planned = false;
  #waiters: (() => void)[] = [];

  static async open(options: WriterOptions): Promise<BatchWriter> {
    const writer = new BatchWriter();
    for (let i = 0; i < LANES; i++) {
      const lane = new Lane(options, writer.#stop.signal);
      await lane.connect();
      writer.#lanes.push(lane);
      writer.#idle.push(lane);
    }
    return writer;
  }

  /** False while the batch that gathers is as large as a batch may be: who adds more then must wait or refuse. */
  get hasRoom(): boolean {
    return this.#filling.byteCount < BATCH_BYTES_MAX && this.#filling.rowCount < BATCH_ROWS_MAX;
  }

  /** How full the batch that gathers is: 0 to 1, and a little more at the last. */
  get fullness(): number {
    return Math.max(this.#filling.byteCount / BATCH_BYTES_MAX, this.#filling.rowCount / BATCH_ROWS_MAX);
  }

  /** False while a lane has lost its database. */
  get isUp(): boolean {
    return this.#lanes.every((lane) => lane.isUp);
  }

  /** The buffer for one row of the next unit; call `endRow` when the row is written, then `add` the unit. */
  beginRow(table: BatchTable, day: number): RowBuffer {
    return this.#filling.beginRow(table, day);
  }

  /** The buffer for one entry of the next unit in the one row that its batch has in `table`; `endRow` follows. */
  beginEntry(table: GroupTable): GroupBuffer {
    return this.#filling.beginEntry(table);
  }

  endRow(): void {
    this.#filling.endRow();
  }

  /** Adds the unit to which the rows since the last `add` belong. */
  add(unit: Unit): void {
    this.#filling.addUnit(unit);
    this.#plan();
  }

  /** Resolves when all that was added so far has been settled. */
  async settle(): Promise<void> {
    while (this.#filling.units.length > 0 || this.#idle.length < this.#lanes.length) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** Settles what was added, then closes the connections. With a lost database it gives up what is left. */
  async close(): Promise<void> {
    if (this.isUp) await this.settle();
    this.#stop.abort(new Error('the writer is closed'));
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  #plan(): void {
    if (this.#planned || this.#idle.length === 0 || this.#filling.units.length === 0) return;
    this.#planned = true;
    setImmediate(() => this.#leave());
  }

  #leave(): void {
    this.#planned = false;
    const lane = this.#idle.pop();
    if (!lane) return;
    const batch = this.#filling;
    this.#filling = this.#spare.pop() ?? new Batch();
    void lane.commit(batch).then(
      () => this.#return(lane, batch),
      (error: unknown) => {
        if (!this.#stop.signal.aborted) throw error;
      },
    );
  }

  #return(lane: Lane, batch: Batch): void {
    this.#idle.push(lane);
    this.#spare.push(batch.clear());
    for (const wake of this.#waiters.splice(0)) wake();
    this.#plan();
  }
}

/** What to do after a commit failed, by SQLSTATE (https://www.postgresql.org/docs/18/errcodes-appendix.html). */
function verdictOn(error: unknown): 'lost' | 'full' | 'no partition' | 'duplicate' | 'again' | 'row' {
  const code = (error as { code?: string }).code ?? '';
  if (code === '42P01') return 'no partition';
  if (code === '23505') return 'duplicate';
  if (code === '53100') return 'full';
  if (isPassing(code)) return 'again';
  if (!/^[0-9A-Z]{5}$/.test(code) || /^(08|53|57|58|XX|25006)/.test(code)) return 'lost';
  return 'row';
}

/** One connection and the batch it commits. */
class Lane {
  readonly #options: WriterOptions;
  readonly #signal: AbortSignal;
  #client: pg.Client | null = null;
  #connecting: Promise<void> | null = null;

  constructor(options: WriterOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  get isUp(): boolean {
    return this.#client !== null;
  }

  connect(): Promise<void> {
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #connect(): Promise<void> {
    const client = await this.#options.connect();
    if (this.#signal.aborted) return client.end();
    client.on('error', (error) => this.#lose(client, error));
    client.on('end', () => this.#lose(client, null));
    this.#client = client;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end();
  }

  /** Ends when every unit of the batch has been told its fate. */
  async commit(batch: Batch): Promise<void> {
    let mayHaveLanded = false;
    for (let delayMs = RETRY_FIRST_MS; batch.units.length > 0; delayMs = Math.min(RETRY_MAX_MS, delayMs * 2)) {
      const trouble = await this.#attempt(batch, mayHaveLanded);
      if (trouble === null) return tellStored(batch);
      const verdict = verdictOn(trouble);
      this.#options.log.warn('store_commit_failed', {
        cause: errorText(trouble),
        reason: verdict,
        count: batch.units.length,
      });
      if (verdict === 'row' || verdict === 'duplicate') return this.#commitHalves(batch, trouble);
      if (verdict === 'full') refuseWhatMayFail(batch);
      mayHaveLanded ||= verdict === 'lost';
      await this.#options.clock.sleep(delayMs, this.#signal);
    }
  }

  /** One try: null when the batch is durable, else what went wrong. */
  async #attempt(batch: Batch, mayHaveLanded: boolean): Promise<unknown> {
    if (batch.rowCount === 0) return null;
    try {
      if (!this.#client) await this.connect();
      if (mayHaveLanded && (await this.#landed(batch))) return null;
      await commitLoads(this.#client!, batch.loads);
      return null;
    } catch (error) {
      if (verdictOn(error) !== 'no partition') return error ?? new Error('unknown');
      return this.#makeDays(batch).then(
        () => error,
        (trouble: unknown) => trouble,
      );
    }
  }

  #lose(client: pg.Client, error: Error | null): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#options.log.warn('store_connection_lost', { cause: errorText(error) });
    this.#comeBack().catch(() => undefined); // it was closed meanwhile
  }

  /** A lane that has nothing to commit comes back too: while one is away, nothing is accepted that would bring it back. */
  async #comeBack(): Promise<void> {
    for (let delayMs = RETRY_FIRST_MS; this.#client === null; delayMs = Math.min(RETRY_MAX_MS, delayMs * 2)) {
      await this.#options.clock.sleep(delayMs, this.#signal);
      if (this.#client === null) await this.connect().catch(() => undefined); // the next turn tries again
    }
  }

  async #landed(batch: Batch): Promise<boolean> {
    const probe = batch.probe();
    if (!probe) return false;
    const { rowCount } = await this.#client!.query(probe);
    return (rowCount ?? 0) > 0;
  }

  async #makeDays(batch: Batch): Promise<void> {
    for (const day of batch.days) await this.#options.makeDay(this.#client!, day);
  }

  /** A row was refused: halves are committed apart until its unit is alone, so that only its own caller hears of it. */
  async #commitHalves(batch: Batch, error: unknown): Promise<void> {
    const { length } = batch.units;
    if (length === 1) return this.#tellRefused(batch.units[0]!, error);
    const middle = length >> 1;
    await this.commit(batch.slice(0, middle));
    await this.commit(batch.slice(middle, length));
  }

  /** A unit whose key exists was stored before: an id is never made twice. */
  #tellRefused(unit: Unit, error: unknown): void {
    if (verdictOn(error) === 'duplicate') return unit.stored();
    this.#options.log.error('store_row_refused', { cause: errorText(error) });
    unit.failed(fault('internal'));
  }
}

function tellStored(batch: Batch): void {
  for (const unit of batch.units) unit.stored();
}

/** With a full disk nothing was stored: who can be refused is, and the rest is tried again. */
function refuseWhatMayFail(batch: Batch): void {
  const held = new Batch();
  for (const [index, unit] of batch.units.entries()) {
    if (unit.mustHold) held.addUnitOf(batch, index);
    else unit.failed(fault('store_full', { retryAfterMs: RETRY_MAX_MS }));
  }
  batch.become(held);
}
