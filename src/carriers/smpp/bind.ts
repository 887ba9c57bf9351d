import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { type Clock, SECOND_MS } from '../../base/clock.ts';
import type { Entropy } from '../../base/entropy.ts';
import type { Log } from '../../base/log.ts';
import type { Secret } from '../../base/secret.ts';
import { explainCause, SmppConnection } from '../../transport/index.ts';
import { type CommandName, commandName, commands } from '../../wire/smpp/commands.ts';
import { commandStatus, nextSequence, sequenceNumber } from '../../wire/smpp/header.ts';
import { maySend, refusalOf, type SessionState, stateAfterBind } from '../../wire/smpp/session-rules.ts';
import type { CarrierEvents, OutboundPart } from '../carrier.ts';
import { Answers } from './answers.ts';
import { type BindKind, bindAnswer, bindFields, brokenWords } from './bind-pdu.ts';
import { dial } from './dial.ts';
import { Handed } from './handed.ts';
import { Incoming } from './incoming.ts';
import { Pace } from './pace.ts';
import { PartWriter } from './part-writer.ts';
import { Pulse } from './pulse.ts';
import type { QuietLog } from './quiet-log.ts';
import { BackOff } from './reconnect.ts';
import type { LinkSettings } from './settings.ts';

const MAX_PDU_BYTES = 70_000;
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
const END_WITHIN_MS = SECOND_MS;
/** So long an SMSC that has said goodbye may still answer what it was asked before. */
const LEAVE_WITHIN_MS = 2 * SECOND_MS;

/** What the binds of a link have in common. */
export interface BindContext<Part extends OutboundPart> {
  readonly name: string;
  readonly settings: LinkSettings;
  readonly password: Secret;
  /** Options of the verified TLS connection, asked at every try; null for plain. */
  readonly tls: (() => ConnectionOptions) | null;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly quiet: QuietLog;
  readonly events: CarrierEvents<Part>;
  /** A bind has room again after so long, by its pace. */
  readonly hasRoomIn: (waitMs: number) => void;
}

type State = 'stopped' | 'waiting' | 'connecting' | 'binding' | 'bound' | 'ending';

/** One bind: its connection with window, sequence, timers and pace, brought back whenever it is lost. */
export class Bind<Part extends OutboundPart> {
  readonly kind: BindKind;
  readonly #context: BindContext<Part>;
  readonly #handed: Handed<Part>;
  readonly #incoming: Incoming<Part>;
  readonly #pace: Pace;
  readonly #writer: PartWriter;
  readonly #pulse: Pulse;
  readonly #answers: Answers<Part>;
  readonly #backOff: BackOff;
  #connection: SmppConnection | null = null;
  #state: State = 'stopped';
  #trouble = '';
  #sequence = 0;
  /** Since when it is in its state, when it was last heard, and when it last carried a message; monotonic ms. */
  #sinceMs = 0;
  #heardAtMs = 0;
  #carriedAtMs = 0;
  /** Calls off what is to bring it up: a connection being made, or the wait before the next. */
  #cancelConnect: (() => void) | null = null;
  #whenQuiet: (() => void) | null = null;
  /** The unbind of the SMSC that waits for its answer, and since when. */
  #goodbye: { readonly sequence: number; readonly atMs: number } | null = null;

  constructor(kind: BindKind, context: BindContext<Part>) {
    const { settings, clock, entropy, events } = context;
    this.kind = kind;
    this.#context = context;
    this.#handed = new Handed(events);
    this.#incoming = new Incoming(context);
    this.#pace = new Pace(settings.messagesPerSecond);
    this.#answers = new Answers(context, this.#handed, this.#pace, (nowMs) => this.planRoom(nowMs));
    this.#writer = new PartWriter(settings, clock);
    this.#pulse = new Pulse(settings, clock);
    this.#backOff = new BackOff(settings.reconnectMinMs, settings.reconnectMaxMs, entropy);
  }

  get room(): number {
    if (this.kind === 'receiver' || !this.isUp) return 0;
    const free = this.#context.settings.window - this.#handed.size;
    if (free <= 0 || !this.#pace.isLimited) return Math.max(0, free);
    return this.#pace.allows(this.#context.clock.elapsed()) ? free : 0;
  }

  get isUp(): boolean {
    return this.#isBound && this.#goodbye === null;
  }

  get #isBound(): boolean {
    return this.#state === 'bound' && this.#connection!.isOpen;
  }

  get status(): string {
    return this.isUp || this.#state === 'stopped' ? this.#state : `${this.#state}: ${this.#trouble}`;
  }

  start(): void {
    this.#connect();
  }

