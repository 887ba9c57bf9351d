import type { CarrierEvents, OutboundPart } from '../carrier.ts';
import { type Flight, InFlight, Overdue } from './in-flight.ts';
import { withoutAnswer } from './submit-policy.ts';

/** Late answers that are still waited for: beyond them the oldest are forgotten, and stay in doubt until their receipt. */
const OVERDUE_MAX = 10_000;

/** The parts a bind was handed, and what is reported of them: each exactly once. */
export class Handed<Part extends OutboundPart> {
  readonly #events: CarrierEvents<Part>;
  readonly #inFlight = new InFlight<Part>();
  #overdue = new Overdue<Part>(OVERDUE_MAX);
  #answered = 0;

  constructor(events: CarrierEvents<Part>) {
    this.#events = events;
  }

  /** How many are not answered. */
  get size(): number {
    return this.#inFlight.size;
  }

  /** Of the parts since the connection before was lost. */
  get counts(): { readonly answered: number; readonly unanswered: number } {
    return { answered: this.#answered, unanswered: this.#inFlight.size };
  }

  add(flight: Flight<Part>): void {
    this.#inFlight.add(flight);
  }

  take(sequence: number): Flight<Part> | null {
    const flight = this.#inFlight.take(sequence);
    if (flight) this.#answered++;
    return flight;
  }

  taken(part: Part, reference: string | null): void {
    if (reference === null || reference === '') this.#events.handedOver(part, withoutAnswer.no_message_id.result);
    else this.#events.handedOver(part, { kind: 'sent', reference });
  }

  /** Whether an answer belongs to a part that was given up; its id still tells whose its receipt is. */
  answeredLate(sequence: number, reference: string | null): boolean {
    const part = this.#overdue.take(sequence);
    if (part && reference !== null && reference !== '') this.#events.answeredLate(part, reference);
    return part !== null;
  }

  /** The same for a refusal. */
  refusedLate(sequence: number, code: number): boolean {
    const part = this.#overdue.take(sequence);
    if (part) this.#events.refusedLate(part, code);
    return part !== null;
  }

  /** Whether there were any to be given up: those submitted before a time. */
  giveUpBefore(atMs: number): boolean {
    const flights = this.#inFlight.takeBefore(atMs);
    for (const { part, sequence } of flights) {
      this.#overdue.add(sequence, part);
      this.#events.handedOver(part, withoutAnswer.response_overdue.result);
    }
    return flights.length > 0;
  }

  /** Reports all that were not answered: those of batches behind the last one begun have not left. */
  lose(begunBatch: number | null): void {
    this.#overdue = new Overdue<Part>(OVERDUE_MAX);
    this.#answered = 0;
    for (const { part, batch } of this.#inFlight.takeBefore()) {
      const hasLeft = begunBatch !== null && batch <= begunBatch;
      this.#events.handedOver(part, withoutAnswer[hasLeft ? 'connection_lost' : 'connection_lost_before'].result);
    }
  }
}
