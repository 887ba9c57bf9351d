import type { Pool } from 'pg';
import type { Actor, Audit, Entry } from '../audit/index.ts';
import { type Fault, fault } from '../base/fault.ts';

/** A carrier as it is stored. What stands in `settings` is not trusted before it was read. */
export interface CarrierRow {
  readonly id: number;
  readonly name: string;
  readonly kind: 'sandbox' | 'smpp';
  readonly settings: unknown;
  readonly sealedSecret: Buffer | null;
  readonly createdAtMs: number;
  readonly isEnabled: boolean;
  /** Higher after every change. */
  readonly revision: number;
  readonly isRemoved: boolean;
}

export type NewCarrierRow = Pick<CarrierRow, 'id' | 'name' | 'kind' | 'settings' | 'sealedSecret'>;
export type CarrierUpdate = Pick<CarrierRow, 'id' | 'revision' | 'settings' | 'sealedSecret' | 'isEnabled'>;

const COLUMNS = `id, name, kind, settings, sealed_secret AS "sealedSecret", is_enabled AS "isEnabled", revision,
  removed_at IS NOT NULL AS "isRemoved", (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs"`;

/** The carriers in PostgreSQL. Every change tells the other nodes. */
export class CarriersStore {
  readonly #pool: Pool;
  readonly #audit: Audit;

  constructor(pool: Pool, audit: Audit) {
    this.#pool = pool;
    this.#audit = audit;
  }

  /** All that there are and were. */
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

  /** Adds one; `name_taken` where there is one of that name. */
  async add(row: NewCarrierRow, by: Actor): Promise<CarrierRow | Fault> {
    const added = await this.#act(
      `WITH added AS (
        INSERT INTO carrier (id, name, kind, settings, sealed_secret) OVERRIDING SYSTEM VALUE
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) WHERE removed_at IS NULL DO NOTHING RETURNING *),
       told AS (SELECT pg_notify('sallyport_changes', 'carrier') FROM added)
       SELECT ${COLUMNS} FROM added, told`,
      [row.id, row.name, row.kind, JSON.stringify(row.settings), row.sealedSecret],
      ({ id, name, kind }) => this.#audit.done(by, 'carrier.added', [`carrier:${id}`], { name, kind }),
    );
    return added ?? fault('name_taken', { field: '/name' });
  }

  /** Changes the one that has this revision; null where another change came first. `what` names what is different. */
  change(row: CarrierUpdate, what: readonly string[], by: Actor): Promise<CarrierRow | null> {
    return this.#act(
      `WITH changed AS (
        UPDATE carrier SET settings = $3, sealed_secret = $4, is_enabled = $5, revision = revision + 1
        WHERE id = $1 AND revision = $2 AND removed_at IS NULL RETURNING *),
       told AS (SELECT pg_notify('sallyport_changes', 'carrier') FROM changed)
       SELECT ${COLUMNS} FROM changed, told`,
      [row.id, row.revision, JSON.stringify(row.settings), row.sealedSecret, row.isEnabled],
      ({ id, name, isEnabled }) =>
        this.#audit.done(by, 'carrier.changed', [`carrier:${id}`], { name, what: what.join(' '), isEnabled }),
    );
  }

  /**
   * Removes one that is disabled and has no message that it might still have to send, whichever node accepted it; whether it
   * did. Looks through all messages that are still valid: a second or so for every few millions of them.
   */
  async remove(id: number, by: Actor): Promise<boolean> {
    const removed = await this.#act(
      `WITH removed AS (
        UPDATE carrier SET removed_at = now(), sealed_secret = NULL, revision = revision + 1
        WHERE id = $1 AND removed_at IS NULL AND NOT is_enabled
          AND NOT EXISTS (SELECT FROM waiting JOIN message m
            ON m.account_id = waiting.account_id AND m.id = waiting.message_id
            WHERE waiting.what = 0 AND m.carrier_id = carrier.id AND m.expires_at > now())
          AND NOT EXISTS (SELECT FROM message m
            WHERE m.carrier_id = carrier.id AND m.expires_at > now() AND m.direction = 0
              AND NOT EXISTS (SELECT FROM message_event e WHERE e.account_id = m.account_id AND e.message_id = m.id))
        RETURNING *),
       told AS (SELECT pg_notify('sallyport_changes', 'carrier') FROM removed)
       SELECT ${COLUMNS} FROM removed, told`,
      [id],
      ({ name }) => this.#audit.done(by, 'carrier.removed', [`carrier:${id}`], { name }),
    );
    return removed !== null;
  }

  /** Does it and puts it on record as one; null where no row came of it. */
  #act(text: string, values: unknown[], entryOf: (row: CarrierRow) => Entry): Promise<CarrierRow | null> {
    return this.#audit.act(
      async (client) => (await client.query<CarrierRow>(text, values)).rows[0] ?? null,
      (row) => row && entryOf(row),
    );
  }
}
