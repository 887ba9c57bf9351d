import type { Pool } from 'pg';
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

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async all(): Promise<readonly CredentialRow[]> {
    const { rows } = await this.#pool.query<CredentialRow>(`SELECT ${COLUMNS} FROM credential ORDER BY id`);
    return rows;
  }

  async add(row: Omit<CredentialRow, 'id' | 'revokedAtMs'>): Promise<CredentialRow | null> {
    const { rows } = await this.#pool.query<CredentialRow>(
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
    return rows[0] ?? null;
  }

  async revoke(id: number, atMs: number): Promise<CredentialRow | null> {
    const { rows } = await this.#pool.query<CredentialRow>(
      `WITH revoked AS (
         UPDATE credential SET revoked_at = coalesce(revoked_at, to_timestamp($2::float8 / 1000)) WHERE id = $1
         RETURNING *)
       SELECT ${COLUMNS} FROM revoked, ${TELL}`,
      [id, atMs],
    );
    return rows[0] ?? null;
  }
}
