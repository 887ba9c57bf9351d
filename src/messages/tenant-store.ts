import type pg from 'pg';
import { type Id, idText, lowestIdText, parseId } from '../base/id.ts';
import { must } from '../base/must.ts';
import { messageClasses } from './contract.ts';
import { current, REPLACED } from './replacement-store.ts';
import { type MessageState, stateOf, states } from './states.ts';
import { MT, ONE_OF_MANY, SCHEDULED } from './write-store.ts';

/** A message as its account reads it, before its number is opened. */
export interface TenantRow {
  readonly id: Id;
  readonly recipientId: number;
  readonly direction: 'mt' | 'mo';
  readonly state: MessageState;
  /** Whether it was accepted for a time of delivery, wherever it is now. */
  readonly wasScheduled: boolean;
  readonly class: (typeof messageClasses)[number];
  readonly segments: number;
  readonly dataCoding: number;
  readonly from: string;
  readonly reference: string | null;
  readonly credentialId: number;
  readonly isOneOfMany: boolean;
  readonly expiresAtMs: number;
}

export interface TenantEvent {
  readonly atMs: number;
  readonly state: MessageState;
  readonly segment: number;
  readonly carrierId: number;
  readonly code: number;
}

interface RawRow {
  id: string;
  recipient_id: string;
  direction: number;
  state: number;
  was_scheduled: boolean;
  class: number;
  segments: number;
  data_coding: number;
  sender: string;
  reference: string | null;
  credential_id: number;
  is_one_of_many: boolean;
  expires_at: Date;
}

const ROWS = `SELECT m.id, m.recipient_id, m.direction, m.class, m.sender, m.reference, m.credential_id,
  m.flags & ${ONE_OF_MANY} <> 0 AS is_one_of_many,
  ${current('segments')} AS segments, ${current('data_coding')} AS data_coding, ${current('expires_at')} AS expires_at,
  m.hand_off = ${SCHEDULED} AS was_scheduled,
  coalesce(latest.state, CASE m.hand_off WHEN ${SCHEDULED} THEN ${states.scheduled.number} ELSE ${states.accepted.number} END) AS state
  FROM message m LEFT JOIN LATERAL (SELECT e.state FROM message_event e
    WHERE e.account_id = m.account_id AND e.message_id = m.id AND e.segment = 0
    ORDER BY (e.state >= 10) DESC, e.at DESC, e.state DESC LIMIT 1) latest ON true ${REPLACED}`;

export interface WaitingQuery {
  readonly accountId: number;
  readonly recipientId: number;
  readonly credentialId: number;
  readonly from: string;
  /** Null for none, undefined for all. */
  readonly serviceType: string | null | undefined;
  readonly states: readonly MessageState[];
  readonly fromMs: number;
  readonly limit: number;
}

export interface TenantQuery {
  readonly accountId: number;
  readonly recipientId: number | null;
  readonly state: number | null;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly before: Id | null;
  readonly limit: number;
}

/** Runs queries as one account, held to it by row-level security. */
export type AsTenant = <T>(accountId: number, work: (client: pg.PoolClient) => Promise<T>) => Promise<T>;

export class TenantStore {
  readonly #asTenant: AsTenant;

  constructor(asTenant: AsTenant) {
    this.#asTenant = asTenant;
  }

