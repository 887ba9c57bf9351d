import type pg from 'pg';
import { FaultError } from '../base/fault.ts';
import { OneByOne } from '../base/one-by-one.ts';
import { type BinaryArray, storeFault } from '../store/index.ts';

/** A recipient read back by its id. */
export interface ReadRow {
  readonly id: number;
  readonly wrapped: Buffer;
  readonly sealedNumber: Buffer;
}

/** A recipient found by its hash: `position` counts from 1 in what was asked. */
export interface FoundRow extends ReadRow {
  readonly position: number;
}

/** Recipients to be made: each array has one value for each. */
export interface NewRecipients {
  readonly accountIds: BinaryArray;
  readonly ids: BinaryArray;
  readonly hashes: BinaryArray;
  readonly sealedNumbers: BinaryArray;
  readonly wrappedKeys: BinaryArray;
}

/** Ids are handed out in blocks of this many, so that making a recipient asks no sequence. */
export const IDS_PER_BLOCK = 1024;

/**
 * Plans are made once and kept while the tables grow from nothing to millions, so this connection plans for index scans
 * alone. Its commits are synchronous: the batch writer outlives a crash of the database and may store a message after
 * it, which must not point to a recipient that the crash undid.
 */
const SESSION = `SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off;
  SET plan_cache_mode = force_generic_plan; SET synchronous_commit = on`;

// LIMIT keeps the planner from turning the look-ups around, into a scan of all people of an account.
const FIND = `SELECT asked.position::int4, found.id, found.wrapped, found.sealed_number
  FROM unnest($1::int4[], $2::bytea[]) WITH ORDINALITY AS asked (account_id, number_hash, position)
  CROSS JOIN LATERAL (
    SELECT recipient.id, key.wrapped, recipient.sealed_number
    FROM recipient JOIN vault.recipient_key AS key ON key.account_id = recipient.account_id AND key.recipient_id = recipient.id
    WHERE recipient.account_id = asked.account_id AND recipient.number_hash = asked.number_hash LIMIT 1
  ) AS found`;

const READ = `SELECT found.id, found.wrapped, found.sealed_number
  FROM unnest($2::int8[]) AS asked (id)
  CROSS JOIN LATERAL (
    SELECT recipient.id, key.wrapped, recipient.sealed_number
    FROM recipient JOIN vault.recipient_key AS key ON key.account_id = recipient.account_id AND key.recipient_id = recipient.id
    WHERE recipient.account_id = $1::int4 AND recipient.id = asked.id LIMIT 1
  ) AS found`;

// A key only for whoever won its place, and nobody under an account key that is not active any more: who rotates it waits
// for those who are at it, for its row is locked. Both are conditions and not joins, so that they stay hash look-ups
// whatever the planner thinks of the size of an array.
const INSERT = `WITH usable AS MATERIALIZED (
    SELECT account_id, version FROM vault.key
    WHERE kind = 'account' AND period = date 'epoch' AND state = 'active' AND account_id = ANY ($1::int4[])
    ORDER BY account_id FOR SHARE
  ), made AS (
    INSERT INTO recipient (account_id, id, number_hash, sealed_number)
    SELECT account_id, id, number_hash, sealed_number
    FROM unnest($1::int4[], $2::int8[], $3::bytea[], $4::bytea[], $5::bytea[])
      AS new (account_id, id, number_hash, sealed_number, wrapped)
    WHERE ((account_id, vault.wrapped_under(wrapped)) IN (SELECT account_id, version FROM usable)) IS TRUE
    ON CONFLICT DO NOTHING RETURNING id
  ), keyed AS (
    INSERT INTO vault.recipient_key (account_id, recipient_id, wrapped)
    SELECT * FROM unnest($1::int4[], $2::int8[], $5::bytea[]) AS new (account_id, id, wrapped)
    WHERE (id IN (SELECT id FROM made)) IS TRUE
  )
  SELECT count(*)::int4 FROM made`;

const BLOCK = `SELECT nextval('recipient_block')`;

/**
 * The tables `recipient` and `vault.recipient_key`, over a connection of its own. Every method throws
 * `store_unavailable` or `store_full` where the database cannot do what it is asked.
 */
export class RecipientStore {
  readonly #pool: pg.Pool;
  #client: pg.PoolClient | null = null;
  /** Queries go one after the other: a connection takes no second one meanwhile. */
  readonly #queries = new OneByOne();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async find(accountIds: BinaryArray, hashes: BinaryArray): Promise<FoundRow[]> {
    const values = [accountIds.bytes, hashes.bytes];
    const rows = await this.#query<[number, string, Buffer, Buffer]>('recipients find', FIND, values);
    return rows.map(([position, id, wrapped, sealedNumber]) => ({ position, id: Number(id), wrapped, sealedNumber }));
  }

  async read(accountId: number, ids: BinaryArray): Promise<ReadRow[]> {
    const rows = await this.#query<[string, Buffer, Buffer]>('recipients read', READ, [accountId, ids.bytes]);
    return rows.map(([id, wrapped, sealedNumber]) => ({ id: Number(id), wrapped, sealedNumber }));
  }

  /** Makes recipients with their keys, in one transaction. How many were made: the others exist already. */
  async insert({ accountIds, ids, hashes, sealedNumbers, wrappedKeys }: NewRecipients): Promise<number> {
    const values = [accountIds, ids, hashes, sealedNumbers, wrappedKeys].map((array) => array.bytes);
    const [row] = await this.#query<[number]>('recipients insert', INSERT, values);
    return row?.[0] ?? 0;
  }

  /** The first of `IDS_PER_BLOCK` ids that nobody else uses. */
  async takeBlock(): Promise<number> {
    const [row] = await this.#query<[string]>('recipients block', BLOCK, []);
    return Number(row?.[0]) * IDS_PER_BLOCK;
  }

  async close(): Promise<void> {
    await this.#queries.ended();
    if (this.#client !== null) this.#drop(this.#client);
  }

  #query<Row extends unknown[]>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    return this.#queries.do(() => this.#ask<Row>(name, text, values));
  }

  async #ask<Row extends unknown[]>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    try {
      const client = this.#client ?? (await this.#connect());
      const { rows } = await client.query<Row>({ name, text, values, rowMode: 'array' });
      return rows;
    } catch (cause) {
      if (this.#client !== null) this.#drop(this.#client);
      throw new FaultError(storeFault(cause) ?? 'internal', {}, cause);
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    const client = await this.#pool.connect();
    // A connection that breaks while nobody asks is replaced at the next query.
    client.on('error', () => this.#drop(client));
    this.#client = client;
    await client.query(SESSION);
    return client;
  }

  #drop(client: pg.PoolClient): void {
    if (this.#client !== client) return;
    this.#client = null;
    client.release(true);
  }
}
