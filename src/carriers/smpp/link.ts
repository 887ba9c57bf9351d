import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { SECOND_MS } from '../../base/clock.ts';
import type { Entropy } from '../../base/entropy.ts';
import type { Log } from '../../base/log.ts';
import type { Secret } from '../../base/secret.ts';
import { SmppConnection } from '../../transport/index.ts';
import { addressing, senderKind } from '../../wire/number/sender.ts';
import { commands } from '../../wire/smpp/commands.ts';
import { commandStatus, responseMessageId, sequenceNumber } from '../../wire/smpp/header.ts';
import { MessageView } from '../../wire/smpp/message-view.ts';
import { outgoingMessage } from '../../wire/smpp/pdu-writer.ts';
import { statuses, statusName } from '../../wire/smpp/statuses.ts';
import type { CarrierEvents, CarrierLink, CarrierTraits, OutboundPart } from '../carrier.ts';
import { dial } from './dial.ts';
import { InFlight } from './in-flight.ts';
import { inboundPart, USER_DATA_HEADER } from './inbound-part.ts';
import { isLong, outboundTlvs } from './outbound-tlvs.ts';
import { isReceipt, readReceipt } from './receipts.ts';
import type { SmppCarrierSettings } from './settings.ts';
import { nextAfter, recordedCode } from './submit-policy.ts';

const MAX_PDU_BYTES = 70_000;
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
const CONNECT_WITHIN_MS = 10 * SECOND_MS;
const END_WITHIN_MS = SECOND_MS;
const BACK_OFF_FIRST_MS = 500;
const BACK_OFF_MAX_MS = 30 * SECOND_MS;
const SLOW_DOWN_MS = SECOND_MS;
const SEQUENCE_MAX = 0x7fff_ffff;
const INTERFACE_VERSION = 0x34;
const DEFAULTS = { window: 100, enquireLinkSeconds: 30, responseSeconds: 30 };

export interface SmppLinkOptions {
  readonly name: string;
  readonly settings: SmppCarrierSettings;
  readonly password: Secret;
  /** Options of the verified TLS connection; null for plain, which is taken for loopback only. */
  readonly tls: (() => ConnectionOptions) | null;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
}

type State = 'stopped' | 'waiting' | 'connecting' | 'binding' | 'bound' | 'ending';

/** A link to a carrier's SMSC: one transceiver bind with a window, brought back whenever it is lost. */
export class SmppLink<Part extends OutboundPart> implements CarrierLink<Part> {
  readonly traits: CarrierTraits = { cutting: 'header-8', nationalLanguages: [] };
  readonly #options: SmppLinkOptions;
  readonly #events: CarrierEvents<Part>;
  readonly #window: number;
  readonly #inFlight = new InFlight<Part>();
  readonly #view = new MessageView();
  readonly #message = outgoingMessage();
  #connection: SmppConnection | null = null;
  #state: State = 'stopped';
  #trouble = '';
  #sequence = 0;
  #attempts = 0;
  #slowUntilMs = 0;
  #heardAtMs = 0;
  #askedAtMs: number | null = null;
  #cancelTick: (() => void) | null = null;
  /** Calls off what is to bring the link up: a connection being made, or the wait before the next. */
  #cancelConnect: (() => void) | null = null;
  #whenQuiet: (() => void) | null = null;

  constructor(options: SmppLinkOptions, events: CarrierEvents<Part>) {
    this.#options = options;
    this.#events = events;
    this.#window = options.settings.window ?? DEFAULTS.window;
  }

  get room(): number {
    return this.isUp && this.#slowUntilMs === 0 ? this.#window - this.#inFlight.size : 0;
  }

  get isUp(): boolean {
    return this.#state === 'bound' && this.#connection!.isOpen;
  }

  get status(): string {
    return this.isUp || this.#state === 'stopped' ? this.#state : `${this.#state}: ${this.#trouble}`;
  }

  start(): void {
    this.#connect();
    this.#tick();
  }

