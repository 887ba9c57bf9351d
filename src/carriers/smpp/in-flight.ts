import type { OutboundPart } from '../carrier.ts';

/** A part that was submitted and not answered. */
export interface Flight<Part extends OutboundPart> {
  readonly part: Part;
  readonly sequence: number;
  /** When it was submitted, monotonic ms. */
  readonly atMs: number;
  /** The batch of the connection that it leaves with. */
  readonly batch: number;
}

/** Parts that were submitted and not answered, by sequence_number, oldest first. */
export class InFlight<Part extends OutboundPart> {
  readonly #bySequence = new Map<number, Flight<Part>>();

  get size(): number {
    return this.#bySequence.size;
  }

  add(flight: Flight<Part>): void {
    this.#bySequence.set(flight.sequence, flight);
  }

  take(sequence: number): Flight<Part> | null {
    const flight = this.#bySequence.get(sequence);
    if (!flight) return null;
    this.#bySequence.delete(sequence);
    return flight;
  }

  /** Takes those submitted before a time; all without one. */
  takeBefore(atMs = Number.POSITIVE_INFINITY): Flight<Part>[] {
    const flights: Flight<Part>[] = [];
    for (const [sequence, flight] of this.#bySequence) {
      if (flight.atMs >= atMs) break;
      this.#bySequence.delete(sequence);
      flights.push(flight);
    }
    return flights;
  }
}

/** Parts that were given up as lost and may still be answered, the oldest let go beyond a number. */
export class Overdue<Part extends OutboundPart> {
  readonly #most: number;
  readonly #bySequence = new Map<number, Part>();

  constructor(most: number) {
    this.#most = most;
  }

  add(sequence: number, part: Part): void {
    this.#bySequence.set(sequence, part);
    if (this.#bySequence.size <= this.#most) return;
    const [oldest] = this.#bySequence.keys();
    this.#bySequence.delete(oldest!);
  }

  take(sequence: number): Part | null {
    const part = this.#bySequence.get(sequence) ?? null;
    if (part) this.#bySequence.delete(sequence);
    return part;
  }
}
