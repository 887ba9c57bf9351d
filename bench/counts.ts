import { join } from 'node:path';
import { Client } from 'pg';
import { states } from '../src/messages/states.ts';

/** What lies in the gateway's database: messages, and how far each of them came. */
export interface StoredCounts {
  readonly accepted: number;
  /** With an event that says the carrier has it. */
  readonly submitted: number;
  readonly receipted: number;
  /** Without a final state, by the last event. */
  readonly open: number;
  readonly inDoubt: number;
  readonly recipients: number;
}

const number = (state: keyof typeof states): number => states[state].number;
const finals = Object.values(states)
  .filter(({ final }) => final)
  .map(({ number: value }) => value)
  .join(', ');

const QUERY = `
  WITH reached AS (
    SELECT message_id, bool_or(state = ${number('sent')}) AS sent, bool_or(state = ${number('delivered')}) AS delivered,
      bool_or(state = ${number('in_doubt')}) AS in_doubt, bool_or(state IN (${finals})) AS ended
    FROM message_event GROUP BY account_id, message_id)
  SELECT (SELECT count(*) FROM message) AS accepted, (SELECT count(*) FROM recipient) AS recipients,
    count(*) FILTER (WHERE sent OR delivered) AS submitted, count(*) FILTER (WHERE delivered) AS receipted,
    count(*) FILTER (WHERE in_doubt) AS "inDoubt", (SELECT count(*) FROM message) - count(*) FILTER (WHERE ended) AS open
  FROM reached`;

/** Counts under the role that the gateway itself works with: no other has a way in. */
export async function countStored(dataFolder: string): Promise<StoredCounts> {
  const client = new Client({
    host: join(dataFolder, 'run'),
    user: 'sallyport_gateway',
    database: 'sallyport',
    options: '-c role=sallyport_engine',
  });
  await client.connect();
  try {
    const { rows } = await client.query<Record<keyof StoredCounts, string>>(QUERY);
    return Object.fromEntries(
      Object.entries(rows[0]!).map(([name, count]) => [name, Number(count)]),
    ) as unknown as StoredCounts;
  } finally {
    await client.end();
  }
}
