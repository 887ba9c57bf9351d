import type { Pool } from 'pg';
import type { Actor, Audit } from '../audit/index.ts';
import { type Fault, fault } from '../base/fault.ts';
import { msOf } from '../store/index.ts';

/** A tenant: whose messages, numbers and credentials belong together. */
export interface Account {
  readonly id: number;
  readonly name: string;
  readonly createdAtMs: number;
}

const COLUMNS = `id, name, ${msOf('created_at')} AS "createdAtMs"`;

/** The accounts in PostgreSQL, as the engine sees them. */
export class Accounts {
  readonly #pool: Pool;
  readonly #audit: Audit;

  constructor(pool: Pool, audit: Audit) {
    this.#pool = pool;
    this.#audit = audit;
  }

  /** Makes an account; `name_taken` where there is one of that name. */
  async create(name: string, by: Actor): Promise<Account | Fault> {
    const made = await this.#audit.act(
      async (client) => {
        const text = `INSERT INTO account (name) VALUES ($1) ON CONFLICT (name) DO NOTHING RETURNING ${COLUMNS}`;
        return (await client.query<Account>(text, [name])).rows[0];
      },
      (account) => (account ? this.#audit.done(by, 'account.made', [`account:${account.id}`]) : null),
    );
    return made ?? fault('name_taken', { field: '/name' });
  }

  async find(name: string): Promise<Account | null> {
    const { rows } = await this.#pool.query<Account>(`SELECT ${COLUMNS} FROM account WHERE name = $1`, [name]);
    return rows[0] ?? null;
  }

  /** All accounts, oldest first. */
  async list(): Promise<readonly Account[]> {
    const { rows } = await this.#pool.query<Account>(`SELECT ${COLUMNS} FROM account ORDER BY id`);
    return rows;
  }
}
