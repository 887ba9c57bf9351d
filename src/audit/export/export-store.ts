import type pg from 'pg';
import { msOf, timeOf } from '../../store/index.ts';

/** How far a receiver is. */
export interface SinkState {
  readonly sink: string;
  /** The index of the first entry that it does not have. */
  readonly nextIndex: number;
  /** Unix ms; null of one that was never delivered to. */
  readonly deliveredAtMs: number | null;
  /** What is wrong since `troubleAtMs`, in words; null where nothing is. */
  readonly trouble: string | null;
  readonly troubleAtMs: number | null;
}

const STATE = `sink, next_index AS "nextIndex", ${msOf('delivered_at')} AS "deliveredAtMs", trouble,
  ${msOf('trouble_at')} AS "troubleAtMs"`;

/** How far each receiver has the log. */
export class ExportStore {
  readonly #client: Pick<pg.ClientBase, 'query'>;

  constructor(client: Pick<pg.ClientBase, 'query'>) {
    this.#client = client;
  }

  /** Every receiver there ever was. */
  async states(): Promise<SinkState[]> {
    const { rows } = await this.#client.query<Omit<SinkState, 'nextIndex'> & { nextIndex: string }>(
      `SELECT ${STATE} FROM audit_export ORDER BY sink`,
    );
    return rows.map((row) => ({ ...row, nextIndex: Number(row.nextIndex) }));
  }

  /** The index of the next entry for a receiver; of a new one, `first`. */
  async next(sink: string, first: number): Promise<number> {
    await this.#client.query(
      'INSERT INTO audit_export (sink, next_index) VALUES ($1, $2) ON CONFLICT (sink) DO NOTHING',
      [sink, first],
    );
    const { rows } = await this.#client.query<{ next: string }>(
      'SELECT next_index AS next FROM audit_export WHERE sink = $1',
      [sink],
    );
    return Number(rows[0]!.next);
  }

  /** A receiver has everything before `nextIndex`. It never goes back. */
  async delivered(sink: string, nextIndex: number, atMs: number): Promise<void> {
    await this.#client.query(
      `UPDATE audit_export SET next_index = greatest(next_index, $2), delivered_at = ${timeOf('$3')},
         trouble = NULL, trouble_at = NULL WHERE sink = $1`,
      [sink, nextIndex, atMs],
    );
  }

  /** Since when it is so is kept, until something is delivered. */
  async troubled(sink: string, trouble: string, atMs: number): Promise<void> {
    await this.#client.query(
      `UPDATE audit_export SET trouble = $2, trouble_at = coalesce(trouble_at, ${timeOf('$3')})
       WHERE sink = $1`,
      [sink, trouble, atMs],
    );
  }
}
