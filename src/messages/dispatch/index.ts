import { type Id, oldestId } from '../../base/id.ts';
import { errorText } from '../../base/log.ts';
import { classes } from '../classes.ts';
import type { RiverContext } from '../context.ts';
import type { Message } from '../message.ts';
import type { MessageRow } from '../message-store.ts';
import { Cancelling } from './cancelling.ts';
import { cut } from './cut.ts';
import { Failover } from './failover.ts';
import { Forgetting } from './forgetting.ts';
import type { Backlog, Lane } from './lane.ts';
import { type BacklogKeeper, MovingBacklogs } from './moving-backlogs.ts';
import { Outcomes } from './outcome.ts';
import { Outlet } from './outlet.ts';
import { TakeUp } from './take-up.ts';

const PAGE = 500;

/** From the durable line to the carrier: what is stored goes out, at once or when there is room or time for it. */
export class Dispatch implements BacklogKeeper {
  readonly outcomes: Outcomes;
  readonly takeUp: TakeUp;
  readonly cancelling: Cancelling;
  readonly forgetting: Forgetting;
  readonly failover: Failover;
  readonly movingBacklogs: MovingBacklogs;
  readonly #river: RiverContext;
  /** Nodes that ended and whose messages this one took over. */
  #adopted: readonly number[] = [];
  /** Lanes whose backlog is being read, until that ends. */
  readonly #loading = new Map<Lane, Promise<void>>();
  #isStopped = false;

