import type net from 'node:net';
import { setInterval, setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../src/base/clock.ts';
import { SmppConnection, type SmppConnectionHandler } from '../src/transport/index.ts';
import { commands } from '../src/wire/smpp/commands.ts';
import { commandStatus, responseMessageId, sequenceNumber } from '../src/wire/smpp/header.ts';
import { MessageView } from '../src/wire/smpp/message-view.ts';
import { connect } from './connect.ts';
import type { LoadMeasure, LoadTotals } from './measure.ts';
import { serve } from './processes.ts';
import { Recipients } from './recipients.ts';
import { blankMessage, writeSerial } from './text.ts';
import { Waits } from './waits.ts';

/** The SMPP load: one connection for each client, which keeps a window of submit_sm open or sends at a given pace. */
export interface SmppLoadOptions {
  readonly port: number;
  readonly authority: string | null;
  readonly sender: string;
  readonly clients: readonly { readonly systemId: string; readonly password: string }[];
  readonly window: number;
  /** Messages a second of all clients together, however long the answers take; null: as fast as the windows allow. */
  readonly perSecond: number | null;
  /** So many messages are sent and accepted in all, then no more; null: until `drain`. */
  readonly limit: number | null;
}

const LIMITS = { clock: systemClock, maxPduBytes: 70_000, maxUnsentBytes: 256 << 20 };
const SLOTS = 1 << 16;
const SEQUENCE_MAX = 0x7fff_ffff;
const BACK_OFF_MS = 20;
const PACE_MS = 1;
const BIND_MS = 10_000;
const WINDOW_MAX = SLOTS >> 1;

const totals = { sent: 0, accepted: 0, refused: 0, receipts: 0, strayReceipts: 0 };
const refusals: Record<string, number> = {};
const waits = new Waits();
const view = new MessageView();
const message = blankMessage();
const clients: Client[] = [];
let limit: number | null = null;
let isSending = true;
let isPaced = false;
let marked = { ms: 0, accepted: 0, receipts: 0 };

const unanswered = (): number => totals.sent - totals.accepted - totals.refused;
const mayTrySend = (): boolean => isSending && (limit === null || totals.accepted + unanswered() < limit);

class Client implements SmppConnectionHandler {
  readonly #connection: SmppConnection;
  readonly #window: number;
  readonly #recipients = new Recipients();
  readonly #sentAtMs = new Float64Array(SLOTS);
  /** The ids that were accepted and whose receipt has not come. */
  readonly #awaited = new Set<string>();
  readonly #bound = Promise.withResolvers<void>();
  #sequence = 1;
  #inFlight = 0;
  #isBackingOff = false;

  constructor(socket: net.Socket, window: number) {
    this.#window = window;
    this.#connection = new SmppConnection(socket, LIMITS, this);
  }

  get repeated(): number {
    return this.#recipients.repeated;
  }

  bind(systemId: string, password: string): Promise<void> {
    const fields = { system_id: systemId, password, interface_version: 0x34 };
    this.#connection.out.write('bind_transceiver', 0, 1, fields);
    return this.#bound.promise;
  }

  fill(): void {
    while (!this.#isBackingOff && this.#inFlight < this.#window && mayTrySend()) this.submit();
  }

  submit(): void {
    this.#sequence = (this.#sequence % SEQUENCE_MAX) + 1;
    const sequence = this.#sequence;
    message.destination = this.#recipients.next();
    writeSerial(message.text, totals.sent++);
    this.#connection.out.submitSm(sequence, message);
    this.#sentAtMs[sequence % SLOTS] = performance.now();
    this.#inFlight++;
  }

  pdu(command: number, bytes: Buffer, at: number, length: number): void {
    switch (command) {
      case commands.submit_sm_resp:
        this.#onAnswer(bytes, at, length);
        break;
      case commands.deliver_sm:
        this.#onReceipt(bytes, at, length);
        break;
      case commands.enquire_link:
        this.#connection.out.write('enquire_link_resp', 0, sequenceNumber(bytes, at));
        break;
      case commands.bind_transceiver_resp:
        this.#onBound(commandStatus(bytes, at));
        break;
      default:
        break;
    }
  }

  #onBound(status: number): void {
    if (status === 0) this.#bound.resolve();
    else this.#bound.reject(new Error(`the bind was refused with command_status ${status}`));
  }

  broken(reason: { kind: string }): void {
    throw new Error(`the gateway broke the protocol: ${reason.kind}`);
  }

  closed(cause: string | null): void {
    if (isSending) throw new Error(`the gateway closed a connection: ${cause}`);
  }

  #onAnswer(bytes: Buffer, at: number, length: number): void {
    const status = commandStatus(bytes, at);
    waits.add(performance.now() - this.#sentAtMs[sequenceNumber(bytes, at) % SLOTS]!);
    this.#inFlight--;
    if (status === 0) this.#onAccepted(responseMessageId(bytes, at, length)!);
    else this.#onRefused(status);
  }

  #onAccepted(id: string): void {
    totals.accepted++;
    this.#awaited.add(id);
    if (!isPaced) this.fill();
  }

  /** A full lane says so; the message is sent again as another, later. */
  #onRefused(status: number): void {
    totals.refused++;
    refusals[status] = (refusals[status] ?? 0) + 1;
    if (this.#isBackingOff || isPaced) return;
    this.#isBackingOff = true;
    setTimeout(() => {
      this.#isBackingOff = false;
      this.fill();
    }, BACK_OFF_MS);
  }

  #onReceipt(bytes: Buffer, at: number, length: number): void {
    this.#connection.out.deliverSmResp(0, sequenceNumber(bytes, at));
    if (view.read(bytes, at, length) !== null) throw new Error('the gateway sent a broken deliver_sm');
    const text = view.latin1Text();
    if (this.#awaited.delete(text.slice(3, text.indexOf(' ')))) totals.receipts++;
    else totals.strayReceipts++;
  }
}

