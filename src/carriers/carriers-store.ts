import type { Pool } from 'pg';
import type { Actor, Audit, Entry } from '../audit/index.ts';
import { type Fault, fault } from '../base/fault.ts';
import { canonical, type Register, type RegisteredTable } from '../register/index.ts';
import { msOf, timeOf } from '../store/index.ts';

/** A carrier as it is stored. What stands in `settings` is not trusted before it was read. */
export interface StoredCarrier {
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

/**
 * Whether it stands in the database as a gateway wrote it; where it does not, it is `kept` as it was when it last did, or
 * `refused`: nothing of it is used but its name.
 */
export interface CarrierRow extends StoredCarrier {
  readonly standing: 'whole' | 'kept' | 'refused';
}

export type NewCarrierRow = Pick<StoredCarrier, 'id' | 'name' | 'kind' | 'settings' | 'sealedSecret' | 'createdAtMs'>;
export type CarrierUpdate = Pick<CarrierRow, 'kind' | 'settings' | 'sealedSecret' | 'isEnabled'>;

const COLUMNS = `id, name, kind, settings, sealed_secret AS "sealedSecret", is_enabled AS "isEnabled", revision,
  removed_at IS NOT NULL AS "isRemoved", ${msOf('created_at')} AS "createdAtMs"`;

const SELECT = `SELECT ${COLUMNS} FROM carrier ORDER BY id`;

/** Everything that decides where messages and the password go. */
const said = (row: StoredCarrier) => [
  row.name,
  row.kind,
  row.settings,
  row.sealedSecret?.toString('base64') ?? null,
  row.createdAtMs,
  row.isEnabled,
  row.revision,
  row.isRemoved,
];

/** The same as one text: a carrier whose row says something else runs anew. */
export const saidOf = (row: CarrierRow): string => canonical([row.standing === 'refused', ...said(row)]);

/** The carriers in PostgreSQL. Every change tells the other nodes. */
export class CarriersStore {
  readonly #pool: Pool;
  readonly #audit: Audit;
  readonly #table: RegisteredTable<StoredCarrier>;

  constructor(pool: Pool, audit: Audit, register: Register) {
    this.#pool = pool;
    this.#audit = audit;
    this.#table = register.table<StoredCarrier>({
      name: 'carrier',
      all: async (client) => (await client.query<StoredCarrier>(SELECT)).rows,
      keyOf: ({ id }) => id,
      said,
    });
  }

  /** All that there are and were. */
  async all(): Promise<readonly CarrierRow[]> {
    const { whole, kept, changed } = await this.#table.read();
    const isKept = new Set(kept.map(({ id }) => id));
    const refused = changed.filter(({ id }) => !isKept.has(id));
    const rows = [...stand(whole, 'whole'), ...stand(kept, 'kept'), ...stand(refused, 'refused')];
    return rows.toSorted((a, b) => a.id - b.id);
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
    const meant = { ...row, isEnabled: true, revision: 1, isRemoved: false };
    const added = await this.#act(
      `WITH added AS (
        INSERT INTO carrier (id, name, kind, settings, sealed_secret, created_at) OVERRIDING SYSTEM VALUE
        VALUES ($1, $2, $3, $4, $5, ${timeOf('$6')})
        ON CONFLICT (name) WHERE removed_at IS NULL DO NOTHING RETURNING *),
       told AS (SELECT pg_notify('sallyport_changes', 'carrier') FROM added)
       SELECT ${COLUMNS} FROM added, told`,
      [row.id, row.name, row.kind, JSON.stringify(row.settings), row.sealedSecret, row.createdAtMs],
      () => meant,
      ({ id, name, kind }) => this.#audit.done(by, 'carrier.added', [`carrier:${id}`], { name, kind }),
    );
    return added ?? fault('name_taken', { field: '/name' });
  }

  /**
   * Writes one anew where it still has the revision of `row`; null where another change came first. One that was changed
   * outside is written over whatever it says now. `what` names what is different.
   */
  change(row: CarrierRow, to: CarrierUpdate, what: readonly string[], by: Actor): Promise<CarrierRow | null> {
    const { standing, ...known } = row;
    const isWhole = standing === 'whole';
    // What was written into a row outside may be a revision that has none after it.
    const meant = { ...known, ...to, revision: (standing === 'refused' ? 0 : row.revision) + 1, isRemoved: false };
    return this.#act(
      `WITH changed AS (
        UPDATE carrier SET settings = $3, sealed_secret = $4, is_enabled = $5, revision = $6, name = $7, kind = $8,
          created_at = ${timeOf('$9')}, removed_at = NULL
        WHERE id = $1 AND (NOT $10 OR (revision = $2 AND removed_at IS NULL)) RETURNING *),
       told AS (SELECT pg_notify('sallyport_changes', 'carrier') FROM changed)
       SELECT ${COLUMNS} FROM changed, told`,
      [
        row.id,
        row.revision,
        JSON.stringify(meant.settings),
        meant.sealedSecret,
        meant.isEnabled,
        meant.revision,
        meant.name,
        meant.kind,
        meant.createdAtMs,
        isWhole,
      ],
      () => meant,
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
      (row) => ({ ...row, sealedSecret: null, isRemoved: true }),
      ({ name }) => this.#audit.done(by, 'carrier.removed', [`carrier:${id}`], { name }),
    );
    return removed !== null;
  }

  /** Does it and puts it on record as one; null where no row came of it. `meant`: the row as it was to be. */
  async #act(
    text: string,
    values: unknown[],
    meant: (row: StoredCarrier) => StoredCarrier,
    entryOf: (row: StoredCarrier) => Entry,
  ): Promise<CarrierRow | null> {
    const done = await this.#table.write(
      async (client) => (await client.query<StoredCarrier>(text, values)).rows[0] ?? null,
      (row) => ({ key: row.id, row: meant(row) }),
      entryOf,
    );
    return done && { ...done, standing: 'whole' };
  }
}

const stand = (rows: readonly StoredCarrier[], standing: CarrierRow['standing']): CarrierRow[] =>
  rows.map((row) => ({ ...row, standing }));
