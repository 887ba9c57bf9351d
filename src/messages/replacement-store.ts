/**
 * What took the place of messages that waited for their time (replace_sm): the row with the highest revision counts. Only a
 * message that was accepted for a time of its own can have one.
 */

import type pg from 'pg';
import type { Audit, Entry } from '../audit/index.ts';
import { type Id, idText } from '../base/id.ts';
import { timeOf } from '../store/index.ts';
import { states } from './states.ts';
import { FAILURES_ONLY, SCHEDULED, SEND, SUCCESS_ONLY, WANTS_RECEIPT } from './write-store.ts';

/** Joins to a message `m` what took its place, as `r`. */
export const REPLACED = `LEFT JOIN LATERAL (SELECT p.* FROM message_replacement p
  WHERE m.hand_off = ${SCHEDULED} AND p.account_id = m.account_id AND p.message_id = m.id
  ORDER BY p.revision DESC LIMIT 1) r ON true`;

/** A column of a message as it is now. */
export const current = (column: 'data_coding' | 'flags' | 'segments' | 'expires_at' | 'body'): string =>
  `coalesce(r.${column}, m.${column})`;

/** Whether flags ask for a receipt about this state: an expression of SQL. */
export const asksForReceipt = (flags: string, state: string): string => `(${flags} & ${WANTS_RECEIPT} <> 0
  AND (${flags} & ${FAILURES_ONLY} = 0 OR ${state} <> ${states.delivered.number})
  AND (${flags} & ${SUCCESS_ONLY} = 0 OR ${state} IN (${states.delivered.number}, ${states.received.number})))`;

/**
 * All of it or nothing, in one statement: where the row in `waiting` is gone, the message was taken or cancelled; while this
 * holds the row, neither can happen. A message that was handed over before and waits to be tried again has other events.
 */
const REPLACE = `
  WITH due AS (
    UPDATE waiting w SET due_at = ${timeOf('$3')}
    WHERE w.account_id = $1 AND w.message_id = $2 AND w.what = ${SEND} AND w.state = ${states.accepted.number}
      AND NOT EXISTS (SELECT FROM message_event e WHERE e.account_id = $1 AND e.message_id = $2
        AND e.state <> ${states.scheduled.number})
    RETURNING w.account_id, w.message_id),
  event AS (
    INSERT INTO message_event (account_id, message_id, at, state, segment, node_id, carrier_id, code)
    SELECT account_id, message_id, ${timeOf('$4')}, ${states.scheduled.number}, 0, $5, 0, 0 FROM due)
  INSERT INTO message_replacement (account_id, message_id, revision, at, data_coding, flags, segments, expires_at, body)
  SELECT account_id, message_id, $6, ${timeOf('$4')}, $7, $8, $9, ${timeOf('$10')}, $11
  FROM due`;
const UNIQUE_VIOLATION = '23505';

export interface ReplacementRow {
  readonly accountId: number;
  readonly messageId: Id;
  readonly revision: number;
  readonly atMs: number;
  readonly dueAtMs: number;
  readonly dataCoding: number;
  readonly flags: number;
  readonly segments: number;
  readonly expiresAtMs: number;
  readonly body: Buffer;
}

export class ReplacementStore {
  readonly #audit: Audit;
  readonly #pool: pg.Pool;

  constructor(audit: Audit, pool: pg.Pool) {
    this.#audit = audit;
    this.#pool = pool;
  }

  /** When a message that waits for its time is due, Unix ms, and in which data coding it came; null where it does not wait. */
  async scheduled(accountId: number, id: Id): Promise<{ dueAtMs: number; dataCoding: number } | null> {
    const { rows } = await this.#pool.query<{ due_at: Date; code: number }>(
      `SELECT due_at, code FROM waiting WHERE account_id = $1 AND message_id = $2 AND what = ${SEND}
         AND state = ${states.accepted.number}`,
      [accountId, idText(id)],
    );
    return rows[0] ? { dueAtMs: rows[0].due_at.getTime(), dataCoding: rows[0].code } : null;
  }

  /** Replaces it, on record as `entry`. False where the message does not wait for its time any more, or something else took its place at the same moment. */
  async replace(row: ReplacementRow, nodeId: number, entry: Entry): Promise<boolean> {
    const { accountId, messageId, dueAtMs, atMs, revision, dataCoding, flags, segments, expiresAtMs, body } = row;
    const values = [accountId, idText(messageId), dueAtMs, atMs, nodeId, revision, dataCoding, flags, segments];
    try {
      return await this.#audit.act(
        async (client) => (await client.query(REPLACE, [...values, expiresAtMs, body])).rowCount === 1,
        (isDone) => (isDone ? entry : null),
      );
    } catch (error) {
      if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) return false;
      throw error;
    }
  }
}