  byIds(accountId: number, ids: readonly Id[]): Promise<TenantRow[]> {
    return this.#asTenant(accountId, async (client) => {
      const { rows } = await client.query<RawRow>(`${ROWS} WHERE m.account_id = $1 AND m.id = ANY($2)`, [
        accountId,
        ids.map(idText),
      ]);
      return rows.map(toRow);
    });
  }

  /** Newest first. */
  search(query: TenantQuery): Promise<TenantRow[]> {
    const upper = query.before ? idText(query.before) : lowestIdText(query.untilMs);
    const values = [query.accountId, lowestIdText(query.fromMs), upper, query.recipientId, query.state, query.limit];
    return this.#asTenant(query.accountId, async (client) => {
      const text = `SELECT * FROM (${ROWS} WHERE m.account_id = $1 AND m.id >= $2 AND m.id < $3
        AND ($4::int8 IS NULL OR m.recipient_id = $4) ORDER BY m.id DESC) found
        WHERE $5::int2 IS NULL OR state = $5 LIMIT $6`;
      const { rows } = await client.query<RawRow>(text, values);
      return rows.map(toRow);
    });
  }

  /** The messages with ids from one to another, both among them: a run of them, oldest first. */
  run(accountId: number, first: Id, last: Id): Promise<TenantRow[]> {
    return this.#asTenant(accountId, async (client) => {
      const values = [accountId, idText(first), idText(last)];
      const text = `${ROWS} WHERE m.account_id = $1 AND m.id >= $2 AND m.id <= $3 ORDER BY m.id`;
      return (await client.query<RawRow>(text, values)).rows.map(toRow);
    });
  }

  /** The messages of a credential from one sender to one recipient that wait, newest first. */
  waiting(query: WaitingQuery): Promise<TenantRow[]> {
    const { accountId, recipientId, credentialId, from, serviceType } = query;
    const values = [accountId, recipientId, lowestIdText(query.fromMs), credentialId, from, query.limit];
    const among = query.states.map((state) => states[state].number);
    return this.#asTenant(accountId, async (client) => {
      const text = `SELECT * FROM (${ROWS} WHERE m.account_id = $1 AND m.recipient_id = $2 AND m.id >= $3
        AND m.credential_id = $4 AND m.sender = $5 AND m.direction = ${MT}
        AND ($8::bool OR m.service_type IS NOT DISTINCT FROM $9) ORDER BY m.id DESC) found
        WHERE state = ANY($7) LIMIT $6`;
      const more = [among, serviceType === undefined, serviceType ?? null];
      return (await client.query<RawRow>(text, [...values, ...more])).rows.map(toRow);
    });
  }

  /** The sealed body of a message as it is now; null where there is no row. */
  body(accountId: number, id: Id): Promise<Buffer | null> {
    return this.#asTenant(accountId, async (client) => {
      const text = `SELECT ${current('body')} AS body FROM message m ${REPLACED} WHERE m.account_id = $1 AND m.id = $2`;
      return (await client.query<{ body: Buffer }>(text, [accountId, idText(id)])).rows[0]?.body ?? null;
    });
  }

  events(accountId: number, id: Id): Promise<TenantEvent[]> {
    return this.#asTenant(accountId, async (client) => {
      const { rows } = await client.query<{
        at: Date;
        state: number;
        segment: number;
        carrier_id: number;
        code: number;
      }>(
        `SELECT at, state, segment, carrier_id, code FROM message_event
         WHERE account_id = $1 AND message_id = $2 ORDER BY at, state, segment`,
        [accountId, idText(id)],
      );
      return rows.map(({ at, state, segment, carrier_id: carrierId, code }) => ({
        atMs: at.getTime(),
        state: stateOf(state)!,
        segment,
        carrierId,
        code,
      }));
    });
  }
}

function toRow(raw: RawRow): TenantRow {
  const id = parseId(raw.id);
  const state = stateOf(raw.state);
  const messageClass = messageClasses[raw.class];
  must(id && state && messageClass, 'a stored message has an id, a state and a class');
  return {
    id,
    recipientId: Number(raw.recipient_id),
    direction: raw.direction === MT ? 'mt' : 'mo',
    state,
    wasScheduled: raw.was_scheduled,
    class: messageClass,
    segments: raw.segments,
    dataCoding: raw.data_coding,
    from: raw.sender,
    reference: raw.reference,
    credentialId: raw.credential_id,
    isOneOfMany: raw.is_one_of_many,
    expiresAtMs: raw.expires_at.getTime(),
  };
}
