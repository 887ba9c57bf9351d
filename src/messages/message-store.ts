import type pg from 'pg';
import { MESSAGE_ENTRY_BYTES } from '../audit/index.ts';
import type { Id } from '../base/id.ts';
import { idText, parseId } from '../base/id.ts';
import { must } from '../base/must.ts';
import { inTransaction, timeOf } from '../store/index.ts';
import { codeEndOf } from './classes.ts';
import { type MessageClass, messageClasses } from './contract.ts';
import { asksForReceipt, current, REPLACED } from './replacement-store.ts';
import { type MessageState, stateOf, states } from './states.ts';
import {
  AT_ONCE,
  FAILURES_ONLY,
  HAS_EXTRAS,
  HAS_HEADER,
  MO,
  ONE_OF_MANY,
  SEND,
  SUCCESS_ONLY,
  TELL_SMPP,
  TELL_WEBHOOK,
  WAITS,
  WANTS_RECEIPT,
  WANTS_UNDERWAY,
} from './write-store.ts';

/** A message as it was stored. */
export interface MessageRow {
  readonly id: Id;
  readonly accountId: number;
  readonly recipientId: number;
  readonly credentialId: number;
  readonly carrierId: number;
  /** From a handset: it has no parts to be sent. */
  readonly isInbound: boolean;
  readonly class: MessageClass;
  readonly dataCoding: number;
  readonly hasHeader: boolean;
  /** Whether the body begins with a block of extras (`extras.ts`). */
  readonly hasExtras: boolean;
  readonly wantsReceipt: boolean;
  readonly failuresOnly: boolean;
  readonly successOnly: boolean;
  readonly wantsUnderway: boolean;
  readonly isOneOfMany: boolean;
  readonly segments: number;
  readonly expiresAtMs: number;
  readonly codeEndsAtMs: number | null;
  readonly from: string;
  readonly reference: string | null;
  readonly sealedBody: Buffer;
  /** How often what waited for its time was replaced: the body is sealed with it. */
  readonly revision: number;
  /** Whether the carrier may have it already: it was on its way there when its node ended. */
  readonly isDoubtful: boolean;
  /** Whether what became of it in the end is on record. */
  readonly isEnded: boolean;
  readonly attempts: number;
}

/** What is on record of one part of a message. */
export interface PartRow {
  readonly segment: number;
  readonly state: MessageState;
  readonly reference: string | null;
  /** Who has it, or had it. */
  readonly carrierId: number;
}

interface RawRow {
  account_id: number;
  id: string;
  recipient_id: string;
  credential_id: number;
  carrier_id: number;
  direction: number;
  class: number;
  data_coding: number;
  flags: number;
  segments: number;
  hand_off: number;
  expires_at: Date;
  sender: string;
  reference: string | null;
  body: Buffer;
  revision: number;
  is_doubtful: boolean;
  state?: number | null;
}

/** A message that went to another carrier than it was stored for is where its latest event says. */
const CARRIER = 'coalesce(nullif(latest.carrier_id, 0), m.carrier_id)';
const COLUMNS = `m.account_id, m.id, m.recipient_id, m.credential_id, ${CARRIER} AS carrier_id, m.direction, m.class, m.hand_off, m.sender,
  m.reference, ${current('data_coding')} AS data_coding, ${current('flags')} AS flags, ${current('segments')} AS segments,
  ${current('expires_at')} AS expires_at, ${current('body')} AS body, coalesce(r.revision, 0) AS revision`;
const TAKEN = states.taken.number;
const IN_DOUBT = states.in_doubt.number;

/** The latest event of a message as a whole; an end outranks all else. */
const LATEST = `LEFT JOIN LATERAL (SELECT e.state, e.node_id, e.carrier_id FROM message_event e
  WHERE e.account_id = m.account_id AND e.message_id = m.id AND e.segment = 0
  ORDER BY (e.state >= 10) DESC, e.at DESC, e.state DESC LIMIT 1) latest ON true`;

