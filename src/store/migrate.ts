import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import { FaultError } from '../base/fault.ts';
import { errorText } from '../base/log.ts';
import { connect } from './connection.ts';
import type { DatabaseServer } from './embedded/index.ts';
import { locks } from './locks.ts';
import { ensureRoles } from './roles-store.ts';

/** One file of plain SQL, `NNNN-name.sql`. */
export interface Migration {
  readonly name: string;
  readonly sha256: string;
  readonly sql: string;
}

/** What the database says of a migration that it went through. */
export type AppliedMigration = Pick<Migration, 'name' | 'sha256'>;

export const migrationsFolder = join(import.meta.dirname, 'migrations');

export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}-[\w-]+\.sql$/.test(name)).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), 'utf8');
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/**
 * What is still to do. The applied ones must be the first of ours, unchanged; else it is another gateway's database, or a
 * newer one's, and nothing is done to it.
 */
export function planMigrations(ours: readonly Migration[], applied: readonly AppliedMigration[]): readonly Migration[] {
  for (const [at, { name, sha256 }] of applied.entries()) {
    const same = ours[at];
    if (same === undefined)
      throw changed(`It has been through ${name}, which this gateway does not have: start a newer gateway`);
    if (same.name !== name) throw changed(`It has been through ${name} where this gateway has ${same.name}`);
    if (same.sha256 !== sha256) throw changed(`${name} was another file when it was applied`);
  }
  return ours.slice(applied.length);
}

const changed = (why: string) =>
  new FaultError('migration_changed', { detail: `The database cannot be used. ${why}.` });

/** Brings the database up to date, or as far as `wanted` says. Gateways that start at once wait for one another. */
export async function migrate(
  server: DatabaseServer,
  folder: string,
  onPending: () => void,
  wanted: (migration: Migration) => boolean = () => true,
): Promise<void> {
  const ours = (await readMigrations(folder)).filter(wanted);
  const client = await connect(server.owner);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [locks.migrate]);
    // The embedded server has had them since it was made (cluster.ts).
    if (server.kind === 'external') await ensureRoles(client);
    const pending = planMigrations(ours, await readApplied(client));
    if (pending.length > 0) onPending();
    for (const migration of pending) await apply(client, migration);
  } finally {
    // The lock goes with the connection.
    await client.end();
  }
}

async function readApplied(client: Client): Promise<AppliedMigration[]> {
  await client.query(`CREATE TABLE IF NOT EXISTS schema_migration (
    name text PRIMARY KEY,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`);
  return (await client.query<AppliedMigration>('SELECT name, sha256 FROM schema_migration ORDER BY name')).rows;
}

async function apply(client: Client, { name, sha256, sql }: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query('INSERT INTO schema_migration (name, sha256) VALUES ($1, $2)', [name, sha256]);
    await client.query('COMMIT');
  } catch (error) {
    // The connection is closed by the caller, and with it the transaction.
    throw new FaultError('migration_failed', { detail: `The migration ${name} failed (${errorText(error)}).` }, error);
  }
}
