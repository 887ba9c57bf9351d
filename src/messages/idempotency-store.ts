import type pg from 'pg';
import { timeOf } from '../store/index.ts';

export interface ClaimRow {
  readonly isNew: boolean;
  readonly bodyHash: Buffer;
  /** The ids given to the request, 16 bytes each. */
  readonly messageIds: Buffer;
}

// The claim need not be on disk before the message that it is for: the message's own commit takes it there, and a claim
// that a crash takes away had no message yet.
const CLAIM = `
  WITH claimed AS (
    INSERT INTO idempotency (account_id, key_hash, body_hash, message_ids) VALUES ($1, $2, $3, $4)
    ON CONFLICT (account_id, key_hash) DO NOTHING RETURNING body_hash, message_ids)
  SELECT true AS is_new, body_hash, message_ids FROM claimed
  UNION ALL
  SELECT false, body_hash, message_ids FROM idempotency WHERE account_id = $1 AND key_hash = $2`;

/** What was asked under which Idempotency-Key. Keys and bodies are kept as hashes. */
export class IdempotencyStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async claim(accountId: number, keyHash: Buffer, bodyHash: Buffer, messageIds: Buffer): Promise<ClaimRow> {
    const values = [accountId, keyHash, bodyHash, messageIds];
    type Raw = { is_new: boolean; body_hash: Buffer; message_ids: Buffer };
    for (;;) {
      const { rows } = await this.#pool.query<Raw>({ name: 'claim_key', text: CLAIM, values });
      const row = rows[0];
      // Without a row another node's claim was not yet visible to the statement; the next one sees it.
      if (row) return { isNew: row.is_new, bodyHash: row.body_hash, messageIds: row.message_ids };
    }
  }

  /** Gives a request other ids, unless somebody else did so meanwhile. */
  async replace(accountId: number, keyHash: Buffer, from: Buffer, to: Buffer): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      'UPDATE idempotency SET message_ids = $4 WHERE account_id = $1 AND key_hash = $2 AND message_ids = $3',
      [accountId, keyHash, from, to],
    );
    return rowCount === 1;
  }

  async forgetBefore(unixMs: number): Promise<number> {
    const { rowCount } = await this.#pool.query(`DELETE FROM idempotency WHERE created_at < ${timeOf('$1')}`, [unixMs]);
    return rowCount ?? 0;
  }
}