/**
 * Whether the latest event says that a node had the message in its memory: taken from the store, or in doubt and to be sent
 * again. A doubt that waits for its receipt alone has a row in `waiting`, and is nobody's.
 */
const wasInHandOf = (nodes: string): string => `(latest.node_id = ANY(${nodes}) AND (latest.state = ${TAKEN}
  OR (latest.state = ${IN_DOUBT} AND NOT EXISTS (SELECT FROM waiting w WHERE w.account_id = m.account_id
    AND w.message_id = m.id AND w.what = ${SEND} AND w.state = ${IN_DOUBT}))))`;

/** A page of the backlog of one account and lane. `$6` are the nodes whose messages this one took over. */
const BACKLOG = `
  SELECT ${COLUMNS}, (latest.state IS NOT NULL OR m.hand_off = ${AT_ONCE}) AS is_doubtful
  FROM message m ${LATEST} ${REPLACED}
  WHERE m.account_id = $1 AND m.id >= $2 AND m.id < $3 AND m.class = $5 AND m.direction = 0
    AND (m.carrier_id = $4 OR cardinality($6::int4[]) > 0) AND ${CARRIER} = $4
    AND ((m.node_id = $7 AND m.hand_off = ${WAITS} AND latest.state IS NULL)
      OR (m.node_id = ANY($6) AND m.hand_off <= ${WAITS} AND latest.state IS NULL)
      OR ${wasInHandOf('$6')})
    AND ($9::float8 IS NULL OR ${current('expires_at')} < ${timeOf('$9')})
  ORDER BY m.id LIMIT $8`;

/**
 * A day of which PostgreSQL has no statistics yet looks small to it: it would read all that waits and sort it, for each page
 * (0.4 s of a page that takes 0.02 s). Without a name, so that no plan is kept from when the day was empty.
 */
const IN_ORDER = 'BEGIN; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off';

const TAKEN_BY = `
  SELECT DISTINCT ON (m.account_id, m.id) ${COLUMNS}, true AS is_doubtful
  FROM message_event t JOIN message m ON m.account_id = t.account_id AND m.id = t.message_id ${LATEST} ${REPLACED}
  WHERE t.at >= ${timeOf('$1')} AND t.state IN (${TAKEN}, ${IN_DOUBT}) AND t.node_id = ANY($2)
    AND ${wasInHandOf('$2')} AND m.id < $3
  ORDER BY m.account_id, m.id`;

const BY_ID = `SELECT ${COLUMNS}, coalesce(latest.state = ${IN_DOUBT}, false) AS is_doubtful, latest.state
  FROM unnest($1::int4[], $2::uuid[]) AS k(account_id, id) JOIN message m USING (account_id, id) ${LATEST} ${REPLACED}`;

const BY_REFERENCE = `SELECT DISTINCT m.account_id, m.id FROM unnest($2::text[]) AS k(reference)
  JOIN message_event e ON e.carrier_id = $1 AND e.reference = k.reference AND e.state = ${states.sent.number}
  JOIN message m ON m.account_id = e.account_id AND m.id = e.message_id`;

const PARTS = `SELECT account_id, message_id, segment, state, reference, carrier_id FROM message_event e
  JOIN unnest($1::int4[], $2::uuid[]) AS k(account_id, message_id) USING (account_id, message_id)
  WHERE e.segment > 0 OR e.reference IS NOT NULL OR e.state >= 10 OR e.state = ${IN_DOUBT} ORDER BY e.at, e.state`;

const OWE_AGAIN = `
  INSERT INTO waiting (account_id, message_id, what, state, credential_id, due_at, attempts, event_at, code)
  SELECT e.account_id, e.message_id, ${TELL_SMPP}, e.state, m.credential_id, now(), 0, e.at, e.code
  FROM message_event e JOIN message m ON m.account_id = e.account_id AND m.id = e.message_id ${REPLACED}
  WHERE e.at >= ${timeOf('$1')} AND e.node_id = ANY($2) AND e.state >= 10 AND e.segment = 0
    AND ${asksForReceipt(current('flags'), 'e.state')}
  ON CONFLICT DO NOTHING`;

