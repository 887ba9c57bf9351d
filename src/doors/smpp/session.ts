import type { Socket } from 'node:net';
import type { Credential } from '../../access/index.ts';
import type { Actor } from '../../audit/index.ts';
import { SECOND_MS } from '../../base/clock.ts';
import type { LogFields } from '../../base/log.ts';
import type { Notice, Told } from '../../messages/index.ts';
import { type BrokenReason, SmppConnection } from '../../transport/index.ts';
import { type CommandName, commandName, isResponse, responseName } from '../../wire/smpp/commands.ts';
import { nextSequence, sequenceNumber } from '../../wire/smpp/header.ts';
import type { PduFields } from '../../wire/smpp/pdus.ts';
import {
  type BindName,
  maySend,
  receives,
  refusalOf,
  type SessionState,
  stateAfterBind,
} from '../../wire/smpp/session-rules.ts';
import { statuses } from '../../wire/smpp/statuses.ts';
import {
  bindAnswerTlvs,
  hasCommand,
  statusFor,
  VERSION_3_4,
  VERSION_5_0,
  type Version,
} from '../../wire/smpp/version.ts';
import type { Application } from './application.ts';
import { congestionOfThrottled, congestionState } from './congestion.ts';
import type { SmppDoorDeps } from './deps.ts';
import { handlerOf } from './handlers/index.ts';
import { BIND, Holds, WINDOW } from './holds.ts';
import { NoticeWindow } from './notice-window.ts';
import type { PeerFault } from './peer-faults.ts';
import type { PeerLog } from './peer-log.ts';
import type { Place } from './places.ts';
import { Pressure } from './pressure.ts';
import { type Due, dueBound, dueUnbound } from './timers.ts';
import { Watch } from './watch.ts';

const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
const END_WITHIN_MS = 2 * SECOND_MS;
/** Mistakes that one session has in the log; everything else is logged once, within the bounds that its source has. */
const MISTAKES_LOGGED_MAX = 20;
/** Who is gone so soon after its bind, and said nothing, has not read the answer. */
const ABANDONED_WITHIN_MS = 5 * SECOND_MS;
/** A bind has some 100 octets, and TLVs it hardly ever has; who is not bound is not trusted with more. */
const UNBOUND_PDU_BYTES_MAX = 1024;
const SYSTEM_ID = 'sallyport';
const THROTTLED = statuses.ESME_RTHROTTLED.value;

/** What a session asks of its door, and tells it. */
export interface SessionHost {
  readonly deps: SmppDoorDeps;
  readonly log: PeerLog;
  application(credential: Credential): Application;
  bound(session: Session): void;
  closed(session: Session): void;
}

/** The conversation with one application, from its connection to its end: its state, its windows and its times. */
export class Session {
  readonly id: number;
  readonly connection: SmppConnection;
  readonly place: Place;
  readonly notices = new NoticeWindow();
  application: Application | null = null;
  /** What is spoken with it, once it is bound. */
  version: Version = VERSION_3_4;
  readonly host: SessionHost;
  readonly #holds: Holds;
  readonly #watch: Watch;
  readonly #pressure = new Pressure();
  #state: SessionState = 'open';
  #window = 1;
  #unanswered = 0;
  #mistakes = 0;
  #sequence = 0;
  /** When the connection was opened, and then when it was bound. */
  #sinceMs: number;
  #hasSpoken = false;
  #isDefiant = false;
  #hasAnsweredLate = false;
  /** The sequence_number of an unbind that waits for its answer. */
  #unbindSequence: number | null = null;

  constructor(id: number, socket: Socket, place: Place, host: SessionHost) {
    this.id = id;
    this.place = place;
    this.host = host;
    const { clock } = host.deps;
    const bounds = { clock, maxPduBytes: UNBOUND_PDU_BYTES_MAX, maxUnsentBytes: MAX_UNSENT_BYTES };
    this.connection = new SmppConnection(socket, bounds, {
      pdu: (command, bytes, at, length) => this.#pdu(command, bytes, at, length),
      unknown: (command) => this.#unknown(command),
      broken: (reason) => this.#broken(reason),
      closed: (cause) => this.#closed(cause),
    });
    this.#holds = new Holds(this.connection, clock);
    this.#sinceMs = clock.elapsed();
    this.#watch = new Watch(this.#sinceMs);
  }

  get deps(): SmppDoorDeps {
    return this.host.deps;
  }

  get credential(): Credential | null {
    return this.application?.credential ?? null;
  }

  /** Who does what is done here, as it is put on record. */
  get actor(): Actor {
    return { who: `credential:${this.credential!.id}`, from: this.connection.remoteAddress };
  }

  get state(): SessionState {
    return this.#state;
  }

  /** When the PDU that is being handled came, monotonic milliseconds. */
  get nowMs(): number {
    return this.#watch.heardAtMs;
  }

  /** Whether something can be written to it. */
  get isOpen(): boolean {
    return this.connection.isOpen;
  }

  get isBinding(): boolean {
    return this.#state === 'binding' && this.isOpen;
  }