/** Open loop: what is due is sent, whatever has been answered. */
async function pace(perSecond: number): Promise<void> {
  const startMs = performance.now();
  let sent = 0;
  for await (const _ of setInterval(PACE_MS)) {
    if (!isSending) return;
    const due = Math.floor(((performance.now() - startMs) / 1000) * perSecond);
    for (; sent < due; sent++) clients[sent % clients.length]!.submit();
  }
}

async function openClient(options: SmppLoadOptions, index: number): Promise<void> {
  const { systemId, password } = options.clients[index]!;
  const client = new Client(await connect(options.port, options.authority), Math.min(options.window, WINDOW_MAX));
  const tooLate = sleep(BIND_MS, undefined, { ref: false }).then(() => {
    throw new Error('a bind was not answered');
  });
  await Promise.race([client.bind(systemId, password), tooLate]);
  clients.push(client);
}

const tell = (): LoadTotals => ({
  ...totals,
  refusals,
  repeatedRecipients: clients.reduce((sum, { repeated }) => sum + repeated, 0),
});

serve({
  async start(options: SmppLoadOptions) {
    message.source = options.sender;
    limit = options.limit;
    isPaced = options.perSecond !== null;
    for (let index = 0; index < options.clients.length; index++) await openClient(options, index);
    if (options.perSecond !== null) void pace(options.perSecond);
    else for (const client of clients) client.fill();
  },
  mark() {
    marked = { ms: performance.now(), accepted: totals.accepted, receipts: totals.receipts };
    waits.clear();
  },
  measure(): LoadMeasure {
    const seconds = (performance.now() - marked.ms) / 1000;
    const [accepted, receipts] = [totals.accepted - marked.accepted, totals.receipts - marked.receipts];
    return { seconds, accepted, receipts, ...waits.quantiles() };
  },
  stop() {
    isSending = false;
  },
  totals: tell,
});
