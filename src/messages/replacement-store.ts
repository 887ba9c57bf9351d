/**
 * What took the place of messages that waited for their time (replace_sm): the row with the highest revision counts. Only a
 * message that was accepted for a time of its own can have one.
 */

import { states } from './states.ts';
import { FAILURES_ONLY, SCHEDULED, SUCCESS_ONLY, WANTS_RECEIPT } from './write-store.ts';

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
