import type pg from 'pg';
import type { GroupTable } from '../store/index.ts';
import { msOf } from '../store/index.ts';
import type { Tile } from './tree/index.ts';

/** The row that a batch has in the log; see `GroupBuffer`. */
export const auditGroups: GroupTable = { statement: 'COPY audit_group (entry_count, entries) FROM STDIN BINARY' };

/** A group longer than this is not searched. What is searched for is an entry of 200 octets or so, in a group of its own. */
const SEARCHED_BYTES_MAX = 1024;

/** Entries that were committed together, each behind its length. `firstIndex` is null until they have their place. */
export interface Group {
  readonly id: number;
  readonly firstIndex: number | null;
  readonly entryCount: number;
  readonly entries: Buffer;
}

export interface Head {
  readonly size: number;
  readonly root: Buffer;
  /** Unix ms. */
  readonly atMs: number;
  /** The signed note. */
  readonly note: string;
}

export interface LogKeyRow {
  readonly id: number;
  readonly origin: string;
  readonly publicKey: Buffer;
  readonly sealedKey: Buffer;
  /** Unix ms. */
  readonly madeAtMs: number;
}

/** A log has one key. */
const KEY_ID = 1;
const GROUP = 'id, first_index AS "firstIndex", entry_count AS "entryCount", entries';
const HEAD = `size, root, ${msOf('at')} AS "atMs", note`;
interface RawGroup extends Omit<Group, 'id' | 'firstIndex'> {
  readonly id: string;
  readonly firstIndex: string | null;
}

const toGroup = ({ id, firstIndex, ...row }: RawGroup): Group => ({
  ...row,
  id: Number(id),
  firstIndex: firstIndex === null ? null : Number(firstIndex),
});

const toHead = ({ size, ...row }: Omit<Head, 'size'> & { size: string }): Head => ({ ...row, size: Number(size) });

/** Writes entries in the transaction of `client`. */
export async function insertGroup(client: pg.ClientBase, entries: readonly Buffer[]): Promise<void> {
  const parts = entries.flatMap((entry) => [lengthOf(entry), entry]);
  const values = [entries.length, Buffer.concat(parts)];
  await client.query('INSERT INTO audit_group (entry_count, entries) VALUES ($1, $2)', values);
}

function lengthOf(entry: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(entry.length);
  return length;
}

/** The audit log in PostgreSQL, as it is read with any connection; places are given by `PlacesStore`. */
export class AuditStore {
  readonly #client: Pick<pg.ClientBase, 'query'>;

  constructor(client: Pick<pg.ClientBase, 'query'>) {
    this.#client = client;
  }

  /** What is read from here on is the log at one moment. */
  beginReading = () => this.#client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');

  /** The latest head; null of a log that has none yet. */
  async head(): Promise<Head | null> {
    const { rows } = await this.#client.query(`SELECT ${HEAD} FROM audit_checkpoint ORDER BY size DESC LIMIT 1`);
    return rows[0] ? toHead(rows[0]) : null;
  }

