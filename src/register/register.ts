import type { Actor } from '../audit/index.ts';
import { must } from '../base/must.ts';
import { Heights } from './heights.ts';
import {
  type Accepted,
  type RegisteredName,
  RegisteredTable,
  type RegisterParts,
  type TableForm,
} from './registered-table.ts';

export interface RegisterOptions extends Omit<RegisterParts, 'heights'> {
  /** Where the revisions that were seen are kept, outside of the database. */
  readonly file: string;
}

/** What the gateway itself has put into its tables of settings: who changes them without it is found out. */
export class Register {
  readonly #parts: RegisterParts;
  readonly #tables = new Map<RegisteredName, Pick<RegisteredTable<never>, 'accept'>>();

  private constructor(parts: RegisterParts) {
    this.#parts = parts;
  }

  /** Throws `register_broken`. */
  static async open({ file, ...parts }: RegisterOptions): Promise<Register> {
    return new Register({ ...parts, heights: await Heights.open(file) });
  }

  /** The table of whoever asks, who reads and writes it through what is returned. */
  table<Row>(form: TableForm<Row>): RegisteredTable<Row> {
    const table = new RegisteredTable(this.#parts, form);
    this.#tables.set(form.name, table);
    return table;
  }

  /** Takes a table for right as it stands; whoever uses it is told to read it again. */
  accept(name: RegisteredName, by: Actor): Promise<Accepted> {
    const table = this.#tables.get(name);
    must(table !== undefined, 'every table of the register has its store');
    return table.accept(by);
  }
}
