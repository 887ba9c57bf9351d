import type pg from 'pg';
import { BinaryArray, BYTEA, INT8, msOf, timeOf } from '../store/index.ts';
import { WRAPPED_KEY_BYTES } from './envelope.ts';
import type { KeyState } from './key-states.ts';
import type { KeyName, StoredKey } from './vault-store.ts';

/** What is drawn anew when the key of an account is exchanged: after a compromise also the keys of the days. */
export type Draws = 'nothing' | 'record' | 'record and days';

/** A rotation under way. */
export interface RotationRow {
  readonly accountId: number;
  readonly toVersion: number;
  readonly draws: Draws;
  readonly fromDay: number;
  /** The last recipient that is done. */
  readonly doneUntil: number;
  /** How many keys were wrapped again so far. */
  readonly rewrapped: number;
  readonly startedAtMs: number;
}

/** Under which version everything is to be wrapped, and what is drawn anew under it first. */
export type Goal = Pick<RotationRow, 'accountId' | 'toVersion' | 'draws' | 'fromDay'>;

/** A process that rotates. */
export interface Worker {
  /** Its name, which no other has. */
  readonly me: string;
  /** How long another has to be silent before this one takes its place. */
  readonly silentMs: number;
}

export interface WrappedRecipient {
  readonly id: number;
  readonly wrapped: Buffer;
}

const ROW = `account_id AS "accountId", to_version AS "toVersion", draws, from_day - date 'epoch' AS "fromDay",
  done_until::float8 AS "doneUntil", rewrapped::float8 AS rewrapped, ${msOf('started_at')} AS "startedAtMs"`;
const KEY = `account_id AS "accountId", kind, period - date 'epoch' AS day, version`;

/**
 * Begins a page: plans by index, whatever the planner knows of a table that has grown by itself. It need not be on disk at
 * once: what is lost of it is done again, for the mark where it ended is lost with it. Under full load a round trip waits
 * its turn for 20 ms, so a page has as few as can be: five.
 */
export const BEGIN_PAGE = `BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL enable_seqscan = off;
  SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off`;

