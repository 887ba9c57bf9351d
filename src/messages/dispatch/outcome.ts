import { MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import { must, never } from '../../base/must.ts';
import type { HandOver } from '../../carriers/index.ts';
import { classes } from '../classes.ts';
import type { RiverContext } from '../context.ts';
import type { Message, Part } from '../message.ts';
import { type Due, SEND } from '../write-store.ts';
import type { Outlet } from './outlet.ts';

const BACK_OFF_MS = [5 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS];

/** A part whose answer is lost again and again is not sent without end: its receipt decides then. */
const RESENDS_IN_DOUBT_MAX = 3;

/** Records what became of parts that were handed to a carrier, and decides what follows. */
export class Outcomes {
  readonly #river: RiverContext;
  /** Gives a message that its carrier refused to another; false where there is none for it. */
  readonly #moveOn: (message: Message) => boolean;

  constructor(river: RiverContext, moveOn: (message: Message) => boolean) {
    this.#river = river;
    this.#moveOn = moveOn;
  }

  handedOver(part: Part, result: HandOver): void {
    must(part.state === 'handed', 'a carrier reports what it was handed');
    this.#heed(part.message.outlet!, result);
    // Its first answer came while it was handed over again: whatever is said of that, the carrier has it.
    if (result.kind !== 'sent' && part.reference !== null) return this.#sent(part, part.reference);
    switch (result.kind) {
      case 'sent':
        return this.#sent(part, result.reference);
      case 'refused':
        return this.#refused(part, result);
      case 'lost':
        return this.doubt(part);
      case 'unsent':
        return this.#again(part);
      default:
        return never(result);
    }
  }

  /** The breaker of a carrier opens when it fails again and again. */
  #heed({ breaker, name }: Outlet, result: HandOver): void {
    if (result.kind === 'unsent') return;
    const { state } = breaker;
    if (result.kind === 'sent') breaker.succeeded();
    else if (result.kind === 'lost' || result.next === 'retry' || result.next === 'other route')
      breaker.failed(this.#river.clock.now());
    if (breaker.state !== state) this.#river.log.warn('carrier_breaker', { carrier: name, state: breaker.state });
  }

  expired(part: Part): void {
    if (part.doubts > 0) this.#leaveInDoubt(part);
    else this.#endWithout(part, 'expired', 0);
  }

  /** A part that is here, of a message to somebody who was erased. */
  forgotten(part: Part): void {
    if (part.doubts > 0) this.#leaveInDoubt(part);
    else this.#endWithout(part, 'failed', 0);
  }

  #again(part: Part): void {
    if (part.message.isForgotten) this.forgotten(part);
    else part.message.outlet!.pushAgain(part);
  }

  /** A part that was to be sent again for its doubt is not any more. The carrier may have it all the same: its receipt tells. */
  #leaveInDoubt(part: Part): void {
    const { message } = part;
    part.state = 'doubted';
    part.doubts = RESENDS_IN_DOUBT_MAX + 1;
    this.#river.receipts.expectUnknown(part);
    if (message.parts.length > 1) return this.#answered(message);
    this.#river.postpone(endOfDoubt(message, this.#river.clock.now()), () => this.#answered(message));
  }

  /** The carrier may have the part and may not. It is sent again only if its class allows that, and not before it is recorded. */
  doubt(part: Part): void {
    const { message } = part;
    part.state = 'doubted';
    const event = this.#river.event(message, 'in_doubt', { segment: part.segment });
    part.doubts++;
    if (isResent(part)) {
      this.#river.record(event, () => {
        if (part.state === 'doubted') this.#again(part);
      });
      return;
    }
    this.#river.receipts.expectUnknown(part);
    if (message.parts.length > 1) return this.#river.record(event, () => this.#answered(message));
    this.#river.recordWithDue(event, [endOfDoubt(message, event.atMs)], () => this.#answered(message));
  }

  /** The answer to a part whose answer counted as lost. It is not sent again where that can still be helped. */
  answeredLate(part: Part, reference: string): void {
    const { message, state } = part;
    if ((state === 'doubted' || state === 'here') && part.receipt === null) {
      const then = isResent(part) ? () => this.#answered(message) : () => this.#clearedUp(message);
      this.#recordSent(part, reference, then);
    } else if (state === 'handed') part.reference = reference;
    this.#river.receipts.expect(message.outlet!.carrierId, reference, part);
  }

  /** A part whose answer counted as lost was refused. Where it is not sent again for its doubt, it has its end. */
  refusedLate(part: Part, code: number): void {
    if (part.state !== 'doubted' || isResent(part) || part.receipt !== null || part.message.isEnded) return;
    this.#endWithout(part, 'failed', code);
  }

  /** A doubt is over that its message had been concluded with. */
  #clearedUp(message: Message): void {
    const isWhole = message.parts.every(({ state }) => state === 'sent');
    if (message.parts.length > 1 && isWhole && !message.isEnded) this.conclude(message);
  }

  #sent(part: Part, reference: string): void {
    const { message } = part;
    this.#recordSent(part, reference, () => this.#answered(message));
    this.#river.receipts.expect(message.outlet!.carrierId, reference, part);
  }

  #recordSent(part: Part, reference: string, then: () => void): void {
    part.state = 'sent';
    this.#river.record(this.#river.event(part.message, 'sent', { segment: part.segment, reference }), then);
  }

  #refused(part: Part, { code, next }: Extract<HandOver, { kind: 'refused' }>): void {
    switch (next) {
      case 'slow down':
        return this.#again(part);
      case 'retry':
      case 'other route':
        part.state = 'refused';
        part.message.lastCode = code;
        if (next === 'other route') part.message.wantsOtherRoute = true;
        return this.#answered(part.message);
      case 'fail':
        return this.#endWithout(part, 'failed', code);
      default:
        return never(next);
    }
  }

  /** One part more has its answer; with the last one it shows what follows for the message as a whole. */
  #answered(message: Message): void {
    message.partsOpen--;
    if (message.partsOpen === 0) this.conclude(message);
  }

  /** All parts have their answer on record. */
  conclude(message: Message): void {
    if (message.isCancelled) return;
    if (message.parts.some((part) => part.state === 'refused')) {
      if (!message.wantsOtherRoute || !this.#moveOn(message)) this.#putOff(message);
      return;
    }
    if (message.parts.length > 1) this.#concludeParts(message);
    else message.isFinished = true;
  }

  /** Of a long message it is recorded as a whole what became of its parts: sent, or in doubt where one of them is. */
  #concludeParts(message: Message): void {
    const isSent = message.parts.every((part) => part.state === 'sent');
    const event = this.#river.event(message, isSent ? 'sent' : 'in_doubt');
    this.#river.recordWithDue(event, isSent ? [] : [endOfDoubt(message, event.atMs)], () => {
      message.isFinished = true;
    });
  }

  /** The message leaves memory and is found again when it is due. */
  #putOff(message: Message): void {
    const dueAtMs = this.#nextTryMs(message.attempts);
    if (dueAtMs >= message.expiresAtMs || message.isForgotten) {
      const last = message.parts.find((part) => part.state === 'refused')!;
      return this.#endWithout(last, 'failed', message.lastCode);
    }
    const event = this.#river.event(message, 'retrying', { code: message.lastCode });
    const due: Due = { ...sendDue(message, dueAtMs), attempts: message.attempts + 1 };
    this.#river.recordWithDue(event, [due], () => {
      message.isFinished = true;
    });
  }

  #nextTryMs(attempts: number): number {
    const delayMs = BACK_OFF_MS[Math.min(attempts, BACK_OFF_MS.length - 1)]!;
    return this.#river.clock.now() + delayMs * (0.75 + 0.5 * this.#river.entropy.fraction());
  }

  /** The message cannot be opened any more, or its carrier is gone: whether that had delivered it will not be known. */
  unsendable(message: Message): void {
    const isExpired = message.expiresAtMs <= this.#river.clock.now();
    this.#end(message, message.mayBeThere ? 'unknown' : isExpired ? 'expired' : 'failed', 0);
  }

  /** The message waited in the store until it was not worth sending. */
  expiredInStore(message: Message): void {
    this.#end(message, 'expired', 0);
  }

  /** A part will not be delivered, so neither will the message as a whole. Its other parts are not handed over any more. */
  #endWithout(part: Part, state: 'failed' | 'expired', code: number): void {
    part.state = 'ended';
    if (!part.message.isCancelled) this.#end(part.message, state, code);
  }

  #end(message: Message, state: 'failed' | 'expired' | 'unknown', code: number): void {
    message.isCancelled = true;
    this.#river.notices.record(message, this.#river.event(message, state, { code }), () => {
      message.isFinished = true;
    });
  }
}

/** Whether a part whose answer was lost is handed over again. */
const isResent = ({ message, doubts }: Part): boolean =>
  classes[message.class].resendsInDoubt && doubts <= RESENDS_IN_DOUBT_MAX;

/** A message to be handed over later. */
export function sendDue(message: Message, dueAtMs: number): Due {
  return {
    accountId: message.accountId,
    messageId: message.id,
    what: SEND,
    state: 'accepted',
    credentialId: message.credentialId,
    dueAtMs,
    attempts: message.attempts,
    eventAtMs: message.acceptedAtMs,
    code: 0,
  };
}

/** When a doubt ends: no receipt is to be expected a while after the validity of the message. */
export function endOfDoubt(message: Message, atMs: number): Due {
  return { ...sendDue(message, Math.max(message.expiresAtMs, atMs) + 5 * MINUTE_MS), state: 'in_doubt' };
}
