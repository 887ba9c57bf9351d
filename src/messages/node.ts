import { SECOND_MS } from '../base/clock.ts';
import { type Id, oldestId } from '../base/id.ts';
import type { RiverContext } from './context.ts';
import type { Dispatch } from './dispatch/index.ts';
import type { EndedNode, Marks, NodeStore } from './node-store.ts';

export const LEASE_SECONDS = 15;
export const RENEW_EVERY_MS = 3 * SECOND_MS;

/** The database stamps some events by its own clock. */
const CLOCKS_DIFFER_MS = 5 * SECOND_MS;

/** How far this node has come, told to the store with every renewal of its lease; and what it takes over from others. */
export class Node {
  readonly #river: RiverContext;
  readonly #dispatch: Dispatch;
  readonly #store: NodeStore;
  /** Nodes whose messages are this one's by now. */
  readonly #adopted = new Set<number>();
  /** From before an adoption is asked for until all of it is in memory: the marks in the store cover it that long. */
  #isAdopting = false;
  #renewing: Promise<unknown> = Promise.resolve();

  constructor(river: RiverContext, dispatch: Dispatch, store: NodeStore) {
    this.#river = river;
    this.#dispatch = dispatch;
    this.#store = store;
  }

  /** False when the lease was lost. */
  renew(): Promise<boolean> {
    const marks = this.#isAdopting ? null : this.#marks();
    const renewing = this.#store.renew(this.#river.nodeId, LEASE_SECONDS, marks);
    this.#renewing = renewing.catch(() => {}); // whoever asked for it hears of it
    return renewing;
  }

  /** Takes over what ended nodes left without an outcome, by the way of every backlog. What fails goes on the next time. */
  async adopt(isAlone: boolean, accounts: readonly number[]): Promise<number> {
    this.#isAdopting = true;
    await this.#renewing;
    const ended = (await this.#store.adopt(this.#river.nodeId, isAlone)).filter(({ id }) => !this.#adopted.has(id));
    if (ended.length > 0) await this.#takeOver(ended, accounts);
    this.#isAdopting = false;
    return ended.length;
  }

  /** What may fail comes first: whatever this node takes into its hands it takes once. */
  async #takeOver(ended: readonly EndedNode[], accounts: readonly number[]): Promise<void> {
    const ids = ended.map(({ id }) => id);
    const openFrom = oldestId(ended.map((node) => node.openFrom))!;
    const eventsFromMs = Math.min(...ended.map((node) => node.eventsFromMs)) - CLOCKS_DIFFER_MS;
    await this.#river.store.oweAgain(ids, eventsFromMs);
    this.#river.notices.unsure();
    await this.#dispatch.takeOver(await this.#river.store.takenBy(ids, eventsFromMs, openFrom));
    this.#dispatch.adopt(ids, accounts, openFrom);
    for (const id of ids) this.#adopted.add(id);
  }

  /** Gives the lease back. What waits in the store alone is left to the next node, like that of a node that was killed. */
  async end(): Promise<void> {
    const { nodeId, open, taken } = this.#river;
    const isLeft =
      this.#isAdopting ||
      this.#dispatch.oldestBacklog() ||
      open.oldest() ||
      taken.oldest() ||
      this.#river.takingSinceMs !== null;
    if (isLeft) await this.#store.leave(nodeId, this.#isAdopting ? null : this.#marks());
    else await this.#store.end(nodeId);
  }

  #marks(): Marks {
    return { openFrom: this.#openFrom(), eventsFromMs: this.#eventsFromMs() };
  }

  #openFrom(): Id {
    const { open, claimed, ids } = this.#river;
    return oldestId([open.oldest()?.floor, claimed.oldest()?.firstId, this.#dispatch.oldestBacklog()]) ?? ids.next();
  }

  #eventsFromMs(): number {
    const { notices, taken, takingSinceMs, clock } = this.#river;
    const marks = [notices.oldestUntoldMs(), taken.oldest()?.takenAtMs ?? null, takingSinceMs];
    return Math.min(clock.now(), ...marks.filter((ms) => ms !== null));
  }
}
