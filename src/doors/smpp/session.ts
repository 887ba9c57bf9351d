import type { Socket } from 'node:net';
import type { Credential } from '../../access/index.ts';
import { SECOND_MS } from '../../base/clock.ts';
import type { Notice, Told } from '../../messages/index.ts';
import { SmppConnection } from '../../transport/index.ts';
import { commandName, isResponse, responseName } from '../../wire/smpp/commands.ts';
import { sequenceNumber } from '../../wire/smpp/header.ts';
import {
  type BindName,
  maySend,
  receives,
  refusalStatus,
  type SessionState,
  stateAfterBind,
} from '../../wire/smpp/session-rules.ts';
import type { SmppDoorDeps } from './deps.ts';
import { handlerOf } from './handlers/index.ts';
import { NoticeWindow } from './notice-window.ts';

const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
const END_WITHIN_MS = 2 * SECOND_MS;
/** PDUs out of place that a session has in the log: who is not even bound must not be able to fill the disk. */
const MISTAKES_LOGGED_MAX = 10;
const SEQUENCE_MAX = 0x7fff_ffff;
const SYSTEM_ID = 'sallyport';
const INTERFACE_VERSION = 0x34;

/** What a session tells of itself. */
export interface SessionEvents {
  bound(session: Session): void;
  closed(session: Session): void;
}

/** The conversation with one application, from its connection to its end: its state, its windows and its times. */
export class Session {
  readonly id: number;
  readonly connection: SmppConnection;
  readonly deps: SmppDoorDeps;
  readonly notices = new NoticeWindow();
  credential: Credential | null = null;
  readonly #events: SessionEvents;
  #state: SessionState = 'open';
  #unanswered = 0;
  #mistakes = 0;
  #sequence = 0;
  #heardAtMs: number;
  #askedAtMs: number | null = null;
  /** The sequence_number of an unbind that waits for its answer. */
  #unbindSequence: number | null = null;
  #cancelTick: () => void;

