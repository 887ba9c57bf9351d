import type { SmppConnection } from '../../transport/index.ts';
import { sequenceNumber } from '../../wire/smpp/header.ts';
import { MessageView } from '../../wire/smpp/message-view.ts';
import { statuses } from '../../wire/smpp/statuses.ts';
import type { DefaultAlphabet } from '../../wire/text/default-alphabet.ts';
import type { Answer, OutboundPart } from '../carrier.ts';
import { fromCarrier } from './alphabet.ts';
import type { BindContext } from './bind.ts';
import { inboundPart } from './inbound-part.ts';
import { isReceipt, readReceipt } from './receipts.ts';

/**
 * Messages and receipts of a bind that are not in our keeping yet. Beyond them the carrier is told to come again: reading
 * on is not stopped, for the answers that make room come on the same connection.
 */
const UNANSWERED_MAX = 10_000;

type Context<Part extends OutboundPart> = Pick<BindContext<Part>, 'events' | 'quiet' | 'name' | 'settings'>;
/** Answers a deliver_sm or data_sm with a command_status. */
type Respond = (status: number, sequence: number) => void;

/** What a carrier hands to us on one bind. */
export class Incoming<Part extends OutboundPart> {
  readonly #context: Context<Part>;
  readonly #alphabet: DefaultAlphabet;
  readonly #view = new MessageView();
  #unanswered = 0;

  constructor(context: Context<Part>) {
    this.#context = context;
    this.#alphabet = context.settings.defaultAlphabet;
  }

  deliver(connection: SmppConnection, bytes: Buffer, at: number, length: number, mayReceive: boolean): void {
    const respond: Respond = (status, sequence) => {
      if (connection.isOpen) connection.out.deliverSmResp(status, sequence);
    };
    const sequence = sequenceNumber(bytes, at);
    const broken = this.#view.read(bytes, at, length);
    if (broken) this.#refuse(respond, sequence, broken.status, 'deliver_unreadable');
    else if (mayReceive) this.#take(respond, sequence);
    else this.#refuse(respond, sequence, statuses.ESME_RINVBNDSTS.value, 'carrier_pdu_unexpected');
  }

  /** The same as data_sm, SMPP 3.4 §4.7. */
  data(connection: SmppConnection, bytes: Buffer, at: number, length: number): void {
    const respond: Respond = (status, sequence) => {
      if (connection.isOpen) connection.out.write('data_sm_resp', status, sequence);
    };
    const sequence = sequenceNumber(bytes, at);
    const broken = this.#view.readData(bytes, at, length);
    if (broken) this.#refuse(respond, sequence, broken.status, 'deliver_unreadable');
    else this.#take(respond, sequence);
  }

  #take(respond: Respond, sequence: number): void {
    if (this.#unanswered >= UNANSWERED_MAX)
      return this.#refuse(respond, sequence, statuses.ESME_RX_T_APPN.value, 'carrier_floods');
    this.#unanswered++;
    const answer: Answer = (kept) => {
      this.#unanswered--;
      respond(kept ? 0 : statuses.ESME_RX_T_APPN.value, sequence);
    };
    if (isReceipt(this.#view)) return this.#receipt(answer);
    const part = inboundPart(this.#view);
    this.#context.events.inbound(this.#alphabet === 'gsm7' ? part : fromCarrier(part, this.#alphabet), answer);
  }

  #receipt(answer: Answer): void {
    const receipt = readReceipt(this.#view);
    if (receipt) return this.#context.events.receipt(receipt, answer);
    this.#warn('receipt_unreadable');
    answer(true);
  }

  #refuse(respond: Respond, sequence: number, status: number, event: string): void {
    this.#warn(event);
    respond(status, sequence);
  }

  #warn(event: string): void {
    this.#context.quiet.warn(event, { carrier: this.#context.name });
  }
}
