import type pg from 'pg';
import { type Id, idText, parseId } from '../base/id.ts';
import { timeOf } from '../store/index.ts';

/** How far a node has come: recovery reads from here on and nothing before. */
export interface Marks {
  readonly openFrom: Id;
  readonly eventsFromMs: number;
}

/** What an ended node left behind. */
export interface EndedNode extends Marks {
  readonly id: number;
}

/** Nodes that an ended one had taken over come along, with its marks: those cover what it had left to do of theirs. */
const ADOPT = `
  WITH ended AS (
    SELECT id, open_from, events_from FROM node
    WHERE id <> $1 AND ended_at IS NULL AND (lease_until < now() OR $2)
    FOR UPDATE SKIP LOCKED),
  heirs AS (
    UPDATE node n SET ended_at = coalesce(n.ended_at, now()), adopted_by = $1, open_from = e.open_from,
      events_from = e.events_from
    FROM ended e WHERE n.id = e.id OR n.adopted_by = e.id)
  UPDATE node SET
    open_from = least(open_from, (SELECT e.open_from FROM ended e ORDER BY e.open_from LIMIT 1)),
    events_from = least(events_from, (SELECT min(e.events_from) FROM ended e))
  WHERE id = $1`;

const ADOPTED = 'SELECT id, open_from, events_from FROM node WHERE adopted_by = $1';

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
       VALUES (now() + make_interval(secs => $1), $2, ${timeOf('$3')}) RETURNING id`,
      [leaseSeconds, idText(openFrom), eventsFromMs],
    );
    return rows[0]!.id;
  }

  /** Renews the lease and moves the marks; null leaves them. False when the lease was lost: another node has taken over. */
  async renew(nodeId: number, leaseSeconds: number, marks: Marks | null): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      `UPDATE node SET lease_until = now() + make_interval(secs => $2), open_from = coalesce($3, open_from),
         events_from = coalesce(${timeOf('$4')}, events_from)
       WHERE id = $1 AND ended_at IS NULL`,
      [nodeId, leaseSeconds, marks && idText(marks.openFrom), marks?.eventsFromMs ?? null],
    );
    return rowCount === 1;
  }

  /**
   * Takes over the nodes whose lease has ended; with `isAlone` all others at once, since no other can be running on this
   * database. This node's marks move back to theirs in the same statement. Gives all nodes that are this one's by now: also
   * those of an earlier call whose answer was lost.
   */
  async adopt(nodeId: number, isAlone: boolean): Promise<EndedNode[]> {
    await this.#pool.query(ADOPT, [nodeId, isAlone]);
    const { rows } = await this.#pool.query<{ id: number; open_from: string; events_from: Date }>(ADOPTED, [nodeId]);
    return rows.map(({ id, open_from: openFrom, events_from: eventsFrom }) => ({
      id,
      openFrom: parseId(openFrom)!,
      eventsFromMs: eventsFrom.getTime(),
    }));
  }

  /** Ends the node in good order: nothing of its is left in memory or waits for it in the store. */
  async end(nodeId: number): Promise<void> {
    await this.#pool.query('UPDATE node SET ended_at = now(), lease_until = now() WHERE id = $1', [nodeId]);
  }

  /** Ends the lease of a node that leaves something to the next. */
  async leave(nodeId: number, marks: Marks | null): Promise<void> {
    await this.renew(nodeId, 0, marks);
  }
}
