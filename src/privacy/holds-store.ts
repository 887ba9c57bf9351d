import type pg from 'pg';
import { msOf, timeOf } from '../store/index.ts';

/** A hold as it is asked for. Days count since 1970-01-01, both inclusive. */
export interface HoldScope {
  readonly accountId: number;
  readonly recipientId: number | null;
  readonly sender: string | null;
  readonly fromDay: number;
  readonly toDay: number;
  readonly why: string;
  readonly expiresAtMs: number;
}

export interface Hold extends HoldScope {
  readonly id: number;
  readonly askedBy: string;
  readonly askedAtMs: number;
  readonly approvedBy: string | null;
  readonly approvedAtMs: number | null;
  readonly endedBy: string | null;
  readonly endedAtMs: number | null;
}

const HOLD = `id, account_id AS "accountId", recipient_id::float8 AS "recipientId", sender, why,
  from_day - date 'epoch' AS "fromDay", to_day - date 'epoch' AS "toDay",
  asked_by AS "askedBy", ${msOf('asked_at')} AS "askedAtMs", approved_by AS "approvedBy", ${msOf('approved_at')} AS "approvedAtMs",
  ended_by AS "endedBy", ${msOf('ended_at')} AS "endedAtMs", ${msOf('expires_at')} AS "expiresAtMs"`;

/** The table `legal_hold`. */
export const holdsStore = {
  async ask(client: pg.ClientBase, hold: HoldScope, askedBy: string, atMs: number): Promise<Hold> {
    const { accountId, recipientId, sender, fromDay, toDay, why, expiresAtMs } = hold;
    const { rows } = await client.query<Hold>(
      `INSERT INTO legal_hold (account_id, recipient_id, sender, from_day, to_day, why, expires_at, asked_by, asked_at)
       VALUES ($1, $2, $3, date 'epoch' + $4::int4, date 'epoch' + $5::int4, $6, ${timeOf('$7')}, $8, ${timeOf('$9')})
       RETURNING ${HOLD}`,
      [accountId, recipientId, sender, fromDay, toDay, why, expiresAtMs, askedBy, atMs],
    );
    return rows[0]!;
  },

  /** A hold, locked until the transaction ends; null where there is none. */
  async lock(client: pg.ClientBase, id: number): Promise<Hold | null> {
    const { rows } = await client.query<Hold>(`SELECT ${HOLD} FROM legal_hold WHERE id = $1 FOR UPDATE`, [id]);
    return rows[0] ?? null;
  },

  async approve(client: pg.ClientBase, id: number, by: string, atMs: number): Promise<Hold> {
    const { rows } = await client.query<Hold>(
      `UPDATE legal_hold SET approved_by = $2, approved_at = ${timeOf('$3')} WHERE id = $1 RETURNING ${HOLD}`,
      [id, by, atMs],
    );
    return rows[0]!;
  },

  async end(client: pg.ClientBase, id: number, by: string, atMs: number): Promise<Hold> {
    const { rows } = await client.query<Hold>(
      `UPDATE legal_hold SET ended_by = $2, ended_at = ${timeOf('$3')} WHERE id = $1 RETURNING ${HOLD}`,
      [id, by, atMs],
    );
    return rows[0]!;
  },

  /** The youngest first, at most 1,000. */
  async list(client: Pick<pg.ClientBase, 'query'>): Promise<Hold[]> {
    return (await client.query<Hold>(`SELECT ${HOLD} FROM legal_hold ORDER BY id DESC LIMIT 1000`)).rows;
  },
};
