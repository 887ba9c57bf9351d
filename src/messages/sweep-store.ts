import type pg from 'pg';
import { timeOf } from '../store/index.ts';

/** How far recurring sweeps have come, so that a restart goes on where the last one ended. */
export class SweepStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Until when a sweep is done; null where it never ran. Unix ms. */
  async doneUntilMs(name: string): Promise<number | null> {
    const { rows } = await this.#pool.query<{ done_until: Date }>('SELECT done_until FROM sweep WHERE name = $1', [
      name,
    ]);
    return rows[0]?.done_until.getTime() ?? null;
  }

  async setDone(name: string, untilMs: number): Promise<void> {
    await this.#pool.query(
      `INSERT INTO sweep (name, done_until) VALUES ($1, ${timeOf('$2')})
       ON CONFLICT (name) DO UPDATE SET done_until = greatest(sweep.done_until, excluded.done_until)`,
      [name, untilMs],
    );
  }
}