  get canReceive(): boolean {
    return this.notices.hasRoom && this.isReceiver;
  }

  /** Whether it is there for notices, with room for them or without. */
  get isReceiver(): boolean {
    return receives(this.#state) && this.isOpen;
  }

  /** Sends a notice; `answered` is called once, with what the application made of it. */
  tell(notice: Notice, answered: (told: Told) => void): void {
    const { out } = this.connection;
    const { version } = this;
    const nowMs = this.deps.clock.elapsed();
    this.notices.tell(notice, { out, nextSequence: () => this.#nextSequence(), version, nowMs }, answered);
  }

  /** A request that is answered later. While as many wait as the window has, nothing more is read. */
  asked(): void {
    if (++this.#unanswered >= this.#window) this.#holds.hold(WINDOW);
  }

  /** A request that was `asked` is about to be answered: in this turn, if at all. */
  answered(): void {
    if (--this.#unanswered < this.#window) this.#holds.release(WINDOW);
    if (this.#state === 'unbound' && this.#unanswered === 0) queueMicrotask(() => this.#end());
  }

  /** The application has answered a deliver_sm. The first answer that is late, or to none, is logged. */
  noticeAnswered(sequence: number, told: Told): void {
    const about = this.notices.answered(sequence, told);
    if (about === 'unknown') this.idle();
    else this.#watch.usedAtMs = this.nowMs;
    if (about === 'waiting' || this.#hasAnsweredLate) return;
    this.#hasAnsweredLate = true;
    this.fault('smpp_late_answer', { reason: about });
  }

  /** Whether one more message is within the rate of the credential; where it is not, it is answered ESME_RTHROTTLED. */
  takesMessage(): boolean {
    const { nowMs, application } = this;
    this.#watch.usedAtMs = nowMs;
    if (application!.takes(nowMs)) return true;
    if (this.#pressure.throttled(nowMs)) this.#slowDown();
    return false;
  }

  /** What a command_status is called in the version that is spoken. */
  statusFor(status: number): number {
    return status === 0 ? 0 : statusFor(this.version, status);
  }

  /**
   * Answers a request about messages, if somebody is there to read it: with a status that its version knows, and in 5.0 with
   * congestion_state, which the response to any operation may have (SMPP 5.0 §4.8.4.18).
   */
  answer<Name extends CommandName>(
    name: Name,
    status: number,
    sequence: number,
    fields: Partial<PduFields<Name>> = {},
  ): void {
    if (!this.isOpen) return;
    const congestion = this.congestion(status === THROTTLED);
    const tlvs = congestion === null ? {} : { congestion_state: congestion };
    this.connection.out.write(name, this.statusFor(status), sequence, fields, tlvs);
  }

  /** The congestion_state that goes with an answer: null for who does not know it. */
  congestion(isThrottled = false): number | null {
    if (this.version !== VERSION_5_0) return null;
    const windowUse = Math.min(1, this.#unanswered / this.#window);
    return (isThrottled ? congestionOfThrottled : congestionState)(windowUse, this.deps.fullness());
  }

  /** A PDU that changes nothing was answered. Who sends too many is read more slowly, and cut off in the end. */
  idle(): void {
    const outcome = this.#pressure.idle(this.nowMs);
    if (outcome === 0) return;
    if (outcome !== 'cut') return this.#holds.pause(outcome);
    this.fault('smpp_flood');
    this.connection.destroy();
  }

  /** A PDU that has no place or no sense, which was answered as such. */
  mistaken(code: PeerFault, fields: LogFields = {}): void {
    if (this.#mistakes++ < MISTAKES_LOGGED_MAX) this.fault(code, { ...fields, state: this.#state });
    this.idle();
  }

  /** A request whose fields do not fit into it. */
  unreadable(name: CommandName, status: number, sequence: number): void {
    this.answer(responseName(name)!, status, sequence);
    this.mistaken('smpp_pdu_unreadable', { command: name });
  }

  fault(code: PeerFault, fields: LogFields = {}): void {
    const { source } = this.place;
    this.host.log.fault(code, source, { session: this.id, address: source, ...fields });
  }

  /** A bind is being looked at: nothing more is read until it is answered. */
  beginBind(): void {
    this.#state = 'binding';
    this.#holds.hold(BIND);
  }

  bind(name: BindName, sequence: number, application: Application, version: Version): void {
    this.application = application;
    this.version = version;
    this.#state = stateAfterBind[name];
    this.#window = Math.min(application.rules.window ?? Number.POSITIVE_INFINITY, this.deps.limits.window);
    this.connection.takeUpTo(this.deps.limits.maxPduBytes);
    this.#sinceMs = this.deps.clock.elapsed();
    this.#watch.heard(this.#sinceMs);
    this.#watch.usedAtMs = this.#sinceMs;
    this.connection.out.write(`${name}_resp`, 0, sequence, { system_id: SYSTEM_ID }, bindAnswerTlvs(version));
    this.#note('smpp_bound', { credential: application.credential.id, state: this.#state });
    this.host.bound(this);
    this.#holds.release(BIND);
  }

  /** Who fails to bind is cut off: a guess costs a connection. */
  refuseBind(name: BindName, sequence: number, status: number, reason: string): void {
    this.fault('smpp_bind_refused', { reason });
    this.connection.out.write(`${name}_resp`, status, sequence);
    this.#state = 'unbound';
    this.connection.end(END_WITHIN_MS);
  }

  /** Says goodbye, and ends the connection when what was asked has been answered, or after a while. */
  unbind(): void {
    if (this.#state === 'unbound') return;
    if (this.application) this.connection.out.write('unbind', 0, this.#nextSequence());
    this.#leave();
  }

  /** The application says goodbye with the unbind of this sequence_number. */
  leave(unbindSequence: number): void {
    // Said twice, the second is answered at once: the first has its answer at the end.
    if (this.#unbindSequence !== null) {
      this.connection.out.write('unbind_resp', 0, unbindSequence);
      return this.idle();
    }
    this.#unbindSequence = unbindSequence;
    this.#leave();
  }

  /** To be called about once a second. */
  tick(nowMs: number): void {
    const due = this.#due(nowMs);
    if (due === 'nothing') return;
    if (due === 'ask') return this.connection.out.write('enquire_link', 0, this.#nextSequence());
    this.fault(due.code);
    if (due.how === 'unbind') return this.unbind();
    if (due.how === 'cut') return this.connection.destroy();
    this.connection.end(END_WITHIN_MS);
  }

  #due(nowMs: number): Due {
    if (!this.isOpen) return 'nothing';
    if (this.#state === 'open') return dueUnbound(nowMs - this.#sinceMs, this.deps.limits);
    if (!this.application || this.#state === 'unbound') return 'nothing';
    if (this.#holds.isHeld) this.#watch.heard(nowMs); // who is not read is not silent
    return dueBound(this, this.#watch, nowMs);
  }

  /** Whoever says goodbye, what was asked before is answered before the end. */
  #leave(): void {
    this.#state = 'unbound';
    if (this.#unanswered === 0) this.#end();
    else this.deps.clock.after(END_WITHIN_MS, () => this.#end());
  }

  #end(): void {
    if (!this.connection.isOpen) return;
    if (this.#unbindSequence !== null) this.connection.out.write('unbind_resp', 0, this.#unbindSequence);
    this.connection.end(END_WITHIN_MS);
  }

  #nextSequence(): number {
    this.#sequence = nextSequence(this.#sequence);
    return this.#sequence;
  }

  #pdu(command: number, bytes: Buffer, at: number, length: number): void {
    this.#watch.heard(this.deps.clock.elapsed());
    if (this.application) this.#hasSpoken = true;
    const sequence = sequenceNumber(bytes, at);
    const isAllowed = this.#hasCommand(command) ? maySend(this.#state, command) : null;
    if (!isAllowed) return this.#refuse(command, isAllowed, sequence);
    const handler = handlerOf(command);
    if (handler) handler(this, bytes, at, length, sequence);
    else if (isResponse(command)) this.idle();
    else this.#refuse(command, null, sequence);
  }

  /** Whether the version that is spoken has this command; before the bind nobody knows which it will be. */
  #hasCommand(command: number): boolean {
    return this.application === null || hasCommand(this.version, command);
  }

  #unknown(command: number): void {
    this.#watch.heard(this.deps.clock.elapsed());
    this.mistaken('smpp_command_unknown', { command: `0x${command.toString(16)}` });
  }

  /** A request out of place is answered in its own kind; a response out of place has no answer (SMPP 3.4 §4.3). */
  #refuse(command: number, isAllowed: false | null, sequence: number): void {
    const name = commandName(command);
    const refusal = refusalOf(name, isAllowed);
    if (refusal) this.connection.out.write(refusal.answer, refusal.status, sequence);
    this.mistaken('smpp_command_refused', { command: name ?? '' });
  }

  #broken(reason: BrokenReason): void {
    if (reason.kind === 'unread') this.fault('smpp_unread', { bytes: reason.unsentBytes });
    else if (reason.looksLike === 'smpp') this.fault('smpp_bad_length');
    else this.fault('smpp_other_protocol', { reason: reason.looksLike });
  }

  /** The peer was told for long that it is too fast: from now on it is read at its rate, and TCP slows it down. */
  #slowDown(): void {
    if (!this.#isDefiant) this.fault('smpp_ignores_throttling');
    this.#isDefiant = true;
    this.#holds.pause(this.application!.pauseMs(this.nowMs));
  }

  #note(event: string, fields: LogFields): void {
    this.host.log.note(event, this.place.source, { session: this.id, ...fields });
  }

  #closed(cause: string | null): void {
    const isAbandoned = this.#state !== 'open' && this.#state !== 'unbound' && !this.#hasSpoken;
    if (isAbandoned && this.deps.clock.elapsed() - this.#sinceMs < ABANDONED_WITHIN_MS)
      this.fault('smpp_bind_abandoned');
    this.#state = 'unbound';
    this.notices.close();
    this.#note('smpp_session_closed', { cause: cause ?? 'ended' });
    this.host.closed(this);
  }
}
