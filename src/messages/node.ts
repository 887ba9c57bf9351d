import { SECOND_MS } from '../base/clock.ts';
import type { Id } from '../base/id.ts';
import type { RiverContext } from './context.ts';
import type { Dispatch } from './dispatch/index.ts';
import type { NodeStore } from './node-store.ts';

export const LEASE_SECONDS = 15;
export const RENEW_EVERY_MS = 3 * SECOND_MS;

/** The database stamps some events by its own clock. */
const CLOCKS_DIFFER_MS = 5 * SECOND_MS;

/** How far this node has come, told to the store with every renewal of its lease; and what it takes over from others. */
export class Node {
  readonly #river: RiverContext;
  readonly #dispatch: Dispatch;
  readonly #store: NodeStore;

  constructor(river: RiverContext, dispatch: Dispatch, store: NodeStore) {
    this.#river = river;
    this.#dispatch = dispatch;
    this.#store = store;
  }

  /** False when the lease was lost. */
  renew(): Promise<boolean> {
    return this.#store.renew(this.#river.nodeId, LEASE_SECONDS, this.#openFrom(), this.#eventsFromMs());
  }

  /** Takes over what ended nodes left without an outcome, by the way of every backlog. */
  async adopt(isAlone: boolean, accounts: readonly number[]): Promise<number> {
    const { ids, ended } = await this.#store.adopt(this.#river.nodeId, isAlone);
    if (ids.length === 0) return 0;
    const openFrom = ended.map((node) => node.openFrom).reduce((a, b) => (Buffer.compare(a, b) < 0 ? a : b));
    const eventsFromMs = Math.min(...ended.map((node) => node.eventsFromMs)) - CLOCKS_DIFFER_MS;
    this.#dispatch.adopt(ids, accounts, openFrom);
    await this.#dispatch.takeOver(await this.#river.store.takenBy(ids, eventsFromMs, openFrom));
    await this.#river.store.oweAgain(ids, eventsFromMs);
    return ids.length;
  }

  end(): Promise<void> {
    return this.#store.end(this.#river.nodeId);
  }

  #openFrom(): Id {
    const marks = [this.#river.open.oldest()?.id, this.#dispatch.oldestBacklog()].filter((id) => id != null);
    return marks.reduce((oldest, id) => (Buffer.compare(id, oldest) < 0 ? id : oldest), this.#river.ids.next());
  }

  #eventsFromMs(): number {
    const marks = [this.#river.notices.oldestUntoldMs(), this.#river.taken.oldest()?.takenAtMs ?? null].filter(
      (ms) => ms !== null,
    );
    return Math.min(this.#river.clock.now(), ...marks);
  }
}