/** The rotations under way, each in the transaction of `client`. Their rows are the locks under which pages are done. */
export const rotationStore = {
  async list(client: pg.ClientBase): Promise<RotationRow[]> {
    return (await client.query<RotationRow>(`SELECT ${ROW} FROM vault.rotation ORDER BY started_at, account_id`)).rows;
  },

  async find(client: pg.ClientBase, accountId: number): Promise<RotationRow | null> {
    const text = `SELECT ${ROW} FROM vault.rotation WHERE account_id = $1`;
    return (await client.query<RotationRow>(text, [accountId])).rows[0] ?? null;
  },

  /** Takes a rotation for one page; null where another process is at it, or it is over. */
  async take(client: pg.ClientBase, accountId: number, { me, silentMs }: Worker): Promise<RotationRow | null> {
    const text = `UPDATE vault.rotation SET paged_by = $2, paged_at = now()
      WHERE account_id = (
        SELECT account_id FROM vault.rotation
        WHERE account_id = $1 AND (paged_by = $2 OR paged_at < now() - $3::float8 * interval '1 ms')
        FOR UPDATE SKIP LOCKED)
      RETURNING ${ROW}`;
    return (await client.query<RotationRow>(text, [accountId, me, silentMs])).rows[0] ?? null;
  },

  /** Begins one, or gives the one under way another goal. */
  async begin(client: pg.ClientBase, row: Goal, { me }: Worker): Promise<void> {
    await client.query(
      `INSERT INTO vault.rotation (account_id, to_version, draws, from_day, paged_by)
       VALUES ($1, $2, $3, date 'epoch' + $4::int4, $5)
       ON CONFLICT (account_id) DO UPDATE SET to_version = excluded.to_version, draws = excluded.draws,
         from_day = excluded.from_day, done_until = 0, paged_by = excluded.paged_by, paged_at = now()`,
      [row.accountId, row.toVersion, row.draws, row.fromDay, me],
    );
  },

  async drawn(client: pg.ClientBase, accountId: number): Promise<void> {
    await client.query(`UPDATE vault.rotation SET draws = 'nothing' WHERE account_id = $1`, [accountId]);
  },

  /** What this transaction does is not lost: other things are sealed under what it makes. */
  async keep(client: pg.ClientBase): Promise<void> {
    await client.query('SET LOCAL synchronous_commit = on');
  },

  async end(client: pg.ClientBase, accountId: number): Promise<void> {
    await client.query('DELETE FROM vault.rotation WHERE account_id = $1', [accountId]);
  },

  /** The active key of an account, locked: whoever adds a key under it has done so, or waits. Null where none is meant. */
  async lockActive(client: pg.ClientBase, accountId: number, madeBeforeMs: number | null): Promise<KeyName | null> {
    const { rows } = await client.query<KeyName>(
      `SELECT ${KEY} FROM vault.key
       WHERE account_id = $1 AND kind = 'account' AND state = 'active'
         AND ($2::float8 IS NULL OR created_at <= ${timeOf('$2')})
       FOR UPDATE`,
      [accountId, madeBeforeMs],
    );
    return rows[0] ?? null;
  },

  /** The number of the next version of a key. */
  async nextVersion(client: pg.ClientBase, { accountId, kind, day }: Omit<KeyName, 'version'>): Promise<number> {
    const { rows } = await client.query<{ next: number }>(
      `SELECT coalesce(max(version), 0) + 1 AS next FROM vault.key
       WHERE account_id = $1 AND kind = $2 AND period = date 'epoch' + $3::int4`,
      [accountId, kind, day],
    );
    return rows[0]!.next;
  },

  async insertAs(client: pg.ClientBase, key: KeyName & { wrapped: Buffer }, state: KeyState): Promise<void> {
    await client.query(
      `INSERT INTO vault.key (account_id, kind, period, version, wrapped, state)
       VALUES ($1, $2, date 'epoch' + $3::int4, $4, $5, $6)`,
      [key.accountId, key.kind, key.day, key.version, key.wrapped, state],
    );
  },

  /** Brings a key into a state that its own allows. */
  async move(client: pg.ClientBase, key: KeyName, to: KeyState): Promise<void> {
    await client.query(
      `UPDATE vault.key SET state = $5
       WHERE account_id = $1 AND kind = $2 AND period = date 'epoch' + $3::int4 AND version = $4`,
      [key.accountId, key.kind, key.day, key.version, to],
    );
  },

  /** Keys of an account, but for its account keys and its people's, that are not wrapped under `version`. */
  async otherKeys(client: pg.ClientBase, accountId: number, version: number, limit: number): Promise<StoredKey[]> {
    const { rows } = await client.query<StoredKey>(
      `SELECT ${KEY}, state, wrapped FROM vault.key
       WHERE account_id = $1 AND kind <> 'account' AND wrapped IS NOT NULL AND vault.wrapped_under(wrapped) <> $2
       ORDER BY kind, period, version LIMIT $3`,
      [accountId, version, limit],
    );
    return rows;
  },

  async rewrapKey(client: pg.ClientBase, key: KeyName & { wrapped: Buffer }): Promise<void> {
    await client.query(
      `UPDATE vault.key SET wrapped = $5 WHERE account_id = $1 AND kind = $2 AND period = date 'epoch' + $3::int4
         AND version = $4 AND wrapped IS NOT NULL`,
      [key.accountId, key.kind, key.day, key.version, key.wrapped],
    );
  },

  async recipientsAfter(client: pg.ClientBase, accountId: number, after: number, limit: number) {
    const { rows } = await client.query<[string, Buffer]>({
      name: 'rotation page',
      text: `SELECT recipient_id, wrapped FROM vault.recipient_key
        WHERE account_id = $1 AND recipient_id > $2 ORDER BY recipient_id LIMIT $3`,
      values: [accountId, after, limit],
      rowMode: 'array',
    });
    return rows.map(([id, wrapped]): WrappedRecipient => ({ id: Number(id), wrapped }));
  },

  /**
   * Writes a page, and where it ended. A key that was destroyed since it was read does not come back: only rows that are
   * there are altered.
   */
  async rewrapRecipients(
    client: pg.ClientBase,
    accountId: number,
    keys: readonly WrappedRecipient[],
    doneUntil: number,
  ): Promise<void> {
    const ids = new BinaryArray(INT8, keys.length, 8);
    const wrapped = new BinaryArray(BYTEA, keys.length, WRAPPED_KEY_BYTES);
    for (const key of keys) {
      ids.int8(key.id);
      key.wrapped.copy(wrapped.bytes, wrapped.next());
    }
    await client.query({
      name: 'rotation rewrap',
      text: `WITH again AS (
          UPDATE vault.recipient_key AS key SET wrapped = new.wrapped
          FROM unnest($2::int8[], $3::bytea[]) AS new (id, wrapped)
          WHERE key.account_id = $1 AND key.recipient_id = new.id RETURNING 1
        )
        UPDATE vault.rotation SET done_until = $4, rewrapped = rewrapped + (SELECT count(*) FROM again)
        WHERE account_id = $1`,
      values: [accountId, ids.bytes, wrapped.bytes, doneUntil],
    });
  },

  /** How many keys of an account are not wrapped under `version`. Reads them all: 0.2 s for 10^6. */
  async countOthers(client: pg.ClientBase, accountId: number, version: number): Promise<number> {
    await client.query('SET LOCAL enable_seqscan = on');
    const { rows } = await client.query<{ left: number }>(
      `SELECT ((SELECT count(*) FROM vault.recipient_key WHERE account_id = $1 AND vault.wrapped_under(wrapped) <> $2)
         + (SELECT count(*) FROM vault.key WHERE account_id = $1 AND kind <> 'account' AND wrapped IS NOT NULL
              AND vault.wrapped_under(wrapped) <> $2)
         + (SELECT count(*) FROM vault.code_key WHERE account_id = $1 AND vault.wrapped_under(wrapped) <> $2))::int4 AS left`,
      [accountId, version],
    );
    return rows[0]!.left;
  },

  /** Older versions of an account's key that can still be read. */
  async olderVersions(client: pg.ClientBase, accountId: number, than: number): Promise<number[]> {
    const { rows } = await client.query<{ version: number }>(
      `SELECT version FROM vault.key WHERE account_id = $1 AND kind = 'account' AND wrapped IS NOT NULL AND version < $2`,
      [accountId, than],
    );
    return rows.map(({ version }) => version);
  },

  /** The keys of the days from `fromDay` to `toDay` (null: no end) that seal now or will. */
  async openDays(
    client: pg.ClientBase,
    accountId: number,
    fromDay: number,
    toDay: number | null,
  ): Promise<StoredKey[]> {
    const { rows } = await client.query<StoredKey>(
      `SELECT ${KEY}, state, wrapped FROM vault.key
       WHERE account_id = $1 AND kind = 'day' AND period >= date 'epoch' + $2::int4
         AND ($3::int4 IS NULL OR period <= date 'epoch' + $3::int4) AND state IN ('pre-active', 'active')
       ORDER BY period FOR UPDATE`,
      [accountId, fromDay, toDay],
    );
    return rows;
  },

  async activeRecord(client: pg.ClientBase, accountId: number): Promise<KeyName | null> {
    const { rows } = await client.query<KeyName>(
      `SELECT ${KEY} FROM vault.key WHERE account_id = $1 AND kind = 'record' AND state = 'active'`,
      [accountId],
    );
    return rows[0] ?? null;
  },
};
