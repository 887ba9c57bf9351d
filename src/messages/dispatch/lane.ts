import { BoundedQueue } from '../../base/bounded-queue.ts';
import type { Id } from '../../base/id.ts';
import { must } from '../../base/must.ts';
import { MAX_SEGMENTS } from '../../wire/text/segments.ts';
import type { Message, Part } from '../message.ts';

/**
 * What is read back comes in pages of 500 messages, whose parts are not counted beforehand: of the backlog, of what is due
 * and of what moves here from another carrier, at most one page each at a time. There is a place beyond the capacity for
 * all of them, though every message be as long as messages can be. The queue takes the memory of what is in it.
 */
const PAGES_BEYOND = 3 * 500 * MAX_SEGMENTS;
const READ_AHEAD = 2000;

/** The messages of one account and lane that wait in the store alone: those from `from` on, of which `last` is the newest. */
export interface Backlog {
  from: Id;
  last: Id;
  /** While the carrier is down: up to here it is known which of them have no other way. */
  looked?: Id;
}

/**
 * The parts of one class that wait for one carrier. What does not fit in memory, or comes while the carrier is down, waits
 * in the store: the lane then only remembers, for each account, from which message on it has to be read back.
 */
export class Lane {
  readonly #capacity: number;
  readonly #queue: BoundedQueue<Part>;
  readonly backlogs = new Map<number, Backlog>();
  /** Parts of messages on their way into the store or out of it, for which there is a place in the queue. */
  #reserved = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#queue = new BoundedQueue(capacity + PAGES_BEYOND);
  }

  get size(): number {
    return this.#queue.size;
  }

  get room(): number {
    return this.#capacity - this.#queue.size - this.#reserved;
  }

  get isIdle(): boolean {
    return this.#queue.size === 0 && this.#reserved === 0 && this.backlogs.size === 0;
  }

  reserve(parts: number): boolean {
    if (this.room < parts) return false;
    this.#reserved += parts;
    return true;
  }

  release(parts: number): void {
    this.#reserved -= parts;
    must(this.#reserved >= 0, 'a lane gives back no more room than was taken');
  }

  /** Whether more is to be read back: little is kept ahead, since what is in memory at a crash is in doubt afterwards. */
  get isLow(): boolean {
    return this.#queue.size + this.#reserved < Math.min(READ_AHEAD, this.#capacity / 2);
  }

  /** Keeps room for parts that were read back. */
  expect(parts: number): void {
    this.#reserved += parts;
  }

  /** Puts the parts of a message that are still to be sent into the room that was kept for them. */
  push(message: Message): void {
    for (const part of message.parts) {
      if (part.state !== 'here') continue;
      this.release(1);
      must(this.#queue.push(part), 'there is a place for what has room');
    }
  }

  shift(): Part | undefined {
    return this.#queue.shift();
  }

  /** Notes that a message waits in the store. */
  remember(accountId: number, id: Id): void {
    const backlog = this.backlogs.get(accountId);
    if (!backlog) this.backlogs.set(accountId, { from: id, last: id });
    else if (Buffer.compare(id, backlog.last) > 0) backlog.last = id;
    else if (Buffer.compare(id, backlog.from) < 0) backlog.from = id;
  }

  /** The account that has waited longest for its turn and whose backlog begins before `bound`. */
  firstFrom(bound: Id): { accountId: number; backlog: Backlog } | null {
    for (const [accountId, backlog] of this.backlogs)
      if (Buffer.compare(backlog.from, bound) < 0) return { accountId, backlog };
    return null;
  }

  /** Takes out the parts that `isOver` says are not worth waiting for. */
  remove(isOver: (part: Part) => boolean): Part[] {
    const removed: Part[] = [];
    for (let left = this.#queue.size; left > 0; left--) {
      const part = this.#queue.shift()!;
      if (isOver(part)) removed.push(part);
      else this.#queue.push(part);
    }
    return removed;
  }

  /** The parts that wait in memory, oldest first. */
  waiting(): Iterable<Part> {
    return this.#queue;
  }
}
