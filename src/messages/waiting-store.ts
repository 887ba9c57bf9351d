import type pg from 'pg';
import { type Audit, type Entry, messageEntry } from '../audit/index.ts';
import { type Id, idText, parseId } from '../base/id.ts';
import { must } from '../base/must.ts';
import { timeOf } from '../store/index.ts';
import type { OwedNotice } from './contract.ts';
import { asksForReceipt, current, REPLACED } from './replacement-store.ts';
import { type MessageState, stateOf, states } from './states.ts';
import { type Due, SEND, TELL_SMPP, TELL_WEBHOOK } from './write-store.ts';

/** Something whose time has come. */
export interface DueRow {
  readonly accountId: number;
  readonly messageId: Id;
  readonly what: number;
  readonly state: MessageState;
  readonly credentialId: number;
  readonly attempts: number;
  readonly eventAtMs: number;
  readonly code: number;
}

export type DueKey = Pick<DueRow, 'accountId' | 'messageId' | 'what' | 'state'>;

interface RawDue {
  account_id: number;
  message_id: string;
  what: number;
  state: number;
  credential_id: number;
  attempts: number;
  event_at: Date;
  code: number;
}

const KEY = 'w.account_id = d.account_id AND w.message_id = d.message_id AND w.what = d.what AND w.state = d.state';
const COLUMNS = 'w.account_id, w.message_id, w.what, w.state, w.credential_id, w.attempts, w.event_at, w.code';
const { accepted, taken, in_doubt: inDoubt } = states;

/**
 * Messages to be sent now whose carrier is up, or that are no longer worth sending. The row goes and the event `taken`
 * comes in one transaction, so that a message is always either waiting or somebody's.
 */
const TAKE_SENDS = `
  WITH due AS (
    DELETE FROM waiting w USING (
      SELECT w.account_id, w.message_id, w.what, w.state
      FROM waiting w JOIN message m ON m.account_id = w.account_id AND m.id = w.message_id ${REPLACED}
      WHERE w.what = ${SEND} AND w.state = ${accepted.number} AND CASE WHEN $5::uuid[] IS NULL
        THEN w.due_at <= now() AND (m.carrier_id = ANY($1) OR ${current('expires_at')} <= now()) ELSE w.message_id = ANY($5) END
      ORDER BY w.due_at LIMIT $3 FOR UPDATE OF w SKIP LOCKED) d
    WHERE ${KEY} RETURNING ${COLUMNS}),
  taken AS (
    INSERT INTO message_event (account_id, message_id, at, state, segment, node_id, carrier_id, code)
    SELECT account_id, message_id, ${timeOf('$4')}, ${taken.number}, 0, $2, 0, 0 FROM due)
  SELECT * FROM due`;
/**
 * Messages to be sent now whose carrier is down, of credentials that have another one: not looked at again for a while, as
 * they may have no other way all the same.
 */
const PUT_OFF_SENDS = `
  UPDATE waiting w SET due_at = now() + make_interval(secs => $4) FROM (
    SELECT w.account_id, w.message_id, w.what, w.state
    FROM waiting w JOIN message m ON m.account_id = w.account_id AND m.id = w.message_id
    WHERE w.what = ${SEND} AND w.state = ${accepted.number} AND w.due_at <= now() AND m.carrier_id <> ALL($1)
      AND m.credential_id = ANY($2)
    ORDER BY w.due_at LIMIT $3 FOR UPDATE OF w SKIP LOCKED) d
  WHERE ${KEY} RETURNING ${COLUMNS}`;
/** What one such statement took: no other event has its time, its node and no carrier. */
const TAKEN_AT = `
  SELECT account_id, message_id FROM message_event
  WHERE at = ${timeOf('$2')} AND node_id = $1 AND carrier_id = 0 AND state = ${taken.number}`;

/** Claims what is due for a while: it stays until it is settled, and is due again if that does not happen. */
const CLAIM = `
  UPDATE waiting w SET due_at = now() + make_interval(secs => $3), attempts = w.attempts + 1 FROM (
    SELECT account_id, message_id, what, state FROM waiting
    WHERE what = $1 AND due_at <= now() AND ($1 <> ${SEND} OR state = ${inDoubt.number})
    ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED) d
  WHERE ${KEY} RETURNING ${COLUMNS}`;

/** The same for notices to SMPP sessions: of each credential the oldest that are due, so that they can be told in order. */
const CLAIM_NOTICES = `
  WITH claimed AS (
    UPDATE waiting w SET due_at = now() + make_interval(secs => $3), attempts = w.attempts + 1 FROM (
      SELECT n.account_id, n.message_id, n.what, n.state
      FROM unnest($1::int4[], $2::int4[]) AS r(credential_id, room) CROSS JOIN LATERAL (
        SELECT account_id, message_id, what, state FROM waiting
        WHERE what = ${TELL_SMPP} AND credential_id = r.credential_id AND due_at <= now()
        ORDER BY event_at, message_id, state LIMIT r.room FOR UPDATE SKIP LOCKED) n) d
    WHERE ${KEY} RETURNING ${COLUMNS})
  SELECT * FROM claimed ORDER BY event_at, message_id, state`;