  async stop(): Promise<void> {
    const wasBound = this.#isBound;
    this.#state = 'ending';
    this.#trouble = 'waiting for answers';
    this.#cancelConnect?.();
    if (wasBound && this.#handed.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#whenQuiet = resolve;
      await promise;
    }
    const connection = this.#connection;
    this.#connection = null;
    this.#state = 'stopped';
    if (wasBound && connection?.isOpen) connection.out.write('unbind', 0, this.#nextSequence());
    connection?.end(END_WITHIN_MS);
    this.#handed.lose(connection?.begunBatch ?? null);
    this.#pulse.answered(null);
  }

  submit(part: Part): void {
    const { clock, events } = this.#context;
    const connection = this.#connection!;
    const atMs = clock.elapsed();
    const sequence = this.#nextSequence();
    const refusal = this.#writer.write(connection.out, sequence, part);
    if (refusal !== null) return events.handedOver(part, { kind: 'refused', code: refusal, next: 'other route' });
    this.#handed.add({ part, sequence, atMs, batch: connection.batch });
    this.#carriedAtMs = atMs;
    this.#pace.sent(atMs);
    this.planRoom(atMs);
  }

  /** Once a second: answers that are overdue, a bind that is not answered, a peer that is silent. */
  tick(nowMs: number): void {
    const { settings } = this.#context;
    if (this.#handed.giveUpBefore(nowMs - settings.responseMs)) this.#changed();
    if (this.#goodbye && nowMs - this.#goodbye.atMs > LEAVE_WITHIN_MS) this.#partFrom(this.#goodbye.sequence);
    if (this.#state === 'binding' && nowMs - this.#sinceMs > settings.bindMs)
      return this.#lost('the bind is not answered');
    if (this.#state !== 'bound' || !this.#connection?.isOpen) return;
    const due = this.#pulse.due(nowMs);
    if (due === 'give up') return this.#lost('the SMSC is silent');
    if (due === 'ask') this.#connection.out.write('enquire_link', 0, this.#nextSequence());
    const { inactivityMs } = settings;
    if (inactivityMs !== null && this.#handed.size === 0 && nowMs - this.#carriedAtMs > inactivityMs) this.#renew();
  }

  /** Has the link told when this bind has room again, where its pace keeps it from sending now. */
  planRoom(nowMs: number): void {
    const pace = this.#pace;
    if (pace.isLimited && !pace.allows(nowMs)) this.#context.hasRoomIn(pace.waitMs(nowMs));
  }

  /** How long an enquire_link takes, ms; null where it is not answered. */
  ping(): Promise<number | null> {
    if (!this.isUp) return Promise.resolve(null);
    this.#connection!.out.write('enquire_link', 0, this.#nextSequence());
    return this.#pulse.ping();
  }

  #nextSequence(): number {
    this.#sequence = nextSequence(this.#sequence);
    return this.#sequence;
  }

  #enter(state: State, trouble: string): void {
    this.#state = state;
    this.#trouble = trouble;
    this.#sinceMs = this.#context.clock.elapsed();
  }

  #connect(): void {
    const { settings, tls, clock } = this.#context;
    this.#enter('connecting', 'no answer yet');
    this.#cancelConnect = dial(
      { host: settings.host, port: settings.port, tls, clock, withinMs: settings.connectMs },
      { connected: (socket) => this.#bind(socket), failed: (words) => this.#lost(words) },
    );
  }

  #bind(socket: Socket): void {
    const { settings, password, clock } = this.#context;
    this.#cancelConnect = null;
    this.#enter('binding', `no answer to bind_${this.kind} yet`);
    let why: string | null = null;
    const limits = { clock, maxPduBytes: MAX_PDU_BYTES, maxUnsentBytes: MAX_UNSENT_BYTES };
    const connection: SmppConnection = new SmppConnection(socket, limits, {
      pdu: (command, bytes, at, length) => this.#pdu(command, bytes, at, length),
      unknown: () => this.#quietly('carrier_pdu_unknown'),
      broken: (reason) => {
        why = brokenWords(reason);
        this.#context.quiet.warn('carrier_broken', { carrier: this.#context.name, reason: why });
      },
      closed: (cause) => {
        if (this.#connection === connection)
          this.#lost(why ?? (cause ? explainCause(cause) : 'the SMSC ended the connection'));
      },
    });
    this.#connection = connection;
    this.#pulse.heard(clock.elapsed());
    connection.out.write(`bind_${this.kind}`, 0, this.#nextSequence(), bindFields(settings, password, this.kind));
  }

  #pdu(command: number, bytes: Buffer, at: number, length: number): void {
    const connection = this.#connection!;
    this.#heardAtMs = this.#context.clock.elapsed();
    this.#pulse.heard(this.#heardAtMs);
    if (command === commands.submit_sm_resp) {
      if (this.#answers.answered(bytes, at, length, this.#heardAtMs)) this.#changed();
      return;
    }
    if (command === commands.deliver_sm) {
      this.#carriedAtMs = this.#heardAtMs;
      return this.#incoming.deliver(connection, bytes, at, length, this.#receives);
    }
    const isAllowed = maySend(this.#session, command, 'smsc');
    if (isAllowed) this.#otherPdu(connection, command, bytes, at, length);
    else this.#outOfPlace(connection, commandName(command), sequenceNumber(bytes, at), isAllowed);
  }

  #otherPdu(connection: SmppConnection, command: number, bytes: Buffer, at: number, length: number): void {
    const sequence = sequenceNumber(bytes, at);
    switch (command) {
      case commands.bind_transceiver_resp:
      case commands.bind_transmitter_resp:
      case commands.bind_receiver_resp:
        return this.#bindAnswered(bytes, at, length);
      case commands.enquire_link:
        return connection.out.write('enquire_link_resp', 0, sequence);
      case commands.enquire_link_resp:
        return this.#pulse.answered(this.#heardAtMs);
      case commands.data_sm:
        this.#carriedAtMs = this.#heardAtMs;
        return this.#incoming.data(connection, bytes, at, length);
      case commands.unbind:
        return this.#leave(sequence);
      case commands.generic_nack:
        return this.#nacked(sequence, commandStatus(bytes, at));
      case commands.alert_notification:
        return this.#quietly('carrier_alert_ignored');
      default:
        // Answers to what is not asked here: unbind_resp at the end, query_sm_resp and the like.
        return;
    }
  }

  /** The SMSC says goodbye: nothing more is asked of it, and what was asked before has its answer first. */
  #leave(sequence: number): void {
    if (this.#handed.size === 0 || this.#goodbye) return this.#partFrom(sequence);
    this.#goodbye = { sequence, atMs: this.#heardAtMs };
    this.#context.events.changed();
  }

  #partFrom(unbindSequence: number): void {
    this.#goodbye = null;
    this.#connection?.out.write('unbind_resp', 0, unbindSequence);
    this.#connection?.end(END_WITHIN_MS);
  }

  /** SMPP 3.4 §2.3: a PDU that may not come now, or never from an SMSC. An outbind among them: no port of ours takes one. */
  #outOfPlace(connection: SmppConnection, name: CommandName | null, sequence: number, isAllowed: false | null): void {
    this.#context.quiet.warn('carrier_pdu_unexpected', { carrier: this.#context.name, command: name ?? 'unknown' });
    const refusal = refusalOf(name, isAllowed);
    if (refusal) connection.out.write(refusal.answer, refusal.status, sequence);
  }

  get #session(): SessionState {
    if (this.#state === 'binding') return 'binding';
    return stateAfterBind[`bind_${this.kind}`];
  }

  get #receives(): boolean {
    return this.kind !== 'transmitter' && (this.#state === 'bound' || this.#state === 'ending');
  }

  #bindAnswered(bytes: Buffer, at: number, length: number): void {
    if (this.#state !== 'binding') return this.#quietly('carrier_answer_unexpected');
    const { settings, log, name, events, clock } = this.#context;
    const { refusal, version } = bindAnswer(bytes, at, length, settings.interfaceVersion);
    if (refusal !== null) return this.#lost(`bind refused: ${refusal}`);
    this.#writer.version = version;
    this.#enter('bound', 'the connection is ending');
    this.#carriedAtMs = clock.elapsed();
    log.info('carrier_bound', { carrier: name, version: `0x${version.toString(16)}` });
    events.changed();
  }

  /** An SMSC may answer what it cannot read, or a bind it does not know, with generic_nack. */
  #nacked(sequence: number, status: number): void {
    if (this.#state === 'binding') return this.#lost('bind refused: generic_nack');
    if (this.#answers.nacked(sequence, status, this.#heardAtMs)) this.#changed();
  }

  /** The connection is gone, or could not be had: what was not answered is reported, and it is tried again after a while. */
  #lost(words: string): void {
    const { clock, log, name } = this.#context;
    const connection = this.#connection;
    const wasBound = this.#state === 'bound';
    if (wasBound) this.#backOff.lost({ ...this.#handed.counts, lifeMs: clock.elapsed() - this.#sinceMs });
    this.#connection = this.#goodbye = null;
    connection?.destroy();
    this.#pulse.answered(null);
    if (this.#state !== 'ending') this.#enter('waiting', words);
    log.warn('carrier_down', { carrier: name, reason: words, attempt: this.#backOff.failures });
    this.#handed.lose(connection?.begunBatch ?? null);
    this.#changed();
    if (this.#state === 'waiting')
      this.#cancelConnect = clock.after(this.#backOff.nextDelayMs(), () => this.#connect());
  }

  #quietly(event: string): void {
    this.#context.quiet.warn(event, { carrier: this.#context.name });
  }

  #changed(): void {
    if (this.#handed.size === 0) {
      this.#whenQuiet?.();
      if (this.#goodbye) this.#partFrom(this.#goodbye.sequence);
    }
    this.#context.events.changed();
  }

  /** A bind that answers enquire_link may be dead all the same behind a firewall or in the SMSC: it is made anew. */
  #renew(): void {
    this.#connection!.out.write('unbind', 0, this.#nextSequence());
    this.#connection!.end(END_WITHIN_MS);
  }
}
