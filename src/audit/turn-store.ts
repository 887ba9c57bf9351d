import type pg from 'pg';

/** Takes the advisory lock of something that one gateway of several does. */
export class TurnStore {
  readonly #client: pg.ClientBase;

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  /** Whether this connection has the lock from now on, until it ends. */
  async tryLock(lock: number): Promise<boolean> {
    const { rows } = await this.#client.query<{ is: boolean }>('SELECT pg_try_advisory_lock($1) AS is', [lock]);
    return rows[0]!.is;
  }
}
