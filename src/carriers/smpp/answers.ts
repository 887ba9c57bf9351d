import type { OutboundPart } from '../carrier.ts';
import { SubmitAnswer } from './answer.ts';
import type { BindContext } from './bind.ts';
import type { Handed } from './handed.ts';
import type { Flight } from './in-flight.ts';
import type { Pace } from './pace.ts';
import { nextAfter, recordedCode } from './submit-policy.ts';

/** What an SMSC answers to messages on one bind: what follows for each part, and for the pace. Times are monotonic ms. */
export class Answers<Part extends OutboundPart> {
  readonly #context: Pick<BindContext<Part>, 'events' | 'quiet' | 'name' | 'settings'>;
  readonly #handed: Handed<Part>;
  readonly #pace: Pace;
  readonly #planRoom: (nowMs: number) => void;
  readonly #answer = new SubmitAnswer();

  constructor(context: BindContext<Part>, handed: Handed<Part>, pace: Pace, planRoom: (nowMs: number) => void) {
    this.#context = context;
    this.#handed = handed;
    this.#pace = pace;
    this.#planRoom = planRoom;
  }

  /** A submit_sm_resp, in place; whether it belongs to a part that was waited for. */
  answered(bytes: Buffer, at: number, length: number, nowMs: number): boolean {
    const answer = this.#answer;
    answer.read(bytes, at, length);
    const { sequence, status, reference, congestion } = answer;
    if (status === 0 && congestion === null) return this.#taken(sequence, reference, nowMs);
    if (congestion !== null) this.#pace.congested(congestion, nowMs);
    const isKnown = status === 0 ? this.#taken(sequence, reference, nowMs) : this.nacked(sequence, status, nowMs);
    this.#planRoom(nowMs);
    return isKnown;
  }

  /** A refusal, as an answer or as the generic_nack of who cannot read what it was sent. */
  nacked(sequence: number, status: number, nowMs: number): boolean {
    const flight = this.#handed.take(sequence);
    if (flight) this.#refused(flight, status, nowMs);
    else if (!this.#handed.refusedLate(sequence, recordedCode(status))) this.#unexpected();
    return flight !== null;
  }

  #taken(sequence: number, reference: string | null, nowMs: number): boolean {
    const flight = this.#handed.take(sequence);
    if (flight) {
      this.#pace.taken(flight.atMs, nowMs);
      this.#handed.taken(flight.part, reference);
    } else if (!this.#handed.answeredLate(sequence, reference)) this.#unexpected();
    return flight !== null;
  }

  #refused({ part, atMs }: Flight<Part>, status: number, nowMs: number): void {
    const next = nextAfter(status, this.#context.settings.statusPolicy);
    if (next === 'slow down') this.#pace.throttled(atMs, nowMs);
    else this.#pace.taken(atMs, nowMs);
    this.#planRoom(nowMs);
    this.#context.events.handedOver(part, { kind: 'refused', code: recordedCode(status), next });
  }

  #unexpected(): void {
    this.#context.quiet.warn('carrier_answer_unexpected', { carrier: this.#context.name });
  }
}
