import type pg from 'pg';
import { FaultError } from '../base/fault.ts';
import { type BinaryArray, storeFault, timeOf } from '../store/index.ts';
import type { DestroyedRecipient } from '../vault/index.ts';

/** What was done about the messages of a person. */
export interface ErasedRows extends ErasedCounts {
  /** What is to be on record of messages that were stopped. */
  readonly stopped: readonly Buffer[];
}

export interface ErasedCounts {
  readonly messages: number;
  /** Sends and notices that waited. */
  readonly waiting: number;
  readonly parts: number;
  readonly references: number;
}

export interface ErasureRow {
  readonly id: string;
  readonly accountId: number;
  readonly entry: Buffer;
  readonly logSize: number;
}

/** State numbers of `message_event`; see the migration 0001-foundation. */
const CANCELLED = 14;

/** A message that is stopped has its end on record; notices that are owed about it are owed no more. */
const STOP_WAITING = `
  WITH gone AS (
    DELETE FROM waiting WHERE account_id = $1 AND message_id = ANY ($2::uuid[]) AND what <= $4 RETURNING message_id, what, state, credential_id),
  ended AS (
    INSERT INTO message_event (account_id, message_id, at, state, segment, node_id, carrier_id, code)
    SELECT $1, message_id, ${timeOf('$3')}, ${CANCELLED}, 0, 0, 0, 0 FROM gone WHERE what = 0 AND state = 0)
  SELECT what = 0 AND state = 0 AS "isSend", message_entry(${CANCELLED}::int2, 0::int2, $3::int8, $1, message_id,
    credential_id, 0, 0, 0) AS entry FROM gone`;

const ALL_THAT_WAITS = 2;
const SENDS = 0;
/** How old the id of a message may be that is stored now: it may have been given to a request a day before. */
const STORED_LATE_DAYS = 2;

/** Of some people, those of whom a young message still has words of the application, or waits to be sent. */
const leftBehindOf = (asked: string): string => `
  SELECT asked.account_id AS "accountId", asked.id::float8 AS id FROM ${asked} AS asked (account_id, id)
  WHERE EXISTS (SELECT FROM message m WHERE m.account_id = asked.account_id AND m.recipient_id = asked.id
      AND m.id >= first_id(current_date - ${STORED_LATE_DAYS})
      AND (m.reference IS NOT NULL OR EXISTS (SELECT FROM waiting w
        WHERE w.account_id = m.account_id AND w.message_id = m.id AND w.what = ${SENDS} AND w.state = 0)))
    OR EXISTS (SELECT FROM inbound_part p WHERE p.account_id = asked.account_id AND p.recipient_id = asked.id)`;

const OF_THESE = leftBehindOf('unnest($1::int4[], $2::int8[])');
const OF_LATELY = leftBehindOf(`(SELECT account_id, record FROM vault.tombstone
  WHERE kind = 'recipient' AND made_at >= current_date - ${STORED_LATE_DAYS})`);

/** A hold of this person, or one that covers a message of this person. */
const HOLD_OVER = `
  SELECT h.id FROM legal_hold h
  WHERE h.account_id = $1 AND h.approved_at IS NOT NULL AND h.ended_at IS NULL AND h.expires_at > now()
    AND (h.recipient_id = $2 OR h.recipient_id IS NULL AND EXISTS (
      SELECT FROM message m WHERE m.account_id = $1 AND m.recipient_id = $2 AND (h.sender IS NULL OR m.sender = h.sender)
        AND m.id >= first_id(h.from_day) AND m.id < first_id(h.to_day + 1)))
  LIMIT 1`;

