import type pg from 'pg';
import { lowestIdText } from '../base/id.ts';
import { timeOf } from '../store/index.ts';
import { states } from './states.ts';
import { SEND, WAITS } from './write-store.ts';

const { accepted, taken } = states;

/** The gateway that was lost, between the backup and its end: whoever starts first adopts what it may have taken. */
const LOST_NODE = `INSERT INTO node (lease_until, open_from, events_from)
  VALUES (now(), $1, ${timeOf('$2')}) RETURNING id`;

/** What was due since: its row would have gone with the event. */
const TAKE_DUE = `
  WITH due AS (
    DELETE FROM waiting WHERE what = ${SEND} AND state = ${accepted.number} AND due_at <= now()
    RETURNING account_id, message_id)
  INSERT INTO message_event (account_id, message_id, at, state, segment, node_id, carrier_id, code)
  SELECT account_id, message_id, now(), ${taken.number}, 0, $1, 0, 0 FROM due`;

/** What waited for room in a lane. Nothing from before the oldest mark of a node that had not ended is without an event. */
const TAKE_BACKLOG = `
  INSERT INTO message_event (account_id, message_id, at, state, segment, node_id, carrier_id, code)
  SELECT m.account_id, m.id, now(), ${taken.number}, 0, $1, 0, 0 FROM message m
  WHERE m.id >= (SELECT open_from FROM node WHERE ended_at IS NULL ORDER BY open_from LIMIT 1)
    AND m.direction = 0 AND m.hand_off = ${WAITS}
    AND NOT EXISTS (SELECT FROM message_event e WHERE e.account_id = m.account_id AND e.message_id = m.id AND e.segment = 0)`;

/**
 * In a database that was restored: what waited when the backup was made, and may have been sent in the time that is lost,
 * is recorded as taken by a node that is no more. Whoever starts then finds it in doubt, as after a crash, and does with
 * it what its class says. What is not due yet stays as it is. Returns how many messages that are.
 */
export async function doubtWhatMayHaveLeft(
  client: pg.ClientBase,
  backedUpAtMs: number,
  nowMs: number,
): Promise<number> {
  await client.query('BEGIN');
  const { rows } = await client.query<{ id: number }>(LOST_NODE, [lowestIdText(nowMs), backedUpAtMs]);
  const due = await client.query(TAKE_DUE, [rows[0]?.id]);
  const backlog = await client.query(TAKE_BACKLOG, [rows[0]?.id]);
  await client.query('COMMIT');
  return (due.rowCount ?? 0) + (backlog.rowCount ?? 0);
}
