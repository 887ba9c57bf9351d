import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { systemClock } from '../src/base/clock.ts';
import { SmppConnection, type SmppConnectionHandler } from '../src/transport/index.ts';
import { commands } from '../src/wire/smpp/commands.ts';
import { sequenceNumber } from '../src/wire/smpp/header.ts';
import { MessageView } from '../src/wire/smpp/message-view.ts';
import { outgoingMessage } from '../src/wire/smpp/pdu-writer.ts';
import { statuses } from '../src/wire/smpp/statuses.ts';
import { serve } from './processes.ts';
import { readSerial } from './text.ts';

/** A simulated SMSC: takes every bind and every submit_sm, and sends the answer and a receipt at once, or after a while. */
export interface SmscOptions {
  readonly port: number;
  /** PEM of key and certificate, for TLS. */
  readonly identity: { readonly key: string; readonly cert: string } | null;
  readonly delayMs: number;
  /** Where it does not take everything: how it says so. */
  readonly trouble?: Trouble;
}

export interface Trouble {
  /** So many a second are taken, and half of it from `halvesAfterMs` on; the others are answered ESME_RTHROTTLED. */
  readonly perSecond?: number;
  readonly halvesAfterMs?: number;
  /** One submit_sm of so many is answered ESME_RTHROTTLED. */
  readonly refusesEvery?: number;
  /** At one submit_sm of so many the connection is dropped, before its answer. */
  readonly dropsEvery?: number;
}

export interface SmscTotals {
  /** submit_sm taken. */
  readonly submitted: number;
  /** Of what came, answered ESME_RTHROTTLED and not taken. */
  readonly throttled: number;
  /** Of those taken, texts that had come before. */
  readonly duplicates: number;
  readonly receipts: number;
  /** Receipts the gateway has answered. */
  readonly receiptAnswers: number;
}

const LIMITS = { clock: systemClock, maxPduBytes: 70_000, maxUnsentBytes: 256 << 20 };
const SERIALS = 1 << 25;
const END_MS = 1000;
const SECOND_MS = 1000;
const DELIVERED = 2;
const RECEIPT_END = ' sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:';

const totals = { submitted: 0, throttled: 0, duplicates: 0, receipts: 0, receiptAnswers: 0 };
const seen = new Uint8Array(SERIALS);
const view = new MessageView();
const receipt = { ...outgoingMessage(), esmClass: 4, sourceTon: 1, sourceNpi: 1 };
let lastReference = 0;

function countSerial(text: Buffer): void {
  const serial = readSerial(text);
  if (serial < 0 || serial >= SERIALS) return;
  totals.duplicates += seen[serial]!;
  seen[serial] = 1;
}

interface Due {
  readonly sequence: number;
  readonly source: string;
  readonly destination: string;
  readonly wantsReceipt: boolean;
}

let trouble: Trouble = {};
let heard = 0;
let firstAtMs: number | null = null;
let second = { startMs: 0, taken: 0 };

function isThrottled({ perSecond, halvesAfterMs, refusesEvery }: Trouble): boolean {
  if (refusesEvery !== undefined && heard % refusesEvery === 0) return true;
  if (perSecond === undefined) return false;
  const nowMs = performance.now();
  firstAtMs ??= nowMs;
  if (nowMs - second.startMs >= SECOND_MS) second = { startMs: nowMs, taken: 0 };
  const isHalved = halvesAfterMs !== undefined && nowMs - firstAtMs >= halvesAfterMs;
  if (second.taken >= (isHalved ? perSecond / 2 : perSecond)) return true;
  second.taken++;
  return false;
}

/** One connection of the gateway. */
class Session implements SmppConnectionHandler {
  readonly #connection: SmppConnection;
  readonly #delayMs: number;
  #due: Due[] = [];
  #sequence = 0;

  constructor(socket: net.Socket, delayMs: number) {
    this.#delayMs = delayMs;
    this.#connection = new SmppConnection(socket, LIMITS, this);
  }

  broken(): void {}

  closed(): void {
    this.#due = [];
  }

  pdu(command: number, bytes: Buffer, at: number, length: number): void {
    const { out } = this.#connection;
    const sequence = sequenceNumber(bytes, at);
    switch (command) {
      case commands.submit_sm:
        this.#onSubmit(bytes, at, length, sequence);
        break;
      case commands.deliver_sm_resp:
        totals.receiptAnswers++;
        break;
      case commands.bind_transceiver:
        out.write('bind_transceiver_resp', 0, sequence, { system_id: 'smsc' });
        break;
      case commands.bind_transmitter:
        out.write('bind_transmitter_resp', 0, sequence, { system_id: 'smsc' });
        break;
      case commands.bind_receiver:
        out.write('bind_receiver_resp', 0, sequence, { system_id: 'smsc' });
        break;
      case commands.enquire_link:
        out.write('enquire_link_resp', 0, sequence);
        break;
      case commands.unbind:
        out.write('unbind_resp', 0, sequence);
        this.#connection.end(END_MS);
        break;
      default:
        break;
    }
  }

  #onSubmit(bytes: Buffer, at: number, length: number, sequence: number): void {
    const fault = view.read(bytes, at, length);
    heard++;
    if (fault === null && isThrottled(trouble)) {
      totals.throttled++;
      this.#connection.out.submitSmResp(statuses.ESME_RTHROTTLED.value, sequence, '');
    } else if (trouble.dropsEvery !== undefined && heard % trouble.dropsEvery === 0) this.#connection.destroy();
    else if (fault === null) this.#take(sequence);
    else this.#connection.out.submitSmResp(fault.status, sequence, '');
  }

  #take(sequence: number): void {
    totals.submitted++;
    countSerial(view.text());
    const { source, destination } = view;
    const due = { sequence, source, destination, wantsReceipt: (view.registeredDelivery & 1) === 1 };
    if (this.#delayMs === 0) this.#answer(due);
    else this.#answerLater(due);
  }

  #answerLater(due: Due): void {
    this.#due.push(due);
    if (this.#due.length === 1) setTimeout(() => this.#answerAll(), this.#delayMs);
  }

  #answerAll(): void {
    for (const due of this.#due.splice(0)) this.#answer(due);
  }

  #answer(due: Due): void {
    const reference = `S${(++lastReference).toString(36).padStart(12, '0')}`;
    this.#connection.out.submitSmResp(0, due.sequence, reference);
    if (!due.wantsReceipt) return;
    totals.receipts++;
    receipt.source = due.destination;
    receipt.destination = due.source;
    receipt.text = `id:${reference}${RECEIPT_END}`;
    this.#sequence = (this.#sequence % 0x7fff_ffff) + 1;
    this.#connection.out.deliverSm(this.#sequence, receipt, {
      receipted_message_id: reference,
      message_state: DELIVERED,
    });
  }
}

serve({
  async listen({ port, identity, delayMs, ...more }: SmscOptions) {
    trouble = more.trouble ?? {};
    const onSocket = (socket: net.Socket) => void new Session(socket, delayMs);
    const server =
      identity === null
        ? net.createServer(onSocket)
        : tls.createServer({ ...identity, minVersion: 'TLSv1.3' }, onSocket);
    await once(server.listen(port, '127.0.0.1'), 'listening');
  },
  totals: (): SmscTotals => totals,
});
