import type pg from 'pg';

/** Advisory locks of the database, each for what one gateway of several does. */
export const turns = { export: 0x5a11_a0d2, witness: 0x5a11_a0d3 } as const;

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
