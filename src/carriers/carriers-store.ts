import type { Pool } from 'pg';
import { type Fault, fault } from '../base/fault.ts';

/** A carrier as it is stored. What stands in `settings` is not trusted before it was read. */
export interface CarrierRow {
  readonly id: number;
  readonly name: string;
  readonly kind: 'sandbox' | 'smpp';
  readonly settings: unknown;
  readonly sealedSecret: Buffer | null;
  readonly createdAtMs: number;
}

const COLUMNS = `id, name, kind, settings, sealed_secret AS "sealedSecret",
  (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs"`;

/** The carriers in PostgreSQL. */
export class CarriersStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async all(): Promise<readonly CarrierRow[]> {
    return (await this.#pool.query<CarrierRow>(`SELECT ${COLUMNS} FROM carrier ORDER BY id`)).rows;
  }

  /** Draws the id of a carrier to be: its secret is sealed for it. */
  async nextId(): Promise<number> {
    const { rows } = await this.#pool.query<{ id: string }>(
      `SELECT nextval(pg_get_serial_sequence('carrier', 'id')) AS id`,
    );
    return Number(rows[0]!.id);
  }

  /** Adds one and tells the other nodes; `name_taken` where there is one of that name. */
  async add(row: Omit<CarrierRow, 'createdAtMs'>): Promise<CarrierRow | Fault> {
    const { rows } = await this.#pool.query<CarrierRow>(
      `WITH added AS (
        INSERT INTO carrier (id, name, kind, settings, sealed_secret) OVERRIDING SYSTEM VALUE
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING RETURNING *),
       told AS (SELECT pg_notify('sallyport_changes', 'carrier') FROM added)
       SELECT ${COLUMNS} FROM added, told`,
      [row.id, row.name, row.kind, JSON.stringify(row.settings), row.sealedSecret],
    );
    return rows[0] ?? fault('name_taken', { field: '/name' });
  }
}
