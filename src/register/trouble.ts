import type { Alarms } from '../audit/index.ts';

export type TableAlarms = Pick<Alarms, 'raise' | 'end' | 'standing'>;

/** What is wrong with a table. */
export interface Findings {
  /** Its page is not there, not ours, or older than one that was seen. */
  readonly isLost: boolean;
  readonly rows: number;
  /** Keys. */
  readonly changed: readonly number[];
  readonly missing: readonly number[];
}

/** Beyond them the table has one alarm, with the count. */
const NAMED_MAX = 20;

/** Raises alarms of what was changed outside in one table, and ends them when it is right again. */
export class Trouble {
  readonly #table: string;
  readonly #alarms: TableAlarms;

  constructor(table: string, alarms: TableAlarms) {
    this.#table = table;
    this.#alarms = alarms;
  }

  tell({ isLost, rows, changed, missing }: Findings): void {
    const now = new Map<string, Parameters<Alarms['raise']>[2]>();
    const isMany = isLost || changed.length + missing.length > NAMED_MAX;
    if (isMany) now.set(`register:${this.#table}`, { isLost, rows, changed: changed.length, missing: missing.length });
    else {
      for (const key of changed) now.set(`${this.#table}:${key}`, { what: 'changed' });
      for (const key of missing) now.set(`${this.#table}:${key}`, { what: 'missing' });
    }
    for (const { alarm, on } of this.#alarms.standing)
      if (alarm === 'changed_outside' && this.#isOurs(on) && !now.has(on.join(' '))) this.#alarms.end(alarm, on);
    for (const [on, about] of now) this.#alarms.raise('changed_outside', [on], about);
  }

  /** Also one that was raised before the start. */
  #isOurs([on = '']: readonly string[]): boolean {
    return on === `register:${this.#table}` || on.startsWith(`${this.#table}:`);
  }
}