  /** Heads from a size on, smallest first. */
  async heads(fromSize: number, limit: number): Promise<Head[]> {
    const { rows } = await this.#client.query(
      `SELECT ${HEAD} FROM audit_checkpoint WHERE size >= $1 ORDER BY size LIMIT $2`,
      [fromSize, limit],
    );
    return rows.map(toHead);
  }

  /**
   * Whether any entry that was put on record by itself has these words in it, placed or not. Goes through all groups, and
   * reads the short ones: how long a longer one is is known without reading it, and in a long log nearly all are.
   */
  async mentions(words: string): Promise<boolean> {
    const text = `SELECT EXISTS (SELECT FROM audit_group
      WHERE octet_length(entries) <= $2 AND position($1::bytea IN entries) > 0) AS found`;
    return (await this.#client.query<{ found: boolean }>(text, [Buffer.from(words), SEARCHED_BYTES_MAX])).rows[0]!
      .found;
  }

  /** The octets of each tile of hashes, cut to its width; null for one that is not there, or is shorter. */
  async tiles(tiles: readonly Tile[]): Promise<(Buffer | null)[]> {
    const { rows } = await this.#client.query<{ hashes: Buffer | null }>(
      `SELECT t.hashes FROM unnest($1::int2[], $2::int8[]) WITH ORDINALITY AS k(level, number, at)
       LEFT JOIN audit_tile t USING (level, number) ORDER BY k.at`,
      [tiles.map(({ level }) => level), tiles.map(({ index }) => index)],
    );
    return rows.map(({ hashes }, at) => cutTo(hashes, tiles[at]!.width));
  }

  /** The groups that hold the entries from `from` up to `to`, in order. */
  async groups(from: number, to: number, limit: number): Promise<Group[]> {
    const { rows } = await this.#client.query<RawGroup>(
      `SELECT ${GROUP} FROM audit_group WHERE first_index IS NOT NULL AND first_index < $2
         AND first_index >= coalesce((SELECT max(first_index) FROM audit_group WHERE first_index <= $1), 0)
       ORDER BY first_index LIMIT $3`,
      [from, to, limit],
    );
    return rows.map(toGroup);
  }

  /** A tile as it is stored, however long; null for one that is not there. */
  async rawTile(level: number, number: number): Promise<Buffer | null> {
    const text = 'SELECT hashes FROM audit_tile WHERE level = $1 AND number = $2';
    const { rows } = await this.#client.query<{ hashes: Buffer }>(text, [level, number]);
    return rows[0]?.hashes ?? null;
  }

  /** The highest number of a tile on each level. */
  async lastTiles(): Promise<{ readonly level: number; readonly number: number }[]> {
    const { rows } = await this.#client.query<{ level: number; number: string }>(
      'SELECT level, max(number) AS number FROM audit_tile GROUP BY level ORDER BY level DESC',
    );
    return rows.map(({ level, number }) => ({ level, number: Number(number) }));
  }

  /** Where the group begins that holds the entry `index`, or the last before it. */
  async beginOf(index: number): Promise<number> {
    const { rows } = await this.#client.query<{ at: string | null }>(
      'SELECT max(first_index) AS at FROM audit_group WHERE first_index <= $1',
      [index],
    );
    return Number(rows[0]!.at ?? index);
  }

  /** Groups that begin at `from` or later, in order. */
  async placed(from: number, limit: number): Promise<Group[]> {
    const { rows } = await this.#client.query<RawGroup>(
      `SELECT ${GROUP} FROM audit_group WHERE first_index >= $1 ORDER BY first_index LIMIT $2`,
      [from, limit],
    );
    return rows.map(toGroup);
  }

  /** The first octets of the first entry of the group that holds the entry `index`. */
  async beginningAt(index: number): Promise<Buffer | null> {
    const { rows } = await this.#client.query<{ beginning: Buffer }>(
      `SELECT substring(entries from 3 for 64) AS beginning FROM audit_group WHERE first_index <= $1
       ORDER BY first_index DESC LIMIT 1`,
      [index],
    );
    return rows[0]?.beginning ?? null;
  }

  /** Groups that begin in a stretch of the log and have some octets in them. */
  async groupsWith([one, other]: readonly [Buffer, Buffer], from: number, to: number): Promise<Group[]> {
    const { rows } = await this.#client.query<RawGroup>(
      `SELECT ${GROUP} FROM audit_group WHERE first_index >= $3 AND first_index < $4
         AND (position($1 in entries) > 0 OR position($2 in entries) > 0) ORDER BY first_index`,
      [one, other, from, to],
    );
    return rows.map(toGroup);
  }

  async keys(): Promise<LogKeyRow[]> {
    const { rows } = await this.#client.query<LogKeyRow>(
      `SELECT id, origin, public_key AS "publicKey", sealed_key AS "sealedKey",
         ${msOf('created_at')} AS "madeAtMs" FROM audit_key ORDER BY id`,
    );
    return rows;
  }

  /**
   * Makes the key of a log that has none; of two gateways that do so at the same time, one does. `seal` is given the number of
   * its row, to which what is sealed is bound.
   */
  async addKey(origin: string, publicKey: Buffer, seal: (id: number) => Buffer): Promise<void> {
    await this.#client.query(
      `INSERT INTO audit_key (id, origin, public_key, sealed_key) OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4)
       ON CONFLICT (id) DO NOTHING`,
      [KEY_ID, origin, publicKey, seal(KEY_ID)],
    );
  }
}

const HASH_BYTES = 32;

const cutTo = (hashes: Buffer | null, width: number): Buffer | null =>
  hashes === null || hashes.length < width * HASH_BYTES ? null : hashes.subarray(0, width * HASH_BYTES);
