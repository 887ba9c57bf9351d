import type { Fault } from '../base/fault.ts';
import type { Load } from './copy.ts';
import { type CopyRows, GroupBuffer, RowBuffer } from './rows.ts';

/** A table that takes rows in batches. */
export interface BatchTable {
  /** The COPY statement for the partition of a day (days since 1970-01-01), or for the table where it has none. */
  statement(day: number): string;
  readonly partitioned: boolean;
}

/** A table that takes one row of each batch: the COPY statement of its two columns, see `GroupBuffer`. */
export interface GroupTable {
  readonly statement: string;
}

/** What one caller wants stored: all of its rows or none. Exactly one of `stored` and `failed` is called, once. */
export interface Unit {
  stored(): void;
  failed(fault: Fault): void;
  /** Must be stored, however long it takes: it records what has happened already. Others fail when the disk is full. */
  readonly mustHold: boolean;
  /**
   * A query that finds a row where this unit was stored: asked when a connection was lost during the commit. Null where that
   * cannot be told: then it is stored again, if no other unit of its batch can tell.
   */
  probe(): { text: string; values: unknown[] } | null;
}

/** Rows gathered for one commit, and whose they are. Its buffers are used again. */
export class Batch {
  readonly #loads = new Map<string, Load>();
  readonly #spare: RowBuffer[] = [];
  readonly #spareGroups: GroupBuffer[] = [];
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

  /** What finds out whether this batch was stored; null where nothing can. */
  probe(): { text: string; values: unknown[] } | null {
    let before = 0;
    for (const [index, unit] of this.units.entries()) {
      const probe = this.#unitEnds[index]! > before ? unit.probe() : null;
      if (probe) return probe;
      before = this.#unitEnds[index]!;
    }
    return null;
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
    this.#begin(load);
    return load.rows as RowBuffer;
  }

  /** The buffer in which to write an entry of the row that this batch has in `table`; `endRow` must follow. */
  beginEntry({ statement }: GroupTable): GroupBuffer {
    let load = this.#loads.get(statement);
    if (!load) {
      load = { statement, rows: this.#spareGroups.pop() ?? new GroupBuffer() };
      this.#loads.set(statement, load);
    }
    this.#begin(load);
    return load.rows as GroupBuffer;
  }

  #begin(load: Load): void {
    this.#open = load;
    this.#openAt = load.rows.end;
  }

  /** The row or entry belongs to the unit that is added next. */
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
    const load = this.#loads.get(statement) ?? { statement, rows: sameKind(rows) };
    this.#loads.set(statement, load);
    this.#begin(load);
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
      if (rows instanceof GroupBuffer) this.#spareGroups.push(rows);
      else this.#spare.push(rows as RowBuffer);
    }
    this.#loads.clear();
    this.#rowLoads.length = this.#rowBounds.length = this.#unitEnds.length = this.units.length = 0;
    this.days.clear();
    this.#bytes = 0;
    return this;
  }
}

const sameKind = (rows: CopyRows): CopyRows => (rows instanceof GroupBuffer ? new GroupBuffer() : new RowBuffer());
