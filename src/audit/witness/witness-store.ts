import type pg from 'pg';
import { msOf, timeOf } from '../../store/index.ts';

/** What a witness is known to have cosigned. */
export interface WitnessState {
  readonly witness: string;
  readonly size: number;
  /** Unix ms; null of one that has cosigned nothing. */
  readonly cosignedAtMs: number | null;
  readonly trouble: string | null;
  readonly troubleAtMs: number | null;
}

export interface WitnessedSize {
  readonly size: number;
  /** Unix ms: when it was signed. */
  readonly atMs: number;
}

/** Cosignatures, and how witnesses are. */
export class WitnessStore {
  readonly #client: Pick<pg.ClientBase, 'query'>;

  constructor(client: Pick<pg.ClientBase, 'query'>) {
    this.#client = client;
  }

  async states(): Promise<WitnessState[]> {
    const { rows } = await this.#client.query<Omit<WitnessState, 'size'> & { size: string }>(
      `SELECT witness, size, ${msOf('cosigned_at')} AS "cosignedAtMs", trouble, ${msOf('trouble_at')} AS "troubleAtMs"
       FROM audit_witness ORDER BY witness`,
    );
    return rows.map((row) => ({ ...row, size: Number(row.size) }));
  }

  /** One statement, so that a cosignature and what is known of its witness are durable together. */
  async cosigned(witness: string, size: number, line: string, atMs: number): Promise<void> {
    await this.#client.query(
      `WITH kept AS (INSERT INTO audit_cosignature (size, witness, line, at)
         VALUES ($2, $1, $3, ${timeOf('$4')}) ON CONFLICT DO NOTHING)
       INSERT INTO audit_witness (witness, size, cosigned_at) VALUES ($1, $2, ${timeOf('$4')})
       ON CONFLICT (witness) DO UPDATE SET size = $2, cosigned_at = excluded.cosigned_at, trouble = NULL, trouble_at = NULL`,
      [witness, size, line, atMs],
    );
  }

  async troubled(witness: string, trouble: string, atMs: number): Promise<void> {
    await this.#client.query(
      `INSERT INTO audit_witness AS w (witness, size, trouble, trouble_at)
       VALUES ($1, 0, $2, ${timeOf('$3')})
       ON CONFLICT (witness) DO UPDATE SET trouble = $2, trouble_at = coalesce(w.trouble_at, excluded.trouble_at)`,
      [witness, trouble, atMs],
    );
  }

  /** The lines of the cosignatures of a checkpoint, each with its newline. */
  async lines(size: number): Promise<string[]> {
    const { rows } = await this.#client.query<{ line: string }>(
      'SELECT line FROM audit_cosignature WHERE size = $1 ORDER BY witness',
      [size],
    );
    return rows.map(({ line }) => line);
  }

  /**
   * The size of the checkpoint beyond an index that most witnesses have cosigned, the first of those; null where none has.
   * Witnesses come a minute after one another at most, so what comes after the first 500 cosignatures is no better.
   */
  async bestAbove(index: number): Promise<number | null> {
    const { rows } = await this.#client.query<{ size: string }>(
      `SELECT size FROM (SELECT size FROM audit_cosignature WHERE size > $1 ORDER BY size LIMIT 500) s
       GROUP BY size ORDER BY count(*) DESC, size LIMIT 1`,
      [index],
    );
    return rows[0] ? Number(rows[0].size) : null;
  }

  /** The latest checkpoint that so many of these witnesses have cosigned. */
  async witnessed(witnesses: readonly string[], quorum: number): Promise<WitnessedSize | null> {
    const { rows } = await this.#client.query<{ size: string; atMs: number }>(
      `SELECT c.size, ${msOf('c.at')} AS "atMs" FROM audit_checkpoint c
       WHERE (SELECT count(*) FROM audit_cosignature s WHERE s.size = c.size AND s.witness = ANY($1)) >= $2
         AND c.size IN (SELECT size FROM audit_cosignature ORDER BY size DESC LIMIT 1000)
       ORDER BY c.size DESC LIMIT 1`,
      [witnesses, quorum],
    );
    return rows[0] ? { size: Number(rows[0].size), atMs: rows[0].atMs } : null;
  }
}
