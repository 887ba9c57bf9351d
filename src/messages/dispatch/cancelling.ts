import type { Entry } from '../../audit/index.ts';
import { type Id, idText } from '../../base/id.ts';
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

  /** Stops a message that has not been handed over, as `entry` says; false where it has, or is not this node's. */
  async cancel(accountId: number, id: Id, entry: Entry): Promise<boolean> {
    const message = this.#inMemory(accountId, id);
    if (message) return this.#cancelInMemory(message, entry);
    const [row] = await this.#river.store.byIds([{ accountId, id }]);
    if (row?.state !== 'accepted') return false;
    const [waiting] = await this.#takeUp.open([row]);
    // It may have been taken up since it was asked for. From here to the record of its end nothing waits.
    const taken = this.#inMemory(accountId, id);
    if (taken) return this.#cancelInMemory(taken, entry);
    return this.#isInBacklog(row) && !this.#cancelling.has(nameOf(id)) && this.#cancelInStore(waiting!, entry);
  }

  /**
   * Stops what waits in memory for people who were erased. What a carrier has it has; what waits in the store cannot be
   * opened any more.
   */
  async forget(people: readonly { readonly accountId: number; readonly id: number }[]): Promise<void> {
    const names = new Set(people.map(personOf));
    const isMeant = ({ recipient }: Message): boolean => recipient !== null && names.has(personOf(recipient));
    await this.#stopArriving(isMeant);
    const meant = new Set([...this.#taking.values()].filter(isMeant));
    for (const outlet of this.#river.outlets.values())
      for (const { message } of outlet.waiting()) if (isMeant(message)) meant.add(message);
    await Promise.all([...meant].map((message) => this.#cancelInMemory(message, this.#erased(message))));
  }

  /** What was accepted before its person was erased, and is on its way into the store: it comes to no lane. */
  async #stopArriving(isMeant: (message: Message) => boolean): Promise<void> {
    const arriving = [...this.#river.accepting.open()].filter(isMeant);
    for (const message of arriving) message.onceStored(() => this.#stopStored(message));
    while (arriving.some(({ isSettled }) => !isSettled)) await this.#river.settled();
  }

  /** One that is scheduled has a row that waits for its time, which whoever erases removes. */
  #stopStored(message: Message): void {
    if (message.goesAtOnce) message.outlet!.release(message);
    message.isCancelled = true;
    if (message.sendAtMs > 0) message.isFinished = true;
    else void this.#cancelled(message, this.#erased(message)).then(() => (message.isFinished = true));
  }

  #erased({ id, accountId }: Message): Entry {
    const by = { who: 'gateway', from: null, why: 'the person was erased' };
    return this.#river.audit.done(by, 'message.cancelled', [`message:${idText(id)}`, `account:${accountId}`]);
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

  async #cancelInMemory(message: Message, entry: Entry): Promise<boolean> {
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

const personOf = ({ accountId, id }: { readonly accountId: number; readonly id: number }): string =>
  `${accountId} ${id}`;
const nameOf = (id: Id): string => id.toString('hex');
