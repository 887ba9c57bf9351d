import type { CarrierLink } from '../../carriers/index.ts';
import { classNumber } from '../classes.ts';
import { messageClasses } from '../contract.ts';
import type { Message, Part } from '../message.ts';
import { Breaker, type BreakerSettings } from './breaker.ts';
import { countParts } from './cut.ts';
import { Lane } from './lane.ts';

export interface OutletOptions {
  readonly carrierId: number;
  readonly name: string;
  readonly laneCapacity: number;
  readonly breaker: BreakerSettings;
  readonly nowMs: () => number;
  /** A part whose message is no longer worth sending. */
  readonly expired: (part: Part) => void;
  /** There is room in memory for messages that wait in the store. */
  readonly wantsMore: (outlet: Outlet) => void;
}

/** The way out to one carrier: a lane for each class, of which the first has precedence, and the carrier's link. */
export class Outlet {
  readonly carrierId: number;
  readonly name: string;
  readonly lanes: readonly Lane[];
  readonly breaker: Breaker;
  /** Since when it was not fit to be used, as far as it was looked at; null where it is. Unix ms. */
  unusableSinceMs: number | null = null;
  link: CarrierLink<Part> | null = null;
  readonly #options: OutletOptions;
  /** Parts that go first: those handed over before that are to be handed over again. At most the window of the link. */
  readonly #again: Part[] = [];
  #isOpen = true;

  constructor(options: OutletOptions) {
    this.carrierId = options.carrierId;
    this.name = options.name;
    this.lanes = messageClasses.map(() => new Lane(options.laneCapacity));
    this.breaker = new Breaker(options.breaker);
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#isOpen && this.link?.isUp === true;
  }

  /** Whether nothing waits here, in memory or in the store as far as this node knows. */
  get isIdle(): boolean {
    return this.#again.length === 0 && this.lanes.every((lane) => lane.isIdle);
  }

  /** Whether messages that have another way may take this one. */
  get isUsable(): boolean {
    return this.isUp && (this.breaker.state === 'closed' || this.breaker.lets(this.#options.nowMs()));
  }

  /** A message was given this way because it is usable. */
  chosen(): void {
    if (this.breaker.state !== 'closed') this.breaker.chosen(this.#options.nowMs());
  }

  laneOf(message: Message): Lane {
    return this.lanes[classNumber(message.class)]!;
  }

  /** Decides whether a message goes out as soon as it is stored, in its turn, or waits in the store. */
  place(message: Message): void {
    const lane = this.laneOf(message);
    message.cutting = this.link?.traits.cutting ?? message.cutting;
    message.partsReserved = countParts(message);
    message.goesAtOnce = this.isUp && !lane.backlogs.has(message.accountId) && lane.reserve(message.partsReserved);
    if (!message.goesAtOnce) lane.remember(message.accountId, message.id);
  }

  release(message: Message): void {
    this.laneOf(message).release(message.partsReserved);
  }

  /** Takes a stored message for which room was reserved. */
  push(message: Message): void {
    this.laneOf(message).push(message);
    this.pump();
  }

  /** Takes a part again, before all others. */
  pushAgain(part: Part): void {
    part.state = 'here';
    this.#again.push(part);
    this.pump();
  }

  /** Hands over as much as the link takes. */
  pump(): void {
    const { link } = this;
    if (!link || !this.#isOpen) return;
    while (link.room > 0) {
      const part = this.#next();
      if (!part) break;
      this.#handOver(link, part);
    }
    if (this.lanes.some((lane) => lane.backlogs.size > 0)) this.#options.wantsMore(this);
  }

  /** Hands over nothing more, and gives back the parts that are still here. */
  shut(): Part[] {
    this.#isOpen = false;
    const parts = this.#again.splice(0);
    for (let part = this.#next(); part; part = this.#next()) parts.push(part);
    return parts.filter(({ state }) => state === 'here');
  }

  /** Takes out the parts that wait here and that `isMeant` tells. */
  takeOut(isMeant: (part: Part) => boolean): Part[] {
    const taken: Part[] = [];
    for (const part of this.#again.splice(0)) (isMeant(part) ? taken : this.#again).push(part);
    return taken.concat(...this.lanes.map((lane) => lane.remove(isMeant)));
  }

  /** Gives parts that waited for a link that is down, and are no longer worth sending, their end. */
  expire(): void {
    const nowMs = this.#options.nowMs();
    const over = this.takeOut((part) => !isToLeave(part) || part.message.expiresAtMs <= nowMs);
    for (const part of over) if (isToLeave(part)) this.#options.expired(part);
  }

  /** The message waiting here in memory that `matches`. */
  find(matches: (message: Message) => boolean): Message | null {
    for (const { message } of this.waiting()) if (matches(message)) return message;
    return null;
  }

  /** The parts that wait here in memory. */
  *waiting(): Iterable<Part> {
    yield* this.#again;
    for (const lane of this.lanes) yield* lane.waiting();
  }

  #next(): Part | undefined {
    if (this.#again.length > 0) return this.#again.shift();
    for (const lane of this.lanes) {
      if (lane.size > 0) return lane.shift();
    }
    return undefined;
  }

  #handOver(link: CarrierLink<Part>, part: Part): void {
    if (!isToLeave(part)) return;
    if (part.message.expiresAtMs <= this.#options.nowMs()) return this.#options.expired(part);
    part.state = 'handed';
    link.submit(part);
  }
}

/** Whether a part that waits is still to be handed over: one that was answered late meanwhile is with the carrier. */
const isToLeave = ({ state, message }: Part): boolean => state === 'here' && !message.isCancelled;
