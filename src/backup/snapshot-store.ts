import type { ClientBase } from 'pg';
import { FaultError } from '../base/fault.ts';
import { type AppliedMigration, copyOut } from '../store/index.ts';
import type { Half } from './header.ts';
import { placeOf, tables } from './tables.ts';

/** A table or partition that has rows to copy. */
export interface SourceTable {
  readonly name: string;
  /** The table it is a partition of. */
  readonly parent: string | null;
  /** As they are written in SQL. */
  readonly columns: readonly string[];
}

/** Where sequences stand: the last value each has given. */
export type Sequences = Readonly<Record<string, string>>;

// A login that is a superuser owns the server's own tables too.
const FIND = `SELECT c.oid::regclass::text AS name, p.oid::regclass::text AS parent, c.relkind AS kind,
    (SELECT array_agg(quote_ident(attname) ORDER BY attnum) FROM pg_attribute
     WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns
  FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = i.inhparent
  WHERE c.relkind IN ('r', 'p') AND pg_get_userbyid(c.relowner) = current_user
    AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  ORDER BY name`;

const SEQUENCES = `SELECT format('%I.%I', schemaname, sequencename) AS name, last_value::text AS value FROM pg_sequences
  WHERE sequenceowner = current_user AND last_value IS NOT NULL ORDER BY name`;

interface FoundTable extends SourceTable {
  readonly kind: 'r' | 'p';
}

/**
 * One state of the whole database, seen by one transaction that only reads. Nobody waits for it but who would drop a
 * table or partition.
 */
export class Snapshot {
  readonly #client: ClientBase;
  readonly #tables: readonly SourceTable[];
  readonly migrations: readonly AppliedMigration[];
  readonly sequences: Sequences;

  private constructor(
    client: ClientBase,
    found: readonly SourceTable[],
    migrations: readonly AppliedMigration[],
    sequences: Sequences,
  ) {
    this.#client = client;
    this.#tables = found;
    this.migrations = migrations;
    this.sequences = sequences;
  }

  /** Begins it. It ends with the connection. Throws `backup_table_unlisted`. */
  static async begin(client: ClientBase): Promise<Snapshot> {
    await client.query(
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0',
    );
    const { rows } = await client.query<FoundTable>(FIND);
    const unlisted = rows.find(({ name, parent }) => placeOf(parent ?? name) === -1);
    if (unlisted !== undefined) {
      const detail = `The table ${unlisted.name} is not in the list of what is backed up (src/backup/tables.ts).`;
      throw new FaultError('backup_table_unlisted', { detail });
    }
    const found = rows.filter(({ kind }) => kind === 'r').map(withoutSome);
    await client.query(`LOCK TABLE ${found.map(({ name }) => name).join(', ')} IN ACCESS SHARE MODE`);
    const migrations = await client.query<AppliedMigration>('SELECT name, sha256 FROM schema_migration ORDER BY name');
    // Sequences know no snapshot: they are read after it, and so stand behind everything that is in it.
    const sequences = await client.query<{ name: string; value: string }>(SEQUENCES);
    return new Snapshot(
      client,
      found.toSorted((a, b) => placeOf(a.parent ?? a.name) - placeOf(b.parent ?? b.name)),
      migrations.rows,
      Object.fromEntries(sequences.rows.map(({ name, value }) => [name, value])),
    );
  }

  /** The tables of one half, in the order in which they are loaded. */
  tablesOf(half: Half): SourceTable[] {
    return this.#tables.filter(({ name, parent }) => tables[parent ?? name]?.in === half);
  }

  /** The days that have partitions, as YYYYMMDD. */
  get days(): string[] {
    const days = this.#tables.map(({ name, parent }) =>
      parent === null ? null : (/_(\d{8})$/.exec(name)?.[1] ?? null),
    );
    return [...new Set(days.filter((day) => day !== null))].toSorted();
  }

  /** The rows of a table, in PostgreSQL's binary form. */
  copy({ name, columns }: SourceTable) {
    return copyOut(this.#client, `COPY ${name} (${columns.join(', ')}) TO STDOUT (FORMAT binary)`);
  }
}

function withoutSome({ name, parent, columns }: FoundTable): SourceTable {
  const without = tables[parent ?? name]?.without ?? [];
  return { name, parent, columns: columns.filter((column) => !without.includes(column)) };
}

/** The process of the server that works for a connection. */
export async function backendPid(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}
