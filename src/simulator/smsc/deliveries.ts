import { nextSequence } from '../../wire/smpp/header.ts';
import type { Line } from '../line.ts';
import { pdu } from '../octets.ts';
import type { Delivery } from './mind.ts';

const OWED_MAX = 100_000;
const AGAIN_MS = 1000;

/** A bind, as far as it is delivered to. */
export type Receiver = Pick<Line, 'send' | 'after'>;

/** What is owed to the binds that receive: each deliver_sm is sent again until it is taken, as carriers do. */
export class Deliveries {
  readonly #receivers = new Set<Receiver>();
  /** By sequence_number, until it is taken. */
  readonly #sent = new Map<number, { readonly delivery: Delivery; readonly line: Receiver }>();
  #owed: Delivery[] = [];
  #sequence = 0;

  /** How many are not answered. */
  get open(): number {
    return this.#sent.size + this.#owed.length;
  }

  joined(line: Receiver): void {
    this.#receivers.add(line);
    const owed = this.#owed;
    this.#owed = [];
    for (const delivery of owed) this.deliver(delivery, line);
  }

  /** What it has not answered goes to the others. */
  left(line: Receiver): void {
    this.#receivers.delete(line);
    for (const [sequence, entry] of this.#sent) {
      if (entry.line !== line) continue;
      this.#sent.delete(sequence);
      this.deliver(entry.delivery, line);
    }
  }

  /** Delivers on a receiving bind: the one the message came on, or another, as far as there is one. */
  deliver(delivery: Delivery, from: Receiver): void {
    const line = this.#choose(delivery, from);
    if (line === undefined) {
      // The oldest are forgotten: a simulator is no store.
      if (this.#owed.push(delivery) > OWED_MAX) this.#owed.shift();
      return;
    }
    this.#sequence = nextSequence(this.#sequence);
    this.#sent.set(this.#sequence, { delivery, line });
    line.send(
      pdu('deliver_sm', delivery.fields, {
        sequence: this.#sequence,
        ...(delivery.tlvs === null ? {} : { tlvs: delivery.tlvs }),
      }),
    );
  }

  /** One was answered: what was not taken comes again after a while. True where it was taken. */
  answered(sequence: number, status: number): boolean {
    if (status === 0) return this.#sent.delete(sequence);
    this.#sent.get(sequence)?.line.after(AGAIN_MS, () => this.#again(sequence));
    return false;
  }

  /** It was refused, and not taken since. */
  #again(sequence: number): void {
    const entry = this.#sent.get(sequence);
    if (entry === undefined) return;
    this.#sent.delete(sequence);
    this.deliver(entry.delivery, entry.line);
  }

  #choose({ on }: Delivery, from: Receiver): Receiver | undefined {
    const others = [...this.#receivers].filter((line) => line !== from);
    const isSameThere = this.#receivers.has(from);
    const prefersOther = on === 'another bind' && others.length > 0;
    return isSameThere && !prefersOther ? from : others[0];
  }
}