  async stop(): Promise<void> {
    const wasBound = this.isUp;
    this.#state = 'ending';
    this.#trouble = 'waiting for answers';
    this.#cancelConnect?.();
    if (wasBound && this.#inFlight.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#whenQuiet = resolve;
      await promise;
    }
    this.#cancelTick?.();
    const connection = this.#connection;
    this.#connection = null;
    this.#state = 'stopped';
    if (wasBound && connection?.isOpen) connection.out.write('unbind', 0, this.#nextSequence());
    connection?.end(END_WITHIN_MS);
    this.#loseAll();
  }

  submit(part: Part): void {
    const sequence = this.#nextSequence();
    const message = this.#message;
    const { ton, npi } = addressing(senderKind(part.from) ?? 'alphanumeric');
    message.sourceTon = ton;
    message.sourceNpi = npi;
    message.source = part.from;
    message.destinationTon = 1;
    message.destinationNpi = 1;
    message.destination = part.to;
    message.esmClass = part.hasHeader ? USER_DATA_HEADER : 0;
    message.protocolId = part.protocolId;
    message.dataCoding = part.dataCoding;
    message.registeredDelivery = 1;
    message.text = isLong(part) ? '' : part.octets;
    this.#inFlight.add(sequence, part, this.#options.clock.elapsed());
    this.#connection!.out.submitSm(sequence, message, outboundTlvs(part));
  }

  #nextSequence(): number {
    this.#sequence = this.#sequence === SEQUENCE_MAX ? 1 : this.#sequence + 1;
    return this.#sequence;
  }

