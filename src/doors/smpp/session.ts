import type { Socket } from 'node:net';
import type { Credential } from '../../access/index.ts';
import { SECOND_MS } from '../../base/clock.ts';
import { type Fault, faults } from '../../base/fault.ts';
import { idText } from '../../base/id.ts';
import { isFault, type Notice } from '../../messages/index.ts';
import { SmppConnection } from '../../transport/index.ts';
import { type CommandName, commandName, commands, isResponse, responseName } from '../../wire/smpp/commands.ts';
import { decode, isDecodeFault } from '../../wire/smpp/decode.ts';
import { commandStatus, sequenceNumber } from '../../wire/smpp/header.ts';
import { MessageView } from '../../wire/smpp/message-view.ts';
import type { SmppDoorDeps } from './deps.ts';
import { writeNotice } from './notice-pdu.ts';
import { maySend, receives, refusalStatus, type SessionState, stateAfterBind } from './session-rules.ts';
import { refusedStatus, submissionOf } from './submission.ts';

/** Notices sent and not answered; what comes beyond waits in the store. */
const NOTICE_WINDOW = 1000;
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
/** Texts of notices sent and not answered: who reads is never cut off for what was told at once. */
const NOTICE_BYTES_MAX = MAX_UNSENT_BYTES / 2;
const END_WITHIN_MS = 2 * SECOND_MS;
/** PDUs out of place that a session has in the log: who is not even bound must not be able to fill the disk. */
const MISTAKES_LOGGED_MAX = 10;
const SEQUENCE_MAX = 0x7fff_ffff;
const SYSTEM_ID = 'sallyport';
const INTERFACE_VERSION = 0x34;

type BindName = keyof typeof stateAfterBind;

/** PDUs are read in place, one at a time: all sessions share the view. */
const view = new MessageView();

/** What a session tells of itself. */
export interface SessionEvents {
  bound(session: Session): void;
  closed(session: Session): void;
}

/** The conversation with one application: from its connection to its end. */
export class Session {
  readonly id: number;
  readonly connection: SmppConnection;
  credential: Credential | null = null;
  readonly #deps: SmppDoorDeps;
  readonly #events: SessionEvents;
  readonly #notices = new Map<number, { readonly bytes: number; readonly answered: (taken: boolean) => void }>();
  #noticeBytes = 0;
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
    this.#deps = deps;
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