  constructor(river: RiverContext) {
    this.#river = river;
    this.failover = new Failover(river, (message) => this.take(message));
    this.outcomes = new Outcomes(river, (message) => this.failover.moveOn(message));
    this.takeUp = new TakeUp(river);
    this.cancelling = new Cancelling(river, this.takeUp, (lane) => this.#loading.get(lane) ?? Promise.resolve());
    this.forgetting = new Forgetting(river, this);
    this.movingBacklogs = new MovingBacklogs(river, this);
  }

  addOutlet(carrierId: number, name: string): Outlet {
    const outlet = new Outlet({
      carrierId,
      name,
      laneCapacity: this.#river.laneCapacity,
      breaker: this.#river.failover.breaker,
      nowMs: () => this.#river.clock.now(),
      expired: (part) => this.outcomes.expired(part),
      wantsMore: (which) => this.loadBacklogs(which),
    });
    this.#river.addOutlet(outlet);
    return outlet;
  }

  /** Goes on with a message that has become durable. */
  stored(message: Message): void {
    const outlet = message.outlet!;
    if (message.goesAtOnce) {
      cut(message);
      if (message.segments === 1) message.octets = null;
      outlet.push(message);
    } else {
      message.isFinished = true;
      if (message.sendAtMs === 0) this.loadBacklogs(outlet);
    }
  }

  /** Takes over what ended nodes left: their accounts' messages from `from` on are read back like any backlog. */
  adopt(nodes: readonly number[], accounts: readonly number[], from: Id): void {
    this.#adopted = [...this.#adopted, ...nodes];
    const last = this.#river.ids.next();
    for (const outlet of this.#river.outlets.values()) {
      for (const lane of outlet.lanes) {
        for (const accountId of accounts) {
          lane.remember(accountId, from);
          lane.remember(accountId, last);
        }
      }
      this.loadBacklogs(outlet);
    }
  }

  /** The oldest message that waits in the store only. */
  oldestBacklog(): Id | null {
    const lanes = [...this.#river.outlets.values()].flatMap((outlet) => outlet.lanes);
    return oldestId(lanes.flatMap((lane) => [...lane.backlogs.values()].map(({ from }) => from)));
  }

  /** Fills the room in memory from the store, lane by lane, a page at a time. */
  loadBacklogs(outlet: Outlet): void {
    if (!outlet.isUp) return;
    for (const lane of outlet.lanes) {
      if (lane.backlogs.size > 0 && lane.isLow) void this.alone(lane, () => this.#loadPages(outlet, lane));
    }
  }

  /** What the last look did not come to: it had to wait for a message on its way into the store, or the store was away. */
  async loadAllBacklogs(): Promise<void> {
    for (const outlet of this.#river.outlets.values()) this.loadBacklogs(outlet);
  }

  /** Reads nothing more, and ends when what was read is this node's. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#loading.values());
  }

  /** One at a time reads the backlog of a lane, so that nobody takes up what another has read. Never rejects. */
  alone(lane: Lane, read: () => Promise<void>): Promise<void> {
    if (this.#isStopped || this.#loading.has(lane)) return Promise.resolve();
    const reading = read()
      .catch((error: unknown) => this.#river.log.warn('backlog_unreadable', { cause: errorText(error) }))
      .finally(() => this.#loading.delete(lane));
    this.#loading.set(lane, reading);
    return reading;
  }

  async #loadPages(outlet: Outlet, lane: Lane): Promise<void> {
    while (lane.isLow && outlet.isUp && !this.#isStopped && (await this.#loadPage(outlet, lane)));
  }

  /** Whether it came further. The account goes to the end of the line, so that each has its turn. */
  async #loadPage(outlet: Outlet, lane: Lane): Promise<boolean> {
    const before = this.#bound();
    const next = lane.firstFrom(before);
    if (!next) return false;
    const { accountId, backlog } = next;
    const { from } = backlog;
    const { rows } = await this.page(outlet, lane, accountId, from, before);
    await this.takeOver(rows);
    // Who adopted another node's messages meanwhile wants them read from further back.
    if (backlog.from === from) this.advance(lane, accountId, backlog, rows, before);
    return true;
  }

  async page(outlet: Outlet, lane: Lane, accountId: number, from: Id, before = this.#bound()) {
    const page = { accountId, from, before, limit: PAGE, expiredBeforeMs: null };
    return { rows: await this.#river.store.backlog({ ...this.#query(outlet, lane), ...page }), before };
  }

  #query(outlet: Outlet, lane: Lane) {
    return {
      carrierId: outlet.carrierId,
      class: outlet.lanes.indexOf(lane),
      adopted: this.#adopted,
      nodeId: this.#river.nodeId,
    };
  }

  /** No message older than this is still on its way into the store, or has an id given beforehand. */
  #bound(): Id {
    const { accepting, claimed, ids } = this.#river;
    return oldestId([accepting.oldest()?.floor, claimed.oldest()?.firstId]) ?? ids.next();
  }

  /** Moves the backlog past a page. When nothing waits beyond it, the account's messages go out at once again. */
  advance(lane: Lane, accountId: number, backlog: Backlog, rows: readonly MessageRow[], before: Id): void {
    lane.backlogs.delete(accountId);
    if (rows.length < PAGE && Buffer.compare(backlog.last, before) < 0) return;
    lane.backlogs.set(accountId, { from: this.behind(rows, before), last: backlog.last });
  }

  behind(rows: readonly MessageRow[], before: Id): Id {
    return rows.length < PAGE ? before : after(rows.at(-1)!.id);
  }

  /**
   * Makes stored messages this node's own and lets them go: recorded as taken or in doubt first. Ends when that is durable,
   * so that until then they still count as backlog.
   */
  async takeOver(rows: readonly MessageRow[], isTaken = false): Promise<void> {
    const messages = await this.takeUp.open(rows);
    for (const [at, message] of messages.entries()) {
      message.takenAtMs = message.lastTakenAtMs = this.#river.clock.now();
      this.#river.taken.push(message);
      this.#expectSent(message);
      const isDoubt = rows[at]!.isDoubtful && (message.octets !== null || isLeftToReceipt(message));
      if (!message.outlet || !(message.octets || isDoubt)) this.outcomes.unsendable(message);
      else if (message.partsOpen === 0) this.outcomes.conclude(message);
      else if (isDoubt) this.#doubt(message);
      else {
        this.failover.place(message, isTaken);
        // On record it is with the carrier of its row.
        if (isTaken && message.outlet.carrierId === rows[at]!.carrierId) this.#go(message);
        else this.take(message);
      }
    }
    await this.#river.settled();
  }

  /** Receipts of parts that were sent before come to this message from now on: it knows of all its parts. */
  #expectSent({ parts, outlet }: Message): void {
    for (const part of parts)
      if (part.reference !== null && part.receipt === null && outlet)
        this.#river.receipts.expect(outlet.carrierId, part.reference, part);
  }

  /** A long message is recorded as this node's first: the doubts of its parts do not say whose it is as a whole. */
  #doubt(message: Message): void {
    if (message.parts.length > 1) this.#river.record(this.#river.event(message, 'taken'), () => {});
    for (const part of message.parts) if (part.state === 'here') this.outcomes.doubt(part);
  }

  /** Records that a message is with its carrier, in whose lane there is room for it, and lets it go. */
  take(message: Message): void {
    if (this.cancelling.has(message)) {
      message.outlet!.laneOf(message).release(message.partsOpen);
      message.isFinished = true;
      return;
    }
    this.cancelling.taking(message);
    message.lastTakenAtMs = Math.max(this.#river.clock.now(), message.lastTakenAtMs + 1);
    this.#river.record(this.#river.event(message, 'taken'), () => {
      this.cancelling.taken(message);
      this.#go(message);
    });
  }

  /** The text of a long message is kept: another carrier may want it cut in another way. */
  #go(message: Message): void {
    if (message.segments === 1) message.octets = null;
    if (message.isForgotten && !message.isCancelled) this.forgetting.taken(message);
    else message.outlet!.push(message);
  }

  /** Gives the messages that wait in the store for a carrier that is down, and are no longer worth sending, their end. */
  async expireBacklogs(): Promise<void> {
    for (const outlet of this.#river.outlets.values()) {
      if (outlet.isUp) continue;
      outlet.expire();
      for (const lane of outlet.lanes) await this.alone(lane, () => this.#expireBacklog(outlet, lane));
    }
  }

  async #expireBacklog(outlet: Outlet, lane: Lane): Promise<void> {
    for (const [accountId, { from }] of lane.backlogs) {
      const query = { ...this.#query(outlet, lane), accountId, from, before: this.#bound(), limit: PAGE };
      const rows = await this.#river.store.backlog({ ...query, expiredBeforeMs: this.#river.clock.now() });
      for (const message of await this.takeUp.open(rows))
        if (!this.cancelling.has(message)) this.outcomes.expiredInStore(message);
      await this.#river.settled();
    }
  }

  /** Makes the messages whose answer was lost known to the receipts that may still come for them. */
  async expectDoubted(): Promise<void> {
    const rows = await this.#river.store.byIds(await this.#river.store.inDoubt());
    for (const message of await this.takeUp.open(rows.filter((row) => row.state === 'in_doubt'))) {
      for (const part of message.parts)
        if ((part.state === 'here' || part.state === 'doubted') && message.outlet)
          this.#river.receipts.expectUnknown(part);
    }
  }
}

/** Whether nothing of it would be sent again in any case: that it cannot be opened any more makes no difference. */
const isLeftToReceipt = ({ class: messageClass, to }: Message): boolean =>
  to !== null && !classes[messageClass].resendsInDoubt;

/** The id that follows: with it a range begins behind a message. */
function after(id: Id): Id {
  const next = Buffer.from(id);
  for (let at = next.length - 1; at >= 0; at--) {
    next[at] = (next[at]! + 1) & 0xff;
    if (next[at] !== 0) break;
  }
  return next;
}
