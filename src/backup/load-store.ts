import type { ClientBase } from 'pg';
import { FaultError } from '../base/fault.ts';
import { copyIn } from '../store/index.ts';
import type { Manifest, TakeTable } from './frames.ts';
import type { Half } from './header.ts';
import type { Sequences, SourceTable } from './snapshot-store.ts';
import { tables } from './tables.ts';

const NAME = /^(?:vault\.)?[a-z_][a-z0-9_]*$/;
const COLUMN = /^[a-z_][a-z0-9_]*$|^"[a-z_][a-z0-9_]*"$/;

/** Gives one half of a backup: each of its tables, and where sequences stood. */
export type Give = (take: TakeTable) => Promise<Pick<Manifest, 'tables' | 'sequences'>>;

/** Loads one half into a new database, whole or not at all. */
export async function load(client: ClientBase, half: Half, days: readonly string[], give: Give): Promise<Manifest> {
  await client.query('BEGIN; SET LOCAL statement_timeout = 0');
  for (const day of days) await client.query('SELECT make_day(to_date($1, $2))', [day, 'YYYYMMDD']);
  const manifest = await give((table, blocks) => {
    mustBelong(table, half);
    const { name, columns } = table;
    return copyIn(client, `COPY ${name} (${columns.join(', ')}) FROM STDIN (FORMAT binary)`, blocks);
  });
  await setSequences(client, manifest.sequences);
  await client.query('COMMIT');
  return manifest;
}

/** What is sealed by our own key could still be a mistake of ours. */
function mustBelong({ name, parent, columns }: SourceTable, half: Half): void {
  const isOurs =
    tables[parent ?? name]?.in === half && NAME.test(name) && columns.every((column) => COLUMN.test(column));
  if (isOurs) return;
  throw new FaultError('backup_altered', {
    detail: `The archive of the ${half} holds a table that is none of theirs.`,
  });
}

/** Never backwards: keys that are younger than the data know of people whom the data do not know. */
async function setSequences(client: ClientBase, sequences: Sequences): Promise<void> {
  for (const [name, value] of Object.entries(sequences)) {
    await client.query(
      `SELECT setval(to_regclass($1), greatest($2::int8, (SELECT last_value FROM pg_sequences WHERE format('%I.%I', schemaname, sequencename) = $1)))
       WHERE to_regclass($1) IS NOT NULL`,
      [name, value],
    );
  }
}

/** How many rows each of some tables has. */
export async function countRows(client: ClientBase, names: readonly string[]): Promise<number[]> {
  const counts: number[] = [];
  for (const name of names) {
    const { rows } = await client.query<{ count: string }>(`SELECT count(*) AS count FROM ${name}`);
    counts.push(Number(rows[0]?.count));
  }
  return counts;
}

/** Lets the planner know what there is. */
export async function analyze(client: ClientBase): Promise<void> {
  await client.query('ANALYZE');
}