const OWE_ONCE = `
  INSERT INTO waiting (account_id, message_id, what, state, credential_id, due_at, attempts, event_at, code)
  SELECT account_id, message_id, what, state, credential_id, ${timeOf('due_ms')}, 0, ${timeOf('event_ms')}, code
  FROM unnest($1::int4[], $2::uuid[], $3::int2[], $4::int2[], $5::int4[], $6::float8[], $7::float8[], $8::int4[])
    AS o(account_id, message_id, what, state, credential_id, due_ms, event_ms, code)
  ON CONFLICT DO NOTHING`;

const KEYS = 'unnest($1::int4[], $2::uuid[], $3::int2[], $4::int2[]) AS d(account_id, message_id, what, state)';
const SETTLE = `DELETE FROM waiting w USING ${KEYS} WHERE ${KEY}`;
/** The row goes, and the event comes with what is owed because of it: to whom wanted a receipt, and to a webhook where one is. */
const CANCEL = `
  WITH gone AS (
    DELETE FROM waiting WHERE account_id = $1 AND message_id = $2 AND what = ${SEND} AND state = ${accepted.number}
    RETURNING account_id, message_id, credential_id),
  owed AS (
    INSERT INTO waiting (account_id, message_id, what, state, credential_id, due_at, attempts, event_at)
    SELECT g.account_id, g.message_id, t.what, ${states.cancelled.number}, g.credential_id, now(), 0, now()
    FROM gone g JOIN message m ON m.account_id = g.account_id AND m.id = g.message_id ${REPLACED}
    CROSS JOIN (VALUES (${TELL_WEBHOOK}), (${TELL_SMPP})) AS t(what)
    WHERE CASE t.what WHEN ${TELL_SMPP} THEN ${asksForReceipt(current('flags'), String(states.cancelled.number))} ELSE $4::bool END)
  INSERT INTO message_event (account_id, message_id, at, state, segment, node_id, carrier_id, code)
  SELECT account_id, message_id, ${timeOf('$5')}, ${states.cancelled.number}, 0, $3, 0, 0 FROM gone`;

export interface CancelAbout {
  readonly nodeId: number;
  readonly hasWebhook: boolean;
  /** Unix ms. */
  readonly atMs: number;
  /** Who does it. */
  readonly entry: Entry;
}

export class WaitingStore {
  readonly #pool: pg.Pool;
  readonly #audit: Audit;

  constructor(pool: pg.Pool, audit: Audit) {
    this.#pool = pool;
    this.#audit = audit;
  }

