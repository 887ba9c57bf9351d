import type { Pool } from 'pg';
import type { Actor, Audit } from '../audit/index.ts';
import type { CredentialRow, CredentialsStore } from './credential.ts';

const COLUMNS = `
  account_id AS "accountId", id, kind, name, lookup, secret_hash AS "secretHash", capability,
  (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs",
  (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAtMs",
  (extract(epoch FROM revoked_at) * 1000)::float8 AS "revokedAtMs"`;

/** The notice goes out with the commit, so who hears it reads the change. */
const TELL = `pg_notify('sallyport_changes', 'credential')`;

/** The credentials in PostgreSQL, as the engine sees them: of all accounts. */
export class PostgresCredentials implements CredentialsStore {
  readonly #pool: Pool;
  readonly #audit: Audit;

  constructor(pool: Pool, audit: Audit) {
    this.#pool = pool;
    this.#audit = audit;
  }

  async all(): Promise<readonly CredentialRow[]> {
    const { rows } = await this.#pool.query<CredentialRow>(`SELECT ${COLUMNS} FROM credential ORDER BY id`);
    return rows;
  }

  add(row: Omit<CredentialRow, 'id' | 'revokedAtMs'>, by: Actor): Promise<CredentialRow | null> {
    return this.#change(
      'credential.made',
      by,
      `WITH added AS (
         INSERT INTO credential (account_id, kind, name, lookup, secret_hash, capability, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7::float8 / 1000), to_timestamp($8::float8 / 1000))
         ON CONFLICT (kind, lookup) DO NOTHING
         RETURNING *)
       SELECT ${COLUMNS} FROM added, ${TELL}`,
      [
        row.accountId,
        row.kind,
        row.name,
        row.lookup,
        row.secretHash,
        JSON.stringify(row.capability),
        row.createdAtMs,
        row.expiresAtMs,
      ],
    );
  }

  revoke(id: number, atMs: number, by: Actor): Promise<CredentialRow | null> {
    return this.#change(
      'credential.revoked',
      by,
      `WITH revoked AS (
         UPDATE credential SET revoked_at = coalesce(revoked_at, to_timestamp($2::float8 / 1000)) WHERE id = $1
         RETURNING *)
       SELECT ${COLUMNS} FROM revoked, ${TELL}`,
      [id, atMs],
    );
  }

  #change(what: 'credential.made' | 'credential.revoked', by: Actor, text: string, values: readonly unknown[]) {
    return this.#audit.act(
      async (client) => (await client.query<CredentialRow>(text, [...values])).rows[0] ?? null,
      (row) =>
        row && this.#audit.done(by, what, [`credential:${row.id}`, `account:${row.accountId}`], { kind: row.kind }),
    );
  }
}