/** The sequencer reads 32 groups at a time. */
const ENTRIES_OF_GROUP = 4096;

/** Messages that were sent in an hour, whenever they were accepted, and still had no receipt. */
const MARK_UNKNOWN = `
  WITH silent AS (
    SELECT DISTINCT ON (m.account_id, m.id) m.account_id, m.id, t.carrier_id, m.credential_id, ${current('flags')} AS flags, t.at
    FROM message_event t JOIN message m ON m.account_id = t.account_id AND m.id = t.message_id ${LATEST} ${REPLACED}
    WHERE t.at >= ${timeOf('$1')} AND t.at < ${timeOf('$2')}
      AND t.state = ${states.sent.number} AND t.segment = 0 AND latest.state = ${states.sent.number}
    ORDER BY m.account_id, m.id, t.at DESC),
  missing AS (
    INSERT INTO missing_receipt AS r (carrier_id, day, count)
    SELECT carrier_id, (at AT TIME ZONE 'UTC')::date, count(*) FROM silent GROUP BY 1, 2
    ON CONFLICT (carrier_id, day) DO UPDATE SET count = r.count + excluded.count),
  owed AS (
    INSERT INTO waiting (account_id, message_id, what, state, credential_id, due_at, attempts, event_at)
    SELECT s.account_id, s.id, t.what, ${states.unknown.number}, s.credential_id, now(), 0, now()
    FROM silent s LEFT JOIN webhook w ON w.account_id = s.account_id
    CROSS JOIN (VALUES (${TELL_WEBHOOK}), (${TELL_SMPP})) AS t(what)
    WHERE CASE t.what WHEN ${TELL_SMPP} THEN ${asksForReceipt('s.flags', String(states.unknown.number))} ELSE w.account_id IS NOT NULL END
    ON CONFLICT DO NOTHING),
  recorded AS (
    INSERT INTO audit_group (entry_count, entries)
    SELECT count(*), string_agg(int2send(${MESSAGE_ENTRY_BYTES}::int2) || entry, ''::bytea) FROM (
      SELECT (row_number() OVER () - 1) / ${ENTRIES_OF_GROUP} AS number,
        message_entry(${states.unknown.number}::int2, 0::int2, $4::int8, account_id, id, 0, carrier_id, $3::int4, 0) AS entry
      FROM silent) e
    GROUP BY number)
  INSERT INTO message_event (account_id, message_id, at, state, segment, node_id, carrier_id, code)
  SELECT account_id, id, ${timeOf('$4::int8')}, ${states.unknown.number}, 0, $3, carrier_id, 0 FROM silent`;

export interface BacklogQuery {
  readonly accountId: number;
  readonly from: Id;
  readonly before: Id;
  readonly carrierId: number;
  readonly class: number;
  readonly adopted: readonly number[];
  readonly nodeId: number;
  readonly limit: number;
  /** Only those not worth sending since then; null for all. */
  readonly expiredBeforeMs: number | null;
}