  #connect(): void {
    const { settings, tls, clock } = this.#options;
    this.#state = 'connecting';
    this.#trouble = 'no answer yet';
    this.#cancelConnect = dial(
      { host: settings.host, port: settings.port, tls, clock, withinMs: CONNECT_WITHIN_MS },
      { connected: (socket) => this.#bind(socket), failed: (words) => this.#lost(words) },
    );
  }

  #bind(socket: Socket): void {
    const { settings, password, clock } = this.#options;
    this.#cancelConnect = null;
    this.#state = 'binding';
    this.#trouble = 'no answer to bind_transceiver yet';
    const limits = { clock, maxPduBytes: MAX_PDU_BYTES, maxUnsentBytes: MAX_UNSENT_BYTES };
    const connection: SmppConnection = new SmppConnection(socket, limits, {
      pdu: (command, bytes, at, length) => this.#pdu(command, bytes, at, length),
      broken: (reason) => {
        this.#options.log.warn('carrier_broken', { carrier: this.#options.name, reason: reason.kind });
      },
      closed: (cause) => {
        if (this.#connection === connection) this.#lost(cause ?? 'the SMSC ended the connection');
      },
    });
    this.#connection = connection;
    this.#heardAtMs = clock.elapsed();
    connection.out.write('bind_transceiver', 0, this.#nextSequence(), {
      system_id: settings.systemId,
      password: password.reveal(),
      system_type: settings.systemType ?? '',
      interface_version: INTERFACE_VERSION,
    });
  }

  #pdu(command: number, bytes: Buffer, at: number, length: number): void {
    // Whatever else an SMSC says does not stand for its answer to the bind.
    if (this.#state !== 'binding' || command === commands.bind_transceiver_resp) {
      this.#heardAtMs = this.#options.clock.elapsed();
      this.#askedAtMs = null;
    }
    switch (command) {
      case commands.submit_sm_resp:
        return this.#answered(bytes, at, length);
      case commands.deliver_sm:
        return this.#delivered(bytes, at, length);
      case commands.bind_transceiver_resp:
        return this.#bound(commandStatus(bytes, at));
      case commands.enquire_link:
        return this.#connection!.out.write('enquire_link_resp', 0, sequenceNumber(bytes, at));
      case commands.unbind:
        this.#connection!.out.write('unbind_resp', 0, sequenceNumber(bytes, at));
        return this.#connection!.end(END_WITHIN_MS);
      case commands.generic_nack:
        return this.#nacked(sequenceNumber(bytes, at), commandStatus(bytes, at));
      case commands.enquire_link_resp:
      case commands.unbind_resp:
        return;
      default:
        return this.#connection!.out.genericNack(statuses.ESME_RINVBNDSTS.value, sequenceNumber(bytes, at));
    }
  }

  #bound(status: number): void {
    if (this.#state !== 'binding') return;
    if (status !== 0) {
      this.#lost(`bind refused: ${statusName(status) ?? `command_status ${status}`}`);
      return;
    }
    this.#state = 'bound';
    this.#trouble = 'the connection is ending';
    this.#attempts = 0;
    this.#options.log.info('carrier_bound', { carrier: this.#options.name });
    this.#events.changed();
  }

  #answered(bytes: Buffer, at: number, length: number): void {
    const part = this.#inFlight.take(sequenceNumber(bytes, at));
    if (!part) return this.#options.log.warn('carrier_answer_unexpected', { carrier: this.#options.name });
    const status = commandStatus(bytes, at);
    const reference = responseMessageId(bytes, at, length);
    if (status !== 0) this.#refused(part, status);
    else if (reference === null || reference === '') this.#events.handedOver(part, { kind: 'lost' });
    else this.#events.handedOver(part, { kind: 'sent', reference });
    this.#changed();
  }

  #refused(part: Part, status: number): void {
    const next = nextAfter(status);
    if (next === 'slow down') this.#slowUntilMs = this.#options.clock.elapsed() + SLOW_DOWN_MS;
    this.#events.handedOver(part, { kind: 'refused', code: recordedCode(status), next });
  }

  /** An SMSC may answer what it cannot read, or a bind it does not know, with generic_nack. */
  #nacked(sequence: number, status: number): void {
    if (this.#state === 'binding') return this.#lost('bind refused: generic_nack');
    const part = this.#inFlight.take(sequence);
    if (part) this.#refused(part, status);
    this.#changed();
  }

  #delivered(bytes: Buffer, at: number, length: number): void {
    const connection = this.#connection!;
    const sequence = sequenceNumber(bytes, at);
    const broken = this.#view.read(bytes, at, length);
    if (broken) return connection.out.deliverSmResp(broken.status, sequence);
    const answer = (kept: boolean) => {
      if (connection.isOpen) connection.out.deliverSmResp(kept ? 0 : statuses.ESME_RX_T_APPN.value, sequence);
    };
    if (!isReceipt(this.#view)) return this.#events.inbound(inboundPart(this.#view), answer);
    const receipt = readReceipt(this.#view);
    if (receipt) return this.#events.receipt(receipt, answer);
    this.#options.log.warn('receipt_unreadable', { carrier: this.#options.name });
    answer(true);
  }

  /** The connection is gone, or could not be had: what was not answered is lost, and it is tried again after a while. */
  #lost(words: string): void {
    const { clock, entropy, log, name } = this.#options;
    const connection = this.#connection;
    this.#connection = null;
    connection?.destroy();
    this.#askedAtMs = null;
    if (this.#state !== 'ending') this.#state = 'waiting';
    this.#trouble = words;
    log.warn('carrier_down', { carrier: name, reason: words, attempt: this.#attempts });
    this.#loseAll();
    this.#changed();
    if (this.#state !== 'waiting') return;
    const delayMs = Math.min(BACK_OFF_MAX_MS, BACK_OFF_FIRST_MS * 2 ** this.#attempts++) * (0.5 + entropy.fraction());
    this.#cancelConnect = clock.after(delayMs, () => this.#connect());
  }

  #loseAll(): void {
    for (const part of this.#inFlight.takeBefore()) this.#events.handedOver(part, { kind: 'lost' });
  }

  #changed(): void {
    if (this.#inFlight.size === 0) this.#whenQuiet?.();
    this.#events.changed();
  }

  /** Once a second: answers that are overdue, a pause that is over, a peer that is silent. */
  #tick(): void {
    const { clock, settings } = this.#options;
    this.#cancelTick = clock.after(SECOND_MS, () => this.#tick());
    const nowMs = clock.elapsed();
    const overdueMs = nowMs - (settings.responseSeconds ?? DEFAULTS.responseSeconds) * SECOND_MS;
    const overdue = this.#inFlight.takeBefore(overdueMs);
    for (const part of overdue) this.#events.handedOver(part, { kind: 'lost' });
    const isRested = this.#slowUntilMs > 0 && this.#slowUntilMs <= nowMs;
    if (isRested) this.#slowUntilMs = 0;
    if (overdue.length > 0 || isRested) this.#changed();
    this.#askWhetherAlive(nowMs, (settings.enquireLinkSeconds ?? DEFAULTS.enquireLinkSeconds) * SECOND_MS);
  }

  #askWhetherAlive(nowMs: number, silenceMs: number): void {
    if (!this.#connection || nowMs - this.#heardAtMs < silenceMs) return;
    if (this.#askedAtMs === null) {
      this.#askedAtMs = nowMs;
      if (this.#state === 'bound') this.#connection.out.write('enquire_link', 0, this.#nextSequence());
    } else if (nowMs - this.#askedAtMs > CONNECT_WITHIN_MS) this.#lost('the SMSC is silent');
  }
}
