import type pg from 'pg';
import { type Id, idText, parseId } from '../base/id.ts';

/** What an ended node left behind. */
export interface EndedNode {
  readonly id: number;
  readonly openFrom: Id;
  readonly eventsFromMs: number;
}

const ADOPT = `
  WITH ended AS (
    SELECT id, open_from, events_from FROM node
    WHERE id <> $1 AND ((ended_at IS NULL AND lease_until < now()) OR (ended_at IS NULL AND $2))
    FOR UPDATE SKIP LOCKED),
  heirs AS (
    UPDATE node SET ended_at = coalesce(ended_at, now()), adopted_by = $1
    WHERE id IN (SELECT id FROM ended) OR adopted_by IN (SELECT id FROM ended) RETURNING id),
  self AS (
    UPDATE node SET
      open_from = least(open_from, (SELECT e.open_from FROM ended e ORDER BY e.open_from LIMIT 1)),
      events_from = least(events_from, (SELECT min(e.events_from) FROM ended e))
    WHERE id = $1)
  SELECT heirs.id, ended.open_from, ended.events_from FROM heirs LEFT JOIN ended USING (id)`;

/** The leases of gateway processes, and how far each has come. */
export class NodeStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Begins a lease and returns the number of the node. */
  async begin(leaseSeconds: number, openFrom: Id, eventsFromMs: number): Promise<number> {
    const { rows } = await this.#pool.query<{ id: number }>(
      `INSERT INTO node (lease_until, open_from, events_from)
       VALUES (now() + make_interval(secs => $1), $2, to_timestamp($3::float8 / 1000)) RETURNING id`,
      [leaseSeconds, idText(openFrom), eventsFromMs],
    );
    return rows[0]!.id;
  }

  /** Renews the lease and moves the marks. False when the lease was lost: another node has taken over. */
  async renew(nodeId: number, leaseSeconds: number, openFrom: Id, eventsFromMs: number): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      `UPDATE node SET lease_until = now() + make_interval(secs => $2), open_from = $3, events_from = to_timestamp($4::float8 / 1000)
       WHERE id = $1 AND ended_at IS NULL`,
      [nodeId, leaseSeconds, idText(openFrom), eventsFromMs],
    );
    return rowCount === 1;
  }

  /**
   * Takes over the nodes whose lease has ended; with `isAlone` all others at once, since no other can be running on this
   * database. This node's marks move back to theirs in the same transaction. Nodes that those had taken over come along,
   * without marks of their own.
   */
  async adopt(nodeId: number, isAlone: boolean): Promise<{ ids: number[]; ended: EndedNode[] }> {
    const { rows } = await this.#pool.query<{ id: number; open_from: string | null; events_from: Date | null }>(ADOPT, [
      nodeId,
      isAlone,
    ]);
    const ended = rows.flatMap(({ id, open_from: from, events_from: events }) =>
      from && events ? [{ id, openFrom: parseId(from)!, eventsFromMs: events.getTime() }] : [],
    );
    return { ids: rows.map((row) => row.id), ended };
  }

  /** Ends the node in good order: nothing of its is left in memory. */
  async end(nodeId: number): Promise<void> {
    await this.#pool.query('UPDATE node SET ended_at = now(), lease_until = now() WHERE id = $1', [nodeId]);
  }
}
