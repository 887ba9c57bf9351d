import { states } from '../src/messages/states.ts';
import { asGateway } from './as-gateway.ts';

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

export async function countStored(dataFolder: string): Promise<StoredCounts> {
  const { rows } = await asGateway(dataFolder, (client) => client.query<Record<keyof StoredCounts, string>>(QUERY));
  return Object.fromEntries(
    Object.entries(rows[0]!).map(([name, count]) => [name, Number(count)]),
  ) as unknown as StoredCounts;
}
