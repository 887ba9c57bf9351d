import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../src/base/clock.ts';
import { SmppConnection, type SmppConnectionHandler } from '../src/transport/index.ts';
import { commands } from '../src/wire/smpp/commands.ts';
import { commandStatus, responseMessageId, sequenceNumber } from '../src/wire/smpp/header.ts';
import { MessageView } from '../src/wire/smpp/message-view.ts';
import { statusName } from '../src/wire/smpp/statuses.ts';
import { connect } from './connect.ts';
import { numberAt } from './recipients.ts';
import { blankMessage, writeSerial } from './text.ts';

const LIMITS = { clock: systemClock, maxPduBytes: 70_000, maxUnsentBytes: 256 << 20 };
const WINDOW = 200;
const PACE_MS = 10;
const CONNECT_AGAIN_MS = 50;
/** One message in so many is to be sent two seconds later. */
const SCHEDULED_EVERY = 43;
const IN_TWO_SECONDS = '000000000002000R';

export interface ChaosAccount {
  readonly class: 'transactional' | 'otp';
  readonly sender: string;
  readonly systemId: string;
  readonly password: string;
  readonly perSecond: number;
}

/** Everything that applications know in the end: each message has a serial of its own and is handed in once. */
export class Ledger {
  serials = 0;
  /** Messages that were answered as accepted: their serials, by id. */
  readonly accepted = new Map<string, { readonly serial: number; readonly class: ChaosAccount['class'] }>();
  readonly refused = new Set<number>();
  readonly refusals: Record<string, number> = {};
  /** Ids with a receipt. */
  readonly receipted = new Set<string>();
  receiptsAgain = 0;
  readonly otp = new Set<number>();

  /** Accepted, and no receipt has come. */
  unreceipted(): string[] {
    return [...this.accepted.keys()].filter((id) => !this.receipted.has(id));
  }
}

const view = new MessageView();
const message = blankMessage();

/** One application: keeps a bind open whatever happens, and hands messages in at its pace. */
export class ChaosClient {
  readonly #account: ChaosAccount;
  readonly #port: number;
  readonly #ledger: Ledger;
  #session: ClientSession | null = null;
  #isSending = false;
  #isOpen = true;
  #turn = 0;
  #due = 0;
  readonly #running: Promise<unknown>;

  constructor(account: ChaosAccount, port: number, ledger: Ledger) {
    this.#account = account;
    this.#port = port;
    this.#ledger = ledger;
    this.#running = Promise.all([this.#stayBound(), this.#pace()]);
  }

  get isBound(): boolean {
    return this.#session?.isBound === true;
  }

  send(): void {
    this.#isSending = true;
  }

  pause(): void {
    this.#isSending = false;
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#session?.drop();
    await this.#running;
  }

  async #stayBound(): Promise<void> {
    while (this.#isOpen) {
      try {
        const socket = await connect(this.#port, null);
        this.#session = new ClientSession(socket, this.#account, this.#ledger);
        await this.#session.hasClosed;
      } catch {
        // It does not listen yet.
      }
      this.#session = null;
      await sleep(CONNECT_AGAIN_MS);
    }
  }

  async #pace(): Promise<void> {
    while (this.#isOpen) {
      await sleep(PACE_MS);
      const session = this.#session;
      if (!this.#isSending || !session?.isBound) continue;
      this.#due += (this.#account.perSecond * PACE_MS) / 1000;
      for (; this.#due >= 1; this.#due--) if (session.hasRoom) session.submit(numberAt(this.#turn++));
    }
  }
}

/** One connection of it. */
class ClientSession implements SmppConnectionHandler {
  isBound = false;
  readonly #closed = Promise.withResolvers<void>();
  readonly #connection: SmppConnection;
  readonly #account: ChaosAccount;
  readonly #ledger: Ledger;
  readonly #unanswered = new Map<number, number>();
  #sequence = 1;

  constructor(socket: Socket, account: ChaosAccount, ledger: Ledger) {
    this.#account = account;
    this.#ledger = ledger;
    this.#connection = new SmppConnection(socket, LIMITS, this);
    const fields = { system_id: account.systemId, password: account.password, interface_version: 0x34 };
    this.#connection.out.write('bind_transceiver', 0, 1, fields);
  }

  get hasClosed(): Promise<void> {
    return this.#closed.promise;
  }

  get hasRoom(): boolean {
    return this.#unanswered.size < WINDOW;
  }

  drop(): void {
    this.#connection.destroy();
  }

  submit(to: string): void {
    const serial = this.#ledger.serials++;
    if (this.#account.class === 'otp') this.#ledger.otp.add(serial);
    message.source = this.#account.sender;
    message.destination = to;
    message.scheduleDeliveryTime = serial % SCHEDULED_EVERY === 0 ? IN_TWO_SECONDS : '';
    writeSerial(message.text, serial);
    this.#unanswered.set(++this.#sequence, serial);
    this.#connection.out.submitSm(this.#sequence, message);
  }

  pdu(command: number, bytes: Buffer, at: number, length: number): void {
    const sequence = sequenceNumber(bytes, at);
    switch (command) {
      case commands.submit_sm_resp:
        this.#onAnswer(sequence, commandStatus(bytes, at), responseMessageId(bytes, at, length));
        break;
      case commands.deliver_sm:
        this.#onReceipt(bytes, at, length);
        break;
      case commands.enquire_link:
        this.#connection.out.write('enquire_link_resp', 0, sequence);
        break;
      case commands.bind_transceiver_resp:
        this.isBound = commandStatus(bytes, at) === 0;
        break;
      default:
        break;
    }
  }

  broken(reason: { kind: string }): void {
    throw new Error(`the gateway broke the protocol: ${reason.kind}`);
  }

  closed(): void {
    this.isBound = false;
    this.#closed.resolve();
  }

  #onAnswer(sequence: number, status: number, id: string | null): void {
    const serial = this.#unanswered.get(sequence)!;
    this.#unanswered.delete(sequence);
    if (status === 0 && id) {
      this.#ledger.accepted.set(id, { serial, class: this.#account.class });
    } else {
      const name = statusName(status) ?? String(status);
      this.#ledger.refusals[name] = (this.#ledger.refusals[name] ?? 0) + 1;
      this.#ledger.refused.add(serial);
    }
  }

  #onReceipt(bytes: Buffer, at: number, length: number): void {
    if (view.read(bytes, at, length) !== null) throw new Error('the gateway sent a broken deliver_sm');
    const text = view.latin1Text();
    const id = text.slice(3, text.indexOf(' '));
    if (this.#ledger.receipted.has(id)) this.#ledger.receiptsAgain++;
    this.#ledger.receipted.add(id);
    this.#connection.out.deliverSmResp(0, sequenceNumber(bytes, at));
  }
}
