import type { Actor, Audit } from '../audit/index.ts';
import type { Register, RegisteredTable } from '../register/index.ts';
import { msOf, timeOf } from '../store/index.ts';
import type { CredentialRow, CredentialsStore, NewCredentialRow } from './credential.ts';

const COLUMNS = `
  account_id AS "accountId", id, kind, name, lookup, secret_hash AS "secretHash", capability,
  ${msOf('created_at')} AS "createdAtMs",
  ${msOf('expires_at')} AS "expiresAtMs",
  ${msOf('revoked_at')} AS "revokedAtMs"`;

/** The notice goes out with the commit, so who hears it reads the change. */
const TELL = `pg_notify('sallyport_changes', 'credential')`;

type Stored = Omit<CredentialRow, 'isChanged'>;

const SELECT = `SELECT ${COLUMNS} FROM credential ORDER BY id`;

/** Everything that decides who may do what, from where and until when. */
const said = (row: Stored) => [
  row.accountId,
  row.kind,
  row.name,
  row.lookup,
  row.secretHash,
  row.capability,
  row.createdAtMs,
  row.expiresAtMs,
  row.revokedAtMs,
];

/** The credentials in PostgreSQL, as the engine sees them: of all accounts. */
export class PostgresCredentials implements CredentialsStore {
  readonly #audit: Audit;
  readonly #table: RegisteredTable<Stored>;

  constructor(audit: Audit, register: Register) {
    this.#audit = audit;
    this.#table = register.table<Stored>({
      name: 'credential',
      all: async (client) => (await client.query<Stored>(SELECT)).rows,
      keyOf: ({ id }) => id,
      said,
    });
  }

  async all(): Promise<readonly CredentialRow[]> {
    const { whole, changed } = await this.#table.read();
    const rows = [
      ...whole.map((row) => ({ ...row, isChanged: false })),
      ...changed.map((row) => ({ ...row, isChanged: true })),
    ];
    return rows.toSorted((a, b) => a.id - b.id);
  }

  add(row: NewCredentialRow, by: Actor): Promise<CredentialRow | null> {
    return this.#change(
      'credential.made',
      by,
      `WITH added AS (
         INSERT INTO credential (account_id, kind, name, lookup, secret_hash, capability, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, ${timeOf('$7')}, ${timeOf('$8')})
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
      ({ id }) => ({ ...row, id, revokedAtMs: null }),
    );
  }

  revoke(id: number, atMs: number, by: Actor): Promise<CredentialRow | null> {
    return this.#change(
      'credential.revoked',
      by,
      `WITH revoked AS (
         UPDATE credential SET revoked_at = coalesce(revoked_at, ${timeOf('$2')}) WHERE id = $1
         RETURNING *)
       SELECT ${COLUMNS} FROM revoked, ${TELL}`,
      [id, atMs],
      // Whatever else was written into it, it is revoked.
      (row) => ({ ...row, revokedAtMs: row.revokedAtMs ?? atMs }),
    );
  }

  /** `meant`: the row as it was to be. */
  async #change(
    what: 'credential.made' | 'credential.revoked',
    by: Actor,
    text: string,
    values: readonly unknown[],
    meant: (row: Stored) => Stored,
  ): Promise<CredentialRow | null> {
    const done = await this.#table.write(
      async (client) => (await client.query<Stored>(text, [...values])).rows[0] ?? null,
      (stored) => ({ key: stored.id, row: meant(stored) }),
      (row) => this.#audit.done(by, what, [`credential:${row.id}`, `account:${row.accountId}`], { kind: row.kind }),
    );
    return done && { ...meant(done), isChanged: false };
  }
}
