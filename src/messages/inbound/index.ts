import { DAY_MS } from '../../base/clock.ts';
import type { Fault } from '../../base/fault.ts';
import type { Id } from '../../base/id.ts';
import type { Answer, InboundPart } from '../../carriers/index.ts';
import type { Recipient } from '../../consent/index.ts';
import type { Unit } from '../../store/index.ts';
import { parseNumber } from '../../wire/number/e164.ts';
import type { RiverContext } from '../context.ts';
import type { Notice } from '../notify/notice.ts';
import { AT_ONCE, MO, probeMessage, writeDue, writeEvent, writeMessage } from '../write-store.ts';

/** Whose a sender is: the account and credential that a message to it is for. */
export type OwnerOf = (sender: string) => { accountId: number; id: number } | null;

/** Messages from handsets: seal, store, tell the application. The carrier is answered when the message is durable. */
export class Inbound {
  readonly #river: RiverContext;
  readonly #ownerOf: OwnerOf;

  constructor(river: RiverContext, ownerOf: OwnerOf) {
    this.#river = river;
    this.#ownerOf = ownerOf;
  }

  /** A message nobody here can be told of is refused, and the carrier says so to its sender or keeps it. */
  arrived(carrierId: number, part: InboundPart, answer: Answer): void {
    const owner = this.#ownerOf(part.to);
    const handset = parseNumber(part.handset);
    if (!owner || handset === null || !this.#river.writer.hasRoom) {
      const reason = owner ? (handset === null ? 'handset_invalid' : 'store_busy') : 'no_owner';
      this.#river.log.warn('inbound_refused', { reason, carrier: this.#river.outlets.get(carrierId)?.name ?? '' });
      return answer(false);
    }
    const store = (recipient: Recipient) => this.#store({ carrierId, part, owner, handset, recipient }, answer);
    const known = this.#river.recipients.known(owner.accountId, handset);
    if (known) return store(known);
    this.#river.recipients.meet(owner.accountId, handset, (met) => ('code' in met ? answer(false) : store(met)));
  }

  #store(arrival: Arrival, answer: Answer): void {
    const { carrierId, part, owner, handset } = arrival;
    const { writer, nodeId, clock, ids, notices } = this.#river;
    const id = ids.next();
    const atMs = clock.now();
    const notice: Notice = {
      messageId: id,
      accountId: owner.accountId,
      credentialId: owner.id,
      state: 'received',
      handset,
      sender: part.to,
      reference: null,
      isOneOfMany: false,
      code: 0,
      acceptedAtMs: atMs,
      doneAtMs: atMs,
      content: part,
    };
    writeMessage(this.#river, this.#row(arrival, id, atMs), { carrierId, direction: MO, handOff: AT_ONCE });
    const about = { accountId: owner.accountId, messageId: id, atMs, carrierId };
    writeEvent(writer, nodeId, { ...about, state: 'received', segment: 0, code: 0, reference: null });
    const debt = notices.owe(notice, true);
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

  #row({ part, owner, recipient }: Arrival, id: Id, atMs: number): Parameters<typeof writeMessage>[1] {
    return {
      id,
      recipient,
      accountId: owner.accountId,
      credentialId: owner.id,
      class: 'transactional',
      dataCoding: part.dataCoding,
      hasHeader: part.hasHeader,
      wantsReceipt: true,
      failuresOnly: false,
      successOnly: false,
      wantsUnderway: false,
      isOneOfMany: false,
      serviceType: null,
      segments: 1,
      expiresAtMs: atMs + DAY_MS,
      from: part.to,
      reference: null,
      octets: part.octets,
      protocolId: part.protocolId,
      tlvs: part.tlvs,
    };
  }
}

interface Arrival {
  readonly carrierId: number;
  readonly part: InboundPart;
  readonly owner: { accountId: number; id: number };
  readonly handset: string;
  readonly recipient: Recipient;
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