  /** Takes what is due, at a time by which `takenAt` finds it again. */
  async takeSends(carriersUp: readonly number[], nodeId: number, limit: number, atMs: number): Promise<DueRow[]> {
    return (await this.#pool.query<RawDue>(TAKE_SENDS, [carriersUp, nodeId, limit, atMs, null])).rows.map(toDue);
  }

  /** Takes these, whether they are due or not, as far as they still wait. */
  async takeThese(ids: readonly Id[], nodeId: number, atMs: number): Promise<DueRow[]> {
    const values = [[], nodeId, ids.length, atMs, ids.map(idText)];
    return (await this.#pool.query<RawDue>(TAKE_SENDS, values)).rows.map(toDue);
  }

  /** Puts off what is due of carriers that are down and of these credentials, by `seconds`. */
  async putOffSends(
    carriersUp: readonly number[],
    credentials: readonly number[],
    limit: number,
    seconds: number,
  ): Promise<DueRow[]> {
    return (await this.#pool.query<RawDue>(PUT_OFF_SENDS, [carriersUp, credentials, limit, seconds])).rows.map(toDue);
  }

  /** What this node took at that time: asked when the answer was lost, or what followed it failed. */
  async takenAt(nodeId: number, atMs: number): Promise<{ accountId: number; id: Id }[]> {
    const { rows } = await this.#pool.query<{ account_id: number; message_id: string }>(TAKEN_AT, [nodeId, atMs]);
    return rows.map((row) => ({ accountId: row.account_id, id: parseId(row.message_id)! }));
  }

  async claim(what: number, limit: number, claimSeconds: number): Promise<DueRow[]> {
    const values = [what, limit, claimSeconds];
    return (await this.#pool.query<RawDue>({ name: 'claim', text: CLAIM, values })).rows.map(toDue);
  }

  /** Claims what is owed to sessions: of each credential at most as many as given, oldest first. */
  async claimNotices(rooms: ReadonlyMap<number, number>, claimSeconds: number): Promise<DueRow[]> {
    const values = [[...rooms.keys()], [...rooms.values()], claimSeconds];
    return (await this.#pool.query<RawDue>({ name: 'claim_notices', text: CLAIM_NOTICES, values })).rows.map(toDue);
  }

  /** Owes what is not owed yet. */
  async oweOnce(due: readonly Due[]): Promise<void> {
    const times = [due.map((row) => row.dueAtMs), due.map((row) => row.eventAtMs)];
    const values = [...columnsOf(due), due.map((row) => row.credentialId), ...times, due.map((row) => row.code)];
    await this.#pool.query({ name: 'owe_once', text: OWE_ONCE, values });
  }

  /** Sets when each is due again; null for not by itself. */
  async postponeAll(keys: readonly (DueKey & { dueAtMs: number | null })[]): Promise<void> {
    await this.#pool.query({
      name: 'postpone_all',
      text: `UPDATE waiting w SET due_at = coalesce(${timeOf('d.due_ms')}, 'infinity')
        FROM unnest($1::int4[], $2::uuid[], $3::int2[], $4::int2[], $5::float8[]) AS d(account_id, message_id, what, state, due_ms)
        WHERE ${KEY}`,
      values: [...columnsOf(keys), keys.map((key) => key.dueAtMs)],
    });
  }

  /** Removes what is settled. */
  async settle(keys: readonly DueKey[]): Promise<void> {
    await this.#pool.query({ name: 'settle', text: SETTLE, values: columnsOf(keys) });
  }

  /** Sets when something is due next; null for never by itself: it stays as a dead letter until it is replayed. */
  async postpone(key: DueKey, dueAtMs: number | null): Promise<void> {
    await this.#pool.query(
      `UPDATE waiting SET due_at = coalesce(${timeOf('$5')}, 'infinity')
       WHERE account_id = $1 AND message_id = $2 AND what = $3 AND state = $4`,
      [key.accountId, idText(key.messageId), key.what, states[key.state].number, dueAtMs],
    );
  }

  /** Undoes a claim: what was not tried is due again then, and no attempt is counted. */
  async giveBack(key: DueKey, dueAtMs: number): Promise<void> {
    await this.#pool.query(
      `UPDATE waiting SET due_at = ${timeOf('$5')}, attempts = greatest(attempts - 1, 0)
       WHERE account_id = $1 AND message_id = $2 AND what = $3 AND state = $4`,
      [key.accountId, idText(key.messageId), key.what, states[key.state].number, dueAtMs],
    );
  }

  /** Makes all that is owed to a credential due at once. */
  async hasten(what: number, credentialId: number): Promise<void> {
    await this.#pool.query(
      'UPDATE waiting SET due_at = now() WHERE what = $1 AND credential_id = $2 AND due_at > now()',
      [what, credentialId],
    );
  }

  /** What applications are owed about a message. */
  async owed(accountId: number, id: Id): Promise<OwedNotice[]> {
    const { rows } = await this.#pool.query<RawOwed>(
      `SELECT what, state, attempts, event_at, CASE WHEN isfinite(due_at) THEN due_at END AS due_at FROM waiting
       WHERE account_id = $1 AND message_id = $2 AND what IN (${TELL_WEBHOOK}, ${TELL_SMPP}) ORDER BY event_at, what`,
      [accountId, idText(id)],
    );
    return rows.map(toOwed);
  }

  /** Takes a message that waits to be sent out of the queue, on record; false where it does not wait. */
  async cancelSend(accountId: number, id: Id, { nodeId, hasWebhook, atMs, entry }: CancelAbout): Promise<boolean> {
    const state = states.cancelled.number;
    const end = messageEntry({ state, atMs, accountId, messageId: id, nodeId });
    return this.#audit.act(
      async (client) => {
        const values = [accountId, idText(id), nodeId, hasWebhook, atMs];
        return (await client.query(CANCEL, values)).rowCount === 1;
      },
      (isGone) => (isGone ? [entry, end] : null),
    );
  }
}

const columnsOf = (keys: readonly DueKey[]): unknown[][] => [
  keys.map((key) => key.accountId),
  keys.map((key) => idText(key.messageId)),
  keys.map((key) => key.what),
  keys.map((key) => states[key.state].number),
];

interface RawOwed {
  what: number;
  state: number;
  attempts: number;
  event_at: Date;
  due_at: Date | null;
}

const toOwed = (raw: RawOwed): OwedNotice => ({
  by: raw.what === TELL_SMPP ? 'smpp' : 'webhook',
  state: stateOf(raw.state)!,
  attempts: raw.attempts,
  eventAtMs: raw.event_at.getTime(),
  dueAtMs: raw.due_at?.getTime() ?? null,
});

function toDue(raw: RawDue): DueRow {
  const messageId = parseId(raw.message_id);
  const state = stateOf(raw.state);
  must(messageId && state, 'what is due has a message and a state');
  return {
    accountId: raw.account_id,
    messageId,
    what: raw.what,
    state,
    credentialId: raw.credential_id,
    attempts: raw.attempts,
    eventAtMs: raw.event_at.getTime(),
    code: raw.code,
  };
}
