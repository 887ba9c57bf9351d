import type { Fault } from '../base/fault.ts';
import type { Load } from './copy.ts';
import { RowBuffer } from './rows.ts';

/** A table that takes rows in batches. */
export interface BatchTable {
  /** The COPY statement for the partition of a day (days since 1970-01-01), or for the table where it has none. */
  statement(day: number): string;
  readonly partitioned: boolean;
}

/** What one caller wants stored: all of its rows or none. Exactly one of `stored` and `failed` is called, once. */
export interface Unit {
  stored(): void;
  failed(fault: Fault): void;
  /** Must be stored, however long it takes: it records what has happened already. Others fail when the disk is full. */
  readonly mustHold: boolean;
  /** A query that finds a row where this unit was stored: asked when a connection was lost during the commit. */
  probe(): { text: string; values: unknown[] };
}

/** Rows gathered for one commit, and whose they are. Its buffers are used again. */
export class Batch {
  readonly #loads = new Map<string, Load>();
  readonly #spare: RowBuffer[] = [];
  readonly #rowLoads: Load[] = [];
  readonly #rowBounds: number[] = [];
  readonly units: Unit[] = [];
  /** How many rows there were when each unit was added: its rows end there. */
  readonly #unitEnds: number[] = [];
  readonly days = new Set<number>();
  #bytes = 0;
  #open: Load | null = null;
  #openAt = 0;

  get rowCount(): number {
    return this.#rowLoads.length;
  }

  get byteCount(): number {
    return this.#bytes;
  }

  get loads(): Load[] {
    return [...this.#loads.values()];
  }

  get firstUnitWithRows(): Unit {
    return this.units[this.#unitEnds.findIndex((end) => end > 0)]!;
  }

  /** The buffer in which to write a row for `table`; `endRow` must follow. */
  beginRow(table: BatchTable, day: number): RowBuffer {
    const statement = table.statement(day);
    let load = this.#loads.get(statement);
    if (!load) {
      load = { statement, rows: this.#spare.pop() ?? new RowBuffer() };
      this.#loads.set(statement, load);
      if (table.partitioned) this.days.add(day);
    }
    this.#open = load;
    this.#openAt = load.rows.end;
    return load.rows;
  }

  /** The row belongs to the unit that is added next. */
  endRow(): void {
    const load = this.#open!;
    this.#rowLoads.push(load);
    this.#rowBounds.push(this.#openAt, load.rows.end);
    this.#bytes += load.rows.end - this.#openAt;
  }

  addUnit(unit: Unit): void {
    this.units.push(unit);
    this.#unitEnds.push(this.#rowLoads.length);
  }

  /** Appends the rows of one unit of another batch. */
  addUnitOf(other: Batch, index: number): void {
    const first = index === 0 ? 0 : other.#unitEnds[index - 1]!;
    for (let row = first; row < other.#unitEnds[index]!; row++) this.#copyRow(other, row);
    for (const day of other.days) this.days.add(day);
    this.addUnit(other.units[index]!);
  }

  #copyRow(other: Batch, row: number): void {
    const { statement, rows } = other.#rowLoads[row]!;
    const load = this.#loads.get(statement) ?? { statement, rows: new RowBuffer() };
    this.#loads.set(statement, load);
    this.#open = load;
    this.#openAt = load.rows.end;
    load.rows.copyRow(rows, other.#rowBounds[2 * row]!, other.#rowBounds[2 * row + 1]!);
    this.endRow();
  }

  /** The units from `from` up to `until` as a batch of their own. */
  slice(from: number, until: number): Batch {
    const part = new Batch();
    for (let index = from; index < until; index++) part.addUnitOf(this, index);
    return part;
  }

  /** Takes over what another batch holds, in place of its own. */
  become(other: Batch): void {
    this.clear();
    for (let index = 0; index < other.units.length; index++) this.addUnitOf(other, index);
  }

  clear(): this {
    for (const { rows } of this.#loads.values()) {
      rows.clear();
      this.#spare.push(rows);
    }
    this.#loads.clear();
    this.#rowLoads.length = this.#rowBounds.length = this.#unitEnds.length = this.units.length = 0;
    this.days.clear();
    this.#bytes = 0;
    return this;
  }
}
