import type { Fault } from '../../base/fault.ts';
import type { Id } from '../../base/id.ts';
import type { Answer, InboundPart } from '../../carriers/index.ts';
import type { Recipient } from '../../consent/index.ts';
import type { Unit } from '../../store/index.ts';
import { parseNumber } from '../../wire/number/e164.ts';
import type { RiverContext } from '../context.ts';
import { AT_ONCE, MO, probeMessage, writeDue, writeEvent, writeMessage } from '../write-store.ts';
import { type Arrival, noticeOfArrival, storedArrival } from './arrival.ts';
import type { Assembler } from './assembler.ts';
import { numberOf, withPlace } from './numbered.ts';

/** Whose a sender is: the account and credential that a message to it is for. */
export type OwnerOf = (sender: string) => { accountId: number; id: number } | null;

/** Messages from handsets: seal, store, tell the application. The carrier is answered when the message is durable. */
export class Inbound {
  readonly #river: RiverContext;
  readonly #ownerOf: OwnerOf;
  readonly #assembler: Assembler;

  constructor(river: RiverContext, ownerOf: OwnerOf, assembler: Assembler) {
    this.#river = river;
    this.#ownerOf = ownerOf;
    this.#assembler = assembler;
  }

  /** A message nobody here can be told of is refused, and the carrier says so to its sender or keeps it. */
  arrived(carrierId: number, part: InboundPart, answer: Answer): void {
    const owner = this.#ownerOf(part.to);
    const handset = parseNumber(part.handset);
    if (!owner || handset === null || !this.#river.writer.hasRoom) {
      const reason = owner ? (handset === null ? 'handset_invalid' : 'store_busy') : 'no_owner';
      this.#refuse(carrierId, reason);
      return answer(false);
    }
    const go = (recipient: Recipient) => this.#met({ carrierId, part, owner, handset, recipient }, answer);
    const known = this.#river.recipients.known(owner.accountId, handset);
    if (known) return go(known);
    const then = (met: Recipient | Fault): void => ('code' in met ? answer(false) : go(met));
    this.#river.recipients.meet(owner.accountId, handset, then, true);
  }

  #refuse(carrierId: number, reason: string): void {
    this.#river.log.warn('inbound_refused', { reason, carrier: this.#river.outlets.get(carrierId)?.name ?? '' });
  }

  /** A part of a long message waits for the others; all else is told as it is. */
  #met(arrival: Arrival, answer: Answer): void {
    const number = numberOf(arrival.part);
    if (number === null) return this.#store(arrival, answer);
    if (this.#assembler.take(arrival, number, answer)) return;
    this.#refuse(arrival.carrierId, 'store_busy');
    answer(false);
  }

  #store(arrival: Arrival, answer: Answer): void {
    const { carrierId, part, owner, handset } = arrival;
    const content = withPlace(part);
    const { writer, nodeId, clock, ids, notices } = this.#river;
    const id = ids.next();
    const atMs = clock.now();
    const message = storedArrival(arrival, { id, atMs, content, segments: 1 });
    writeMessage(this.#river, message, { carrierId, direction: MO, handOff: AT_ONCE });
    const about = { accountId: owner.accountId, messageId: id, atMs, carrierId };
    writeEvent(writer, nodeId, { ...about, state: 'received', segment: 0, code: 0, reference: null });
    const debt = notices.owe(noticeOfArrival({ owner, handset, sender: part.to }, id, atMs, content), true);
    for (const due of debt.rows) writeDue(writer, due);
    writer.add(
      new Arrived(owner.accountId, id, (why) => {
        answer(why === null);
        if (why === null) return debt.tell();
        debt.drop();
        this.#river.log.warn('inbound_refused', { reason: why.code });
      }),
    );
  }
}

/** The rows of a message that arrived. It may be refused while the disk is full: its carrier keeps it then. */
class Arrived implements Unit {
  readonly mustHold = false;
  readonly #accountId: number;
  readonly #id: Id;
  readonly #then: (why: Fault | null) => void;

  constructor(accountId: number, id: Id, then: (why: Fault | null) => void) {
    this.#accountId = accountId;
    this.#id = id;
    this.#then = then;
  }

  stored(): void {
    this.#then(null);
  }

  failed(why: Fault): void {
    this.#then(why);
  }

  probe(): ReturnType<Unit['probe']> {
    return probeMessage(this.#accountId, this.#id);
  }
}