/** What erasure asks of the tables, all of it in the transaction of the caller. */
export const erasureStore = {
  async lockHolds(client: pg.ClientBase): Promise<void> {
    await client.query('LOCK TABLE legal_hold IN SHARE MODE');
  },

  /**
   * The row of a person, locked; made where there is none, so that whoever is making it meanwhile is waited for, and
   * whoever comes later finds the number suppressed.
   */
  async lockRecipient(client: pg.ClientBase, accountId: number, hash: Buffer): Promise<number> {
    await client.query(
      `INSERT INTO recipient (account_id, id, number_hash, sealed_number) VALUES ($1, -nextval('recipient_block'), $2, '')
       ON CONFLICT (account_id, number_hash) DO NOTHING`,
      [accountId, hash],
    );
    const { rows } = await client.query<{ id: number }>(
      'SELECT id::float8 AS id FROM recipient WHERE account_id = $1 AND number_hash = $2 FOR UPDATE',
      [accountId, hash],
    );
    return rows[0]!.id;
  },

  async isHeld(client: pg.ClientBase, accountId: number, recipientId: number): Promise<boolean> {
    return (await client.query(HOLD_OVER, [accountId, recipientId])).rowCount === 1;
  },

  /** What there is of a person but for the person's row: stopped, removed or blinded. */
  async eraseMessages(
    client: pg.ClientBase,
    accountId: number,
    recipientId: number,
    atMs: number,
    what: 'all that waits' | 'sends' = 'all that waits',
  ): Promise<ErasedRows> {
    const ids = await idsOf(client, accountId, recipientId);
    const most = what === 'sends' ? SENDS : ALL_THAT_WAITS;
    const values = [accountId, ids, atMs, most];
    const { rows: gone } = await client.query<{ isSend: boolean; entry: Buffer }>(STOP_WAITING, values);
    await client.query('DELETE FROM message_replacement WHERE account_id = $1 AND message_id = ANY ($2::uuid[])', [
      accountId,
      ids,
    ]);
    const parts = await client.query('DELETE FROM inbound_part WHERE account_id = $1 AND recipient_id = $2', [
      accountId,
      recipientId,
    ]);
    const blinded = await client.query<{ count: number }>('SELECT blind_references($1, $2)::int4 AS count', [
      accountId,
      recipientId,
    ]);
    return {
      messages: ids.length,
      waiting: gone.length,
      stopped: gone.filter(({ isSend }) => isSend).map(({ entry }) => entry),
      parts: parts.rowCount ?? 0,
      references: blinded.rows[0]!.count,
    };
  },

  /** Those of people who were erased, or of all who were lately, of whom something was stored since that is not noise. */
  async leftBehind(
    client: Pick<pg.ClientBase, 'query'>,
    people: readonly DestroyedRecipient[] | 'lately',
  ): Promise<DestroyedRecipient[]> {
    if (people === 'lately') return (await client.query<DestroyedRecipient>(OF_LATELY)).rows;
    const values = [people.map(({ accountId }) => accountId), people.map(({ id }) => id)];
    return (await client.query<DestroyedRecipient>(OF_THESE, values)).rows;
  },

  async removeRecipient(client: pg.ClientBase, accountId: number, recipientId: number): Promise<void> {
    await client.query('DELETE FROM recipient WHERE account_id = $1 AND id = $2', [accountId, recipientId]);
  },

  /** Receipts that no message was found for bear the gateway's own hash of the number. */
  async blindReceipts(client: pg.ClientBase, hash: Buffer): Promise<void> {
    await client.query('UPDATE unmatched_receipt SET handset = NULL WHERE handset = $1', [hash]);
  },

  async keep(client: pg.ClientBase, { id, accountId, entry, logSize }: ErasureRow, atMs: number): Promise<void> {
    await client.query(
      `INSERT INTO erasure (id, account_id, at, entry, log_size) VALUES ($1, $2, ${timeOf('$3')}, $4, $5)`,
      [id, accountId, atMs, entry, logSize],
    );
  },

  async find(client: Pick<pg.ClientBase, 'query'>, id: string): Promise<ErasureRow | null> {
    const { rows } = await client.query<ErasureRow>(
      `SELECT id, account_id AS "accountId", entry, log_size::float8 AS "logSize" FROM erasure WHERE id = $1`,
      [id],
    );
    return rows[0] ?? null;
  },
};

async function idsOf(client: pg.ClientBase, accountId: number, recipientId: number): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    'SELECT id FROM message WHERE account_id = $1 AND recipient_id = $2',
    [accountId, recipientId],
  );
  return rows.map(({ id }) => id);
}

/** What an older copy of the rows of a person brings back whose key has a tombstone. */
const CAME_BACK = [
  `UPDATE message AS m SET reference = NULL FROM vault.tombstone AS grave
   WHERE grave.kind = 'recipient' AND m.account_id = grave.account_id AND m.recipient_id = grave.record AND m.reference IS NOT NULL`,
  `DELETE FROM waiting AS w USING vault.tombstone AS grave, message AS m
   WHERE grave.kind = 'recipient' AND m.account_id = grave.account_id AND m.recipient_id = grave.record
     AND w.account_id = m.account_id AND w.message_id = m.id AND w.what <> 0`,
  `DELETE FROM inbound_part AS part USING vault.tombstone AS grave
   WHERE grave.kind = 'recipient' AND part.account_id = grave.account_id AND part.recipient_id = grave.record`,
  `DELETE FROM recipient AS person USING vault.tombstone AS grave
   WHERE grave.kind = 'recipient' AND person.account_id = grave.account_id AND person.id = grave.record`,
];

/**
 * In a database that was restored, as the owner of its tables: people whose keys have tombstones are erased again, with
 * the application's own words for their messages and what is owed about these. What waits to be sent to them cannot be
 * opened, and ends as that. How many people had come back.
 */
export async function eraseWhatCameBack(client: pg.ClientBase): Promise<number> {
  await client.query('BEGIN');
  let people = 0;
  for (const statement of CAME_BACK) people = (await client.query(statement)).rowCount ?? 0;
  await client.query('COMMIT');
  return people;
}

const SUPPRESSED = `
  SELECT asked.position::int4 AS position
  FROM unnest($1::int4[], $2::bytea[]) WITH ORDINALITY AS asked (account_id, number_hash, position)
  JOIN suppression s ON s.account_id = asked.account_id AND s.number_hash = asked.number_hash`;

/** The table `suppression`. */
export const suppressionStore = {
  async add(client: pg.ClientBase, accountId: number, hash: Buffer, { why, atMs }: { why: string; atMs: number }) {
    await client.query(
      `INSERT INTO suppression (account_id, number_hash, since, why) VALUES ($1, $2, ${timeOf('$3')}, $4)
       ON CONFLICT DO NOTHING`,
      [accountId, hash, atMs, why],
    );
  },

  async lift(client: pg.ClientBase, accountId: number, hash: Buffer): Promise<boolean> {
    const values = [accountId, hash];
    return (
      (await client.query('DELETE FROM suppression WHERE account_id = $1 AND number_hash = $2', values)).rowCount === 1
    );
  },
};

/**
 * Asks which of some numbers are suppressed: positions from 1. Throws `store_unavailable`. A suppression that is committed
 * is seen by whoever asks afterwards.
 */
export const findSuppressed =
  (pool: pg.Pool) =>
  async (accountIds: BinaryArray, hashes: BinaryArray): Promise<readonly number[]> => {
    try {
      const values = [accountIds.bytes, hashes.bytes];
      const { rows } = await pool.query<{ position: number }>({ name: 'suppressed', text: SUPPRESSED, values });
      return rows.map(({ position }) => position);
    } catch (cause) {
      throw new FaultError(storeFault(cause) ?? 'internal', {}, cause);
    }
  };
