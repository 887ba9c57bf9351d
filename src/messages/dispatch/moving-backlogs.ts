import { MINUTE_MS } from '../../base/clock.ts';
import type { Id } from '../../base/id.ts';
import type { RiverContext } from '../context.ts';
import type { Message } from '../message.ts';
import type { MessageRow } from '../message-store.ts';
import type { Failover } from './failover.ts';
import type { Backlog, Lane } from './lane.ts';
import type { Outlet } from './outlet.ts';
import type { TakeUp } from './take-up.ts';

/** What moving needs of the dispatch whose backlogs they are. */
export interface BacklogKeeper {
  readonly takeUp: TakeUp;
  readonly failover: Failover;
  /** Where nobody else reads the lane meanwhile. */
  alone(lane: Lane, read: () => Promise<void>): Promise<void>;
  /** A page of the backlog, oldest first, and the id before which it ends. */
  page(outlet: Outlet, lane: Lane, accountId: number, from: Id): Promise<{ rows: readonly MessageRow[]; before: Id }>;
  /** Moves the backlog past a page. */
  advance(lane: Lane, accountId: number, backlog: Backlog, rows: readonly MessageRow[], before: Id): void;
  /** Where the next page begins. */
  behind(rows: readonly MessageRow[], before: Id): Id;
  take(message: Message): void;
}

/** What has no other way is looked at again when another carrier comes up, and else after this. */
const LOOK_AGAIN_MS = MINUTE_MS;

/**
 * Moves messages that wait in the store from carriers that have been down for a while to others of their route that are
 * up. What has no other way stays, and is passed over until the carriers that can be used are others.
 */
export class MovingBacklogs {
  readonly #river: RiverContext;
  readonly #keeper: BacklogKeeper;
  #lookedWith = '';
  #lookedAtMs = 0;

  constructor(river: RiverContext, keeper: BacklogKeeper) {
    this.#river = river;
    this.#keeper = keeper;
  }

  /** Once a second. One lane after the other, so that no two fill the same one at a time. */
  async round(): Promise<void> {
    const outlets = [...this.#river.outlets.values()];
    for (const outlet of outlets) this.#note(outlet);
    const usable = outlets.filter((outlet) => outlet.unusableSinceMs === null);
    if (usable.length === 0) return;
    this.#lookAnew(usable.map(({ carrierId }) => carrierId).join());
    for (const outlet of outlets) if (this.#isToBeLeft(outlet)) await this.#leave(outlet);
  }

  #note(outlet: Outlet): void {
    const isFit = outlet.isUp && outlet.breaker.state === 'closed';
    outlet.unusableSinceMs = isFit ? null : (outlet.unusableSinceMs ?? this.#river.clock.now());
  }

  #isToBeLeft({ unusableSinceMs }: Outlet): boolean {
    return unusableSinceMs !== null && unusableSinceMs + this.#river.failover.graceMs <= this.#river.clock.now();
  }

  #lookAnew(usable: string): void {
    const nowMs = this.#river.clock.now();
    if (usable === this.#lookedWith && nowMs - this.#lookedAtMs < LOOK_AGAIN_MS) return;
    this.#lookedWith = usable;
    this.#lookedAtMs = nowMs;
    for (const { lanes } of this.#river.outlets.values())
      for (const { backlogs } of lanes) for (const backlog of backlogs.values()) delete backlog.looked;
  }

  /** The backlog of a carrier that is up is read by its own lane, which heeds the breaker. */
  async #leave(outlet: Outlet): Promise<void> {
    this.#keeper.failover.leave(outlet);
    if (outlet.isUp) return;
    for (const lane of outlet.lanes)
      if (lane.backlogs.size > 0) await this.#keeper.alone(lane, () => this.#movePages(outlet, lane));
  }

  async #movePages(outlet: Outlet, lane: Lane): Promise<void> {
    const accounts = Array.from(lane.backlogs.keys()); // moving takes accounts out, and puts them back at the end
    for (const accountId of accounts) while (!outlet.isUp && (await this.#movePage(outlet, lane, accountId)));
  }

  /** Whether there may be more to move. */
  async #movePage(outlet: Outlet, lane: Lane, accountId: number): Promise<boolean> {
    const backlog = lane.backlogs.get(accountId);
    if (!backlog) return false;
    const { from, looked } = backlog;
    const { rows, before } = await this.#keeper.page(outlet, lane, accountId, looked ?? from);
    const { moved, isFull } = await this.#move(outlet, rows);
    // Who adopted another node's messages meanwhile wants them read from further back.
    if (isFull || backlog.from !== from) return false;
    if (looked === undefined && moved === rows.length) this.#keeper.advance(lane, accountId, backlog, rows, before);
    else backlog.looked = this.#keeper.behind(rows, before);
    return rows.length > 0;
  }

  async #move(outlet: Outlet, rows: readonly MessageRow[]): Promise<{ moved: number; isFull: boolean }> {
    const { ways, taken, clock } = this.#river;
    const candidates = rows.filter((row) => !row.isDoubtful && ways.hasOther(row.credentialId, outlet));
    const messages = await this.#keeper.takeUp.open(candidates);
    let moved = 0;
    let isFull = false;
    for (const message of messages) {
      if (!message.octets || message.partsOpen === 0) continue;
      const way = this.#keeper.failover.reroute(message);
      isFull ||= way === 'full';
      if (way !== 'moved') continue;
      message.takenAtMs = clock.now();
      taken.push(message);
      this.#keeper.take(message);
      moved++;
    }
    await this.#river.settled();
    return { moved, isFull };
  }
}
