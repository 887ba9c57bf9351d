import type pg from 'pg';

/** A pool whose connection breaks at a statement, and stays broken. */
export interface BreakingPool {
  readonly pool: pg.Pool;
  /** How many statements there were. */
  readonly count: () => number;
  readonly isBroken: () => boolean;
}

/**
 * Counts what is asked on connections that are lent, from 1. Statement number `at` is not done; or, where `isDone`, it is done
 * and its answer is lost.
 */
export function breakingPool(engine: pg.Pool, at: number, isDone: boolean): BreakingPool {
  let count = 0;
  const connect = async (): Promise<pg.PoolClient> => {
    const client = await engine.connect();
    const query = client.query.bind(client) as (...all: unknown[]) => Promise<unknown>;
    const asked = async (...args: unknown[]): Promise<unknown> => {
      count++;
      if (count < at || (count === at && isDone)) {
        const answer = await query(...args);
        if (count < at) return answer;
      }
      throw new Error('broken');
    };
    const release = (isBroken?: boolean): void => client.release(isBroken || count >= at);
    return Object.assign(Object.create(client) as pg.PoolClient, { query: asked, release });
  };
  const pool = { connect, query: engine.query.bind(engine) } as unknown as pg.Pool;
  return { pool, count: () => count, isBroken: () => count >= at };
}