  constructor(id: number, socket: Socket, deps: SmppDoorDeps, events: SessionEvents) {
    this.id = id;
    this.deps = deps;
    this.#events = events;
    const { clock, limits, log } = deps;
    const bounds = { clock, maxPduBytes: limits.maxPduBytes, maxUnsentBytes: MAX_UNSENT_BYTES };
    this.connection = new SmppConnection(socket, bounds, {
      pdu: (command, bytes, at, length) => this.#pdu(command, bytes, at, length),
      unknown: (command) => this.#mistaken('smpp_command_unknown', `0x${command.toString(16)}`),
      broken: (reason) => {
        const words = reason.kind === 'bad_length' ? `bad_length ${reason.looksLike}` : reason.kind;
        log.warn('smpp_session_broken', { session: id, address: this.connection.remoteAddress, reason: words });
      },
      closed: (cause) => this.#closed(cause),
    });
    this.#heardAtMs = clock.elapsed();
    this.#cancelTick = clock.after(limits.bindSeconds * SECOND_MS, () => this.#bindOverdue());
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
    this.notices.tell(this.connection.out, this.#nextSequence(), notice, answered);
  }

  /** A request that is answered later. While as many wait as the window has, nothing more is read. */
  asked(): void {
    if (++this.#unanswered >= this.deps.limits.window) this.connection.pause();
  }

  /** A request that was `asked` is about to be answered: in this turn, if at all. */
  answered(): void {
    this.#unanswered--;
    if (this.#unanswered < this.deps.limits.window) this.connection.resume();
    if (this.#state === 'unbound' && this.#unanswered === 0) queueMicrotask(() => this.#end());
  }

  /** A bind is being looked at: nothing more is read until it is answered. */
  beginBind(): void {
    this.#state = 'binding';
    this.connection.pause();
  }

  bind(name: BindName, sequence: number, credential: Credential): void {
    this.credential = credential;
    this.#state = stateAfterBind[name];
    this.connection.resume();
    this.connection.out.write(
      `${name}_resp`,
      0,
      sequence,
      { system_id: SYSTEM_ID },
      { sc_interface_version: INTERFACE_VERSION },
    );
    this.deps.log.info('smpp_bound', { session: this.id, credential: credential.id, state: this.#state });
    this.#cancelTick();
    this.#tick();
    this.#events.bound(this);
  }

  /** Who fails to bind is cut off: a guess costs a connection. */
  refuseBind(name: BindName, sequence: number, status: number, reason: string): void {
    this.deps.log.warn('smpp_bind_refused', { session: this.id, address: this.connection.remoteAddress, reason });
    this.connection.out.write(`${name}_resp`, status, sequence);
    this.#state = 'unbound';
    this.connection.end(END_WITHIN_MS);
  }

  /** Says goodbye, and ends the connection when what was asked has been answered, or after a while. */
  unbind(): void {
    if (this.#state === 'unbound') return;
    if (this.credential) this.connection.out.write('unbind', 0, this.#nextSequence());
    this.#leave();
  }

  /** The application says goodbye with the unbind of this sequence_number. */
  leave(unbindSequence: number): void {
    this.#unbindSequence = unbindSequence;
    this.#leave();
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
    this.#sequence = this.#sequence === SEQUENCE_MAX ? 1 : this.#sequence + 1;
    return this.#sequence;
  }

  #pdu(command: number, bytes: Buffer, at: number, length: number): void {
    this.#heardAtMs = this.deps.clock.elapsed();
    this.#askedAtMs = null;
    const sequence = sequenceNumber(bytes, at);
    const isAllowed = maySend(this.#state, command);
    if (!isAllowed) return this.#refuse(command, isAllowed, sequence);
    const handler = handlerOf(command);
    if (handler) handler(this, bytes, at, length, sequence);
    else if (!isResponse(command)) this.#refuse(command, null, sequence);
  }

  /** A request out of place is answered in its own kind; a response out of place has no answer (SMPP 3.4 §4.3). */
  #refuse(command: number, isAllowed: false | null, sequence: number): void {
    const name = commandName(command);
    this.#mistaken('smpp_command_refused', name ?? '');
    if (isResponse(command) || this.#state === 'unbound') return;
    const status = refusalStatus(name, isAllowed);
    const answer = name && responseName(name);
    if (isAllowed === null || !answer) this.connection.out.genericNack(status, sequence);
    else this.connection.out.write(answer, status, sequence);
  }

  #mistaken(event: string, command: string): void {
    if (this.#mistakes++ >= MISTAKES_LOGGED_MAX) return;
    this.deps.log.info(event, { session: this.id, command, state: this.#state });
  }

  #bindOverdue(): void {
    this.deps.log.info('smpp_bind_overdue', { session: this.id, address: this.connection.remoteAddress });
    this.connection.end(END_WITHIN_MS);
  }

  /** A silent application is asked whether it is there, and cut off when it does not answer either. */
  #tick(): void {
    const silenceMs = this.deps.limits.enquireLinkSeconds * SECOND_MS;
    const nowMs = this.deps.clock.elapsed();
    this.#cancelTick = this.deps.clock.after(Math.min(silenceMs, 5 * SECOND_MS), () => this.#tick());
    if (nowMs - this.#heardAtMs < silenceMs || !this.connection.isOpen) return;
    if (this.#askedAtMs === null) {
      this.#askedAtMs = nowMs;
      this.connection.out.write('enquire_link', 0, this.#nextSequence());
    } else if (nowMs - this.#askedAtMs >= silenceMs) {
      this.deps.log.info('smpp_peer_silent', { session: this.id });
      this.connection.destroy();
    }
  }

  #closed(cause: string | null): void {
    this.#state = 'unbound';
    this.#cancelTick();
    this.notices.close();
    this.deps.log.info('smpp_session_closed', { session: this.id, cause: cause ?? 'ended' });
    this.#events.closed(this);
  }
}
