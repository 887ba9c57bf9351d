import type pg from 'pg';
import { readBinaryRows, timeOf } from '../store/index.ts';
import type { Head } from './audit-store.ts';
import type { HashTile } from './tree/index.ts';

const GROUPS_AT_ONCE = 64;
/** The first group is taken whatever its size, which is at most that of a batch. */
const BYTES_AT_ONCE = 4 * 1024 * 1024;

/** A group without a place. */
export interface PendingGroup {
  readonly id: number;
  readonly entryCount: number;
  readonly entries: Buffer;
}

// As COPY: its octets come as they are, where those of a SELECT come as text of twice their size. How long a group is
// stands in the row, so that what is beyond the bound is not read.
const PENDING = `COPY (
  SELECT id, entry_count, entries FROM (
    SELECT id, entry_count, entries, sum(octet_length(entries)) OVER (ORDER BY id) - octet_length(entries) AS before
    FROM audit_group WHERE first_index IS NULL ORDER BY id LIMIT ${GROUPS_AT_ONCE}
  ) AS pending WHERE before < ${BYTES_AT_ONCE} ORDER BY id
) TO STDOUT (FORMAT binary)`;

/** What gives entries their places, over the one connection that may. */
export class PlacesStore {
  readonly #client: pg.ClientBase;

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  /** What is signed is told to others, so it may not be what a crash of the database takes back. */
  begin = () => this.#client.query('BEGIN; SET LOCAL synchronous_commit = on');
  commit = () => this.#client.query('COMMIT');

  /** The groups that come next, in the order in which they were begun, and whether there may be more of them. */
  async pending(): Promise<{ readonly groups: readonly PendingGroup[]; readonly isMore: boolean }> {
    const rows = await readBinaryRows(this.#client, PENDING);
    const groups = rows.map(([id, entryCount, entries]) => ({
      id: Number(id!.readBigInt64BE()),
      entryCount: entryCount!.readInt32BE(),
      entries: entries!,
    }));
    const bytes = groups.reduce((sum, { entries }) => sum + entries.length, 0);
    return { groups, isMore: groups.length === GROUPS_AT_ONCE || bytes >= BYTES_AT_ONCE };
  }

  async place(places: readonly { readonly id: number; readonly firstIndex: number }[]): Promise<void> {
    await this.#client.query(
      `UPDATE audit_group g SET first_index = p.first_index
       FROM unnest($1::int8[], $2::int8[]) AS p(id, first_index) WHERE g.id = p.id`,
      [places.map(({ id }) => id), places.map(({ firstIndex }) => firstIndex)],
    );
  }

  /** Each as parameters of its own: octets in an array would go as text of twice their size. */
  async keepTiles(tiles: readonly HashTile[]): Promise<void> {
    const rows = tiles.map((_, at) => `($${3 * at + 1}::int2, $${3 * at + 2}::int8, $${3 * at + 3}::bytea)`);
    await this.#client.query(
      `INSERT INTO audit_tile (level, number, hashes) VALUES ${rows.join()}
       ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes`,
      tiles.flatMap(({ level, index, hashes }) => [level, index, hashes]),
    );
  }

  async keepHead({ size, root, atMs, note }: Head): Promise<void> {
    await this.#client.query(
      `INSERT INTO audit_checkpoint (size, root, at, note) VALUES ($1, $2, ${timeOf('$3')}, $4)`,
      [size, root, atMs, note],
    );
  }
}
