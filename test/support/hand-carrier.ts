import type { CarrierEvents, CarrierLink, CarrierTraits } from '../../src/carriers/index.ts';
import type { Part } from '../../src/messages/index.ts';

/** A carrier's link of which the test is the other end: it shows what was handed over and reports what the test says. */
export class HandCarrier implements CarrierLink<Part> {
  readonly traits: CarrierTraits;
  readonly handed: Part[] = [];
  readonly events: CarrierEvents<Part>;
  isUp: boolean;
  room: number;
  readonly status = 'by hand';
  /** What comes in while the link ends. */
  whileStopping: () => void = () => {};
  readonly #waiting = new Set<() => void>();

  constructor(events: CarrierEvents<Part>, state: { isUp: boolean; room: number; traits?: CarrierTraits }) {
    this.events = events;
    this.traits = state.traits ?? { cutting: 'header-8', nationalLanguages: [] };
    this.isUp = state.isUp;
    this.room = state.room;
  }

  submit(part: Part): void {
    this.handed.push(part);
    this.room--;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Resolves with the first `count` parts when they have been handed over. */
  async takes(count: number): Promise<Part[]> {
    while (this.handed.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
    }
    return this.handed.slice(0, count);
  }

  /** The link is bound, or has room again. */
  opens(room: number): void {
    this.isUp = true;
    this.room = room;
    this.events.changed();
  }

  /** The link is lost; parts that were handed over are not reported by that. */
  goesDown(): void {
    this.isUp = false;
    this.room = 0;
    this.events.changed();
  }

  start(): void {}

  async stop(): Promise<void> {
    this.isUp = false;
    this.whileStopping();
  }
}
