import type pg from 'pg';
import { DAY_MS } from '../base/clock.ts';
import { lowestIdText } from '../base/id.ts';

/** SQLSTATE query_canceled: the time for a query of a tenant is over. */
const QUERY_CANCELED = '57014';

/** How many messages of an account were sealed on the days from `fromDay` to `toDay`; null where counting takes too long. */
export async function countSealed(
  asTenant: <T>(accountId: number, work: (client: pg.PoolClient) => Promise<T>) => Promise<T>,
  accountId: number,
  [fromDay, toDay]: readonly [fromDay: number, toDay: number],
): Promise<number | null> {
  const bounds = [fromDay, toDay + 1].map((day) => lowestIdText(day * DAY_MS));
  const text = 'SELECT count(*)::int8::float8 AS messages FROM message WHERE account_id = $1 AND id >= $2 AND id < $3';
  try {
    return await asTenant(accountId, async (client) => {
      const { rows } = await client.query<{ messages: number }>(text, [accountId, ...bounds]);
      return rows[0]?.messages ?? 0;
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === QUERY_CANCELED) return null;
    throw error;
  }
}