  get canReceive(): boolean {
    const hasRoom = this.#notices.size < NOTICE_WINDOW && this.#noticeBytes < NOTICE_BYTES_MAX;
    return hasRoom && receives(this.#state) && this.connection.isOpen;
  }

  /** Sends a notice; `answered` is called once, with whether the application took it. */
  tell(notice: Notice, answered: (taken: boolean) => void): void {
    const sequence = this.#nextSequence();
    const bytes = notice.content?.octets.length ?? 0;
    this.#notices.set(sequence, { bytes, answered });
    this.#noticeBytes += bytes;
    writeNotice(this.connection.out, sequence, notice);
  }

  /** Says goodbye, and ends the connection when what was asked has been answered, or after a while. */
  unbind(): void {
    if (this.#state === 'unbound') return;
    if (this.credential) this.connection.out.write('unbind', 0, this.#nextSequence());
    this.#leave();
  }

  /** Whoever says goodbye, what was asked before is answered before the end. */
  #leave(): void {
    this.#state = 'unbound';
    if (this.#unanswered === 0) this.#end();
    else this.#deps.clock.after(END_WITHIN_MS, () => this.#end());
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
    this.#heardAtMs = this.#deps.clock.elapsed();
    this.#askedAtMs = null;
    const sequence = sequenceNumber(bytes, at);
    const isAllowed = maySend(this.#state, command);
    if (!isAllowed) return this.#refuse(command, isAllowed, sequence);
    switch (command) {
      case commands.submit_sm:
        return this.#submit(bytes, at, length, sequence);
      case commands.deliver_sm_resp:
        return this.#noticeAnswered(sequence, commandStatus(bytes, at) === 0);
      case commands.generic_nack:
        return this.#noticeAnswered(sequence, false);
      case commands.enquire_link:
        return this.connection.out.write('enquire_link_resp', 0, sequence);
      case commands.unbind:
        this.#unbindSequence = sequence;
        return this.#leave();
      case commands.bind_transmitter:
      case commands.bind_receiver:
      case commands.bind_transceiver:
        return this.#bind(bytes, at, length, sequence);
      default:
        return;
    }
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
    this.#deps.log.info(event, { session: this.id, command, state: this.#state });
  }

  #bind(bytes: Buffer, at: number, length: number, sequence: number): void {
    const pdu = decode(bytes, at, length);
    const name = commandName(bytes.readUInt32BE(at + 4)) as BindName;
    if (isDecodeFault(pdu)) return this.#bindRefused(name, sequence, pdu.status, 'unreadable');
    if (!('system_id' in pdu.fields) || !('password' in pdu.fields)) return;
    const { system_id: systemId, password } = pdu.fields;
    this.#state = 'binding';
    this.connection.pause();
    void this.#authenticate(name, sequence, { systemId, password });
  }

  async #authenticate(name: BindName, sequence: number, login: { systemId: string; password: string }): Promise<void> {
    const { access } = this.#deps;
    const answer = await access.authenticateBind(login.systemId, login.password, this.connection.remoteAddress);
    if (!this.connection.isOpen || this.#state !== 'binding') return;
    this.connection.resume();
    if ('code' in answer) this.#bindRefused(name, sequence, faults[answer.code].smpp, answer.code);
    else this.#bound(name, sequence, answer);
  }

  #bound(name: BindName, sequence: number, credential: Credential): void {
    this.credential = credential;
    this.#state = stateAfterBind[name];
    this.connection.out.write(
      `${name}_resp`,
      0,
      sequence,
      { system_id: SYSTEM_ID },
      { sc_interface_version: INTERFACE_VERSION },
    );
    this.#deps.log.info('smpp_bound', { session: this.id, credential: credential.id, state: this.#state });
    this.#cancelTick();
    this.#tick();
    this.#events.bound(this);
  }

  /** Who fails to bind is cut off: a guess costs a connection. */
  #bindRefused(name: CommandName, sequence: number, status: number, reason: string): void {
    this.#deps.log.warn('smpp_bind_refused', { session: this.id, address: this.connection.remoteAddress, reason });
    this.connection.out.write(responseName(name)!, status, sequence);
    this.#state = 'unbound';
    this.connection.end(END_WITHIN_MS);
  }

  #submit(bytes: Buffer, at: number, length: number, sequence: number): void {
    const broken = view.read(bytes, at, length);
    if (broken) return this.connection.out.submitSmResp(broken.status, sequence, '');
    const submission = submissionOf(view, this.credential!, this.#deps.clock.now());
    if ('code' in submission) return this.#submitRefused(sequence, submission);
    if (++this.#unanswered >= this.#deps.limits.window) this.connection.pause();
    this.#deps.messages.submit(submission, (answer) => {
      this.#answered();
      if (isFault(answer)) this.#submitRefused(sequence, answer);
      else if (this.connection.isOpen) this.connection.out.submitSmResp(0, sequence, idText(answer.id));
    });
  }

  #submitRefused(sequence: number, why: Fault): void {
    this.#deps.log.debug('smpp_submit_refused', { session: this.id, fault: why.code });
    if (this.connection.isOpen) this.connection.out.submitSmResp(refusedStatus(why), sequence, '');
  }

  #answered(): void {
    this.#unanswered--;
    if (this.#unanswered < this.#deps.limits.window) this.connection.resume();
    if (this.#state === 'unbound' && this.#unanswered === 0) queueMicrotask(() => this.#end());
  }

  #noticeAnswered(sequence: number, taken: boolean): void {
    const notice = this.#notices.get(sequence);
    if (!notice) return;
    this.#notices.delete(sequence);
    this.#noticeBytes -= notice.bytes;
    notice.answered(taken);
  }

  #bindOverdue(): void {
    this.#deps.log.info('smpp_bind_overdue', { session: this.id, address: this.connection.remoteAddress });
    this.connection.end(END_WITHIN_MS);
  }

  /** A silent application is asked whether it is there, and cut off when it does not answer either. */
  #tick(): void {
    const silenceMs = this.#deps.limits.enquireLinkSeconds * SECOND_MS;
    const nowMs = this.#deps.clock.elapsed();
    this.#cancelTick = this.#deps.clock.after(Math.min(silenceMs, 5 * SECOND_MS), () => this.#tick());
    if (nowMs - this.#heardAtMs < silenceMs || !this.connection.isOpen) return;
    if (this.#askedAtMs === null) {
      this.#askedAtMs = nowMs;
      this.connection.out.write('enquire_link', 0, this.#nextSequence());
    } else if (nowMs - this.#askedAtMs >= silenceMs) {
      this.#deps.log.info('smpp_peer_silent', { session: this.id });
      this.connection.destroy();
    }
  }

  #closed(cause: string | null): void {
    this.#state = 'unbound';
    this.#cancelTick();
    for (const { answered } of this.#notices.values()) answered(false);
    this.#notices.clear();
    this.#deps.log.info('smpp_session_closed', { session: this.id, cause: cause ?? 'ended' });
    this.#events.closed(this);
  }
}
