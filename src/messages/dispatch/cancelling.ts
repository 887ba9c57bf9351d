import type { Entry } from '../../audit/index.ts';
import type { Id } from '../../base/id.ts';
import { classNumber } from '../classes.ts';
import type { RiverContext } from '../context.ts';
import type { Message } from '../message.ts';
import type { MessageRow } from '../message-store.ts';
import type { Lane } from './lane.ts';
import type { TakeUp } from './take-up.ts';

/** Stops messages that were not handed over, wherever they wait: in memory, on their way there, or in the store. */
export class Cancelling {
  readonly #river: RiverContext;
  readonly #takeUp: TakeUp;
  /** Ends when what is being read of a lane's backlog now has been taken up. */
  readonly #readBefore: (lane: Lane) => Promise<void>;
  /** Messages that are cancelled while they wait in the store: no page that was read before takes them up. */
  readonly #cancelling = new Set<string>();
  /** Messages that are being recorded as taken. */
  readonly #taking = new Map<string, Message>();

  constructor(river: RiverContext, takeUp: TakeUp, readBefore: (lane: Lane) => Promise<void>) {
    this.#river = river;
    this.#takeUp = takeUp;
    this.#readBefore = readBefore;
  }

  has({ id }: Message): boolean {
    return this.#cancelling.has(nameOf(id));
  }

  /** A message is being recorded as taken: it is in no lane yet. */
  taking(message: Message): void {
    this.#taking.set(nameOf(message.id), message);
  }

  taken({ id }: Message): void {
    this.#taking.delete(nameOf(id));
  }

  isTaking({ id }: Message): boolean {
    return this.#taking.has(nameOf(id));
  }

  /** Stops a message that has not been handed over, as `entry` says; false where it has, or is not this node's. */
  async cancel(accountId: number, id: Id, entry: Entry): Promise<boolean> {
    const message = this.#inMemory(accountId, id);
    if (message) return this.cancelInMemory(message, entry);
    const [row] = await this.#river.store.byIds([{ accountId, id }]);
    if (row?.state !== 'accepted') return false;
    const [waiting] = await this.#takeUp.open([row]);
    // It may have been taken up since it was asked for. From here to the record of its end nothing waits.
    const taken = this.#inMemory(accountId, id);
    if (taken) return this.cancelInMemory(taken, entry);
    return this.#isInBacklog(row) && !this.#cancelling.has(nameOf(id)) && this.#cancelInStore(waiting!, entry);
  }

  #inMemory(accountId: number, id: Id): Message | null {
    const taking = this.#taking.get(nameOf(id));
    return taking?.accountId === accountId ? taking : this.#inLanes(accountId, id);
  }

  /** A page that was read before this was on record does not take it up; the next one does not find it. */
  async #cancelInStore(message: Message, entry: Entry): Promise<boolean> {
    const name = nameOf(message.id);
    const lane = message.outlet!.laneOf(message);
    this.#cancelling.add(name);
    await this.#cancelled(message, entry);
    void this.#readBefore(lane).then(() => this.#cancelling.delete(name));
    return true;
  }

  /** Stops a message of this node's memory; false where anything of it was handed over, or it has its end. */
  async cancelInMemory(message: Message, entry: Entry): Promise<boolean> {
    if (message.isCancelled || message.parts.some((part) => part.state !== 'here' || part.doubts > 0)) return false;
    message.isCancelled = true;
    await this.#cancelled(message, entry);
    message.isFinished = true;
    return true;
  }

  /** Who did it goes into the unit of what has happened. */
  #cancelled(message: Message, entry: Entry): Promise<void> {
    this.#river.audit.write(entry);
    return new Promise((resolve) =>
      this.#river.notices.record(message, this.#river.event(message, 'cancelled'), resolve),
    );
  }

  #inLanes(accountId: number, id: Id): Message | null {
    for (const outlet of this.#river.outlets.values()) {
      const message = outlet.find((candidate) => candidate.accountId === accountId && candidate.id.equals(id));
      if (message) return message;
    }
    return null;
  }

  #isInBacklog(row: MessageRow): boolean {
    const lane = this.#river.outlets.get(row.carrierId)?.lanes[classNumber(row.class)];
    const backlog = lane?.backlogs.get(row.accountId);
    return (
      backlog !== undefined && Buffer.compare(backlog.from, row.id) <= 0 && Buffer.compare(row.id, backlog.last) <= 0
    );
  }
}

const nameOf = (id: Id): string => id.toString('hex');