/** Reads messages back for the engine, over all accounts. */
export class MessageStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async backlog(query: BacklogQuery): Promise<MessageRow[]> {
    const values = [query.accountId, idText(query.from), idText(query.before), query.carrierId, query.class];
    const more = [query.adopted, query.nodeId, query.limit, query.expiredBeforeMs];
    const page = (client: pg.PoolClient) => client.query<RawRow>(BACKLOG, [...values, ...more]);
    return (await inTransaction(this.#pool, page, IN_ORDER)).rows.map(toRow);
  }

  /** Messages older than `before` that the ended nodes took up after `sinceMs` and left without an outcome. */
  async takenBy(nodes: readonly number[], sinceMs: number, before: Id): Promise<MessageRow[]> {
    return (await this.#pool.query<RawRow>(TAKEN_BY, [sinceMs, nodes, idText(before)])).rows.map(toRow);
  }

  /** Owes applications again what ended nodes recorded after `sinceMs` and may not have told. */
  async oweAgain(nodes: readonly number[], sinceMs: number): Promise<void> {
    await this.#pool.query(OWE_AGAIN, [sinceMs, nodes]);
  }

  /** The messages whose doubt is not over. */
  async inDoubt(): Promise<{ accountId: number; id: Id }[]> {
    const { rows } = await this.#pool.query<{ account_id: number; message_id: string }>(
      `SELECT account_id, message_id FROM waiting WHERE what = ${SEND} AND state = ${IN_DOUBT}`,
    );
    return rows.map((row) => ({ accountId: row.account_id, id: parseId(row.message_id)! }));
  }

  async byIds(keys: readonly { accountId: number; id: Id }[]): Promise<(MessageRow & { state: MessageState })[]> {
    const values = [keys.map((key) => key.accountId), keys.map((key) => idText(key.id))];
    const { rows } = await this.#pool.query<RawRow & { state: number | null }>({ name: 'by_id', text: BY_ID, values });
    return rows.map((row) => ({ ...toRow(row), state: stateOf(row.state ?? 0)! }));
  }

  /** The messages that a carrier knows by one of these references. */
  async byReferences(carrierId: number, references: readonly string[]): Promise<{ accountId: number; id: Id }[]> {
    const { rows } = await this.#pool.query<{ account_id: number; id: string }>(BY_REFERENCE, [carrierId, references]);
    return rows.map((row) => ({ accountId: row.account_id, id: parseId(row.id)! }));
  }

  /** What is on record of the parts of messages, by the text of the message id. */
  async parts(keys: readonly { accountId: number; id: Id }[]): Promise<Map<string, PartRow[]>> {
    const values = [keys.map((key) => key.accountId), keys.map((key) => idText(key.id))];
    const { rows } = await this.#pool.query<{
      message_id: string;
      segment: number;
      state: number;
      reference: string | null;
      carrier_id: number;
    }>(PARTS, values);
    return Map.groupBy(
      rows.map((row) => ({ ...row, state: stateOf(row.state)!, carrierId: row.carrier_id })),
      (row) => row.message_id,
    );
  }

  /** Ends the messages that were sent in this time, Unix ms, and had no receipt. Returns how many. */
  async markUnknown(fromMs: number, beforeMs: number, nodeId: number, atMs: number): Promise<number> {
    return (await this.#pool.query(MARK_UNKNOWN, [fromMs, beforeMs, nodeId, atMs])).rowCount ?? 0;
  }
}

function toRow(raw: RawRow): MessageRow {
  const id = parseId(raw.id);
  const messageClass = messageClasses[raw.class];
  must(id && messageClass, 'a stored message has an id and a class');
  return {
    id,
    accountId: raw.account_id,
    recipientId: Number(raw.recipient_id),
    credentialId: raw.credential_id,
    carrierId: raw.carrier_id,
    isInbound: raw.direction === MO,
    class: messageClass,
    dataCoding: raw.data_coding,
    hasHeader: (raw.flags & HAS_HEADER) !== 0,
    hasExtras: (raw.flags & HAS_EXTRAS) !== 0,
    wantsReceipt: (raw.flags & WANTS_RECEIPT) !== 0,
    failuresOnly: (raw.flags & FAILURES_ONLY) !== 0,
    successOnly: (raw.flags & SUCCESS_ONLY) !== 0,
    wantsUnderway: (raw.flags & WANTS_UNDERWAY) !== 0,
    isOneOfMany: (raw.flags & ONE_OF_MANY) !== 0,
    segments: raw.segments,
    expiresAtMs: raw.expires_at.getTime(),
    codeEndsAtMs: codeEndOf(messageClass, raw.expires_at.getTime()),
    from: raw.sender,
    reference: raw.reference,
    sealedBody: raw.body,
    revision: raw.revision,
    isDoubtful: raw.is_doubtful,
    isEnded: states[stateOf(raw.state ?? 0)!].next.length === 0,
    attempts: 0,
  };
}
