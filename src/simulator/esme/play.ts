import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { type Clock, SECOND_MS } from '../../base/clock.ts';
import { never } from '../../base/must.ts';
import type { CommandName } from '../../wire/smpp/commands.ts';
import { type StatusName, statuses, statusName } from '../../wire/smpp/statuses.ts';
import { type Heard, Line } from '../line.ts';
import { pdu } from '../octets.ts';
import type { Asked, End, Manner, Misbehaviour, Step, Wanted } from './misbehaviour.ts';

/** The server that is tried. The caller has made sure that it may be. */
export interface Target {
  readonly address: string;
  readonly port: number;
  /** The address of this machine to come from, where it matters. */
  readonly localAddress?: string;
  /** Null for a plain connection. */
  readonly tls: tls.ConnectionOptions | null;
}

/** How long things take. All of it is bounded. */
export interface Pace {
  readonly clock: Clock;
  /** How long an answer, or the end of the connection, is waited for. */
  readonly patienceMs: number;
  /** Between two octets of what comes octet by octet. */
  readonly octetMs: number;
  /** How late a late answer is. */
  readonly lateMs: number;
}

/** What came of one misbehaviour: null where the server did what a sound one does, else what it did instead. */
export interface Verdict {
  readonly name: string;
  readonly complaint: string | null;
}

const FLOOD_BYTES_MAX = 64 << 20;
const FLOOD_CHUNK_BYTES = 64 << 10;
const FLOOD_LOOK_MS = 20;
const CONNECT_MS = 10 * SECOND_MS;
const HEARD_MAX = 100_000;
const PROBE_SEQUENCE = 0x00c0_ffee;
const STRANGE_SEQUENCE = 0x0bad_5e9;

/** Plays one row against a server, then knocks once as an honest application would: a server that is gone is not sound. */
export async function play(row: Misbehaviour, target: Target, asked: Asked, pace: Pace): Promise<Verdict> {
  const complaint = (await playConnections(row, target, asked, pace)) ?? (await knock(target, pace));
  return { name: row.name, complaint };
}

async function playConnections(row: Misbehaviour, target: Target, asked: Asked, pace: Pace): Promise<string | null> {
  const playOne = () => Talk.play(row.plan(asked), row.end, target, pace);
  if (row.connections === undefined) return playOne();
  if (row.connections === 'at once')
    return (await Promise.all(Array.from({ length: asked.count }, playOne))).find((said) => said !== null) ?? null;
  for (let left = asked.count; left > 0; left--) {
    const complaint = await playOne();
    if (complaint !== null) return complaint;
  }
  return null;
}

async function knock(target: Target, pace: Pace): Promise<string | null> {
  const complaint = await Talk.play([], 'open', target, pace);
  return complaint === null ? null : `afterwards, for another connection: ${complaint}`;
}

async function connect({ address, tls: options, ...rest }: Target, clock: Clock): Promise<net.Socket> {
  const to = { ...rest, host: address };
  const socket = options === null ? net.connect(to) : tls.connect({ ...options, ...to });
  const callOff = clock.after(CONNECT_MS, () => socket.destroy(new Error('no answer')));
  try {
    await once(socket, options === null ? 'connect' : 'secureConnect');
    return socket;
  } finally {
    callOff();
  }
}

/** Raised within a talk when something does not come that a sound server says. */
class Unsound extends Error {
  override name = 'Unsound';
}

const seconds = (ms: number): string => `${ms / SECOND_MS} s`;
const named = (status: number): string => statusName(status) ?? `command_status 0x${status.toString(16)}`;

/** One connection, from its steps to its end. */
class Talk {
  readonly #line: Line;
  readonly #pace: Pace;
  readonly #heard: Heard[] = [];
  readonly #counts = new Map<CommandName | null, number>();
  #manner: Manner = {};
  #isEnded = false;
  #wake = Promise.withResolvers<void>();

  /** What the server did that a sound one does not, or null. */
  static async play(steps: readonly Step[], end: End, target: Target, pace: Pace): Promise<string | null> {
    let socket: net.Socket;
    try {
      socket = await connect(target, pace.clock);
    } catch {
      return 'it takes no connection';
    }
    const talk = new Talk(socket, pace);
    try {
      for (const step of steps) await talk.#take(step);
      await talk.#finish(end);
      return null;
    } catch (error) {
      if (error instanceof Unsound) return error.message;
      throw error;
    } finally {
      socket.destroy();
    }
  }

  constructor(socket: net.Socket, pace: Pace) {
    this.#pace = pace;
    this.#line = new Line(socket, pace.clock, {
      heard: (heard) => this.#onHeard(heard),
      garbled: () => {},
      ended: () => {
        this.#isEnded = true;
        this.#wake.resolve();
      },
    });
  }

  async #take(step: Step): Promise<void> {
    switch (step.step) {
      case 'send':
        return this.#line.send(step.bytes);
      case 'trickle':
        return this.#line.trickle(step.bytes, this.#pace.octetMs);
      case 'answer':
        return this.#answered(step.sequence, step.wanted);
      case 'hear':
        return this.#hears(step);
      case 'manner':
        this.#manner = step.manner;
        return;
      case 'deafen':
        return this.#line.deafen();
      case 'flood':
        return this.#flood(step.bytes);
      case 'be late':
        return this.#pace.clock.sleep(this.#pace.lateMs);
      case 'cut':
        return this.#line.cut();
      case 'end':
        return this.#line.end();
      default:
        return never(step);
    }
  }

  async #finish(end: End): Promise<void> {
    if (end === 'gone') return;
    if (end === 'closed') {
      this.#line.listen();
      const isClosed = await this.#until(() => this.#isEnded);
      if (!isClosed) throw new Unsound(`it has not closed the connection within ${seconds(this.#pace.patienceMs)}`);
      return;
    }
    if (end === 'open' && this.#isEnded) throw new Unsound('it has closed the connection');
    this.#line.send(pdu('enquire_link', {}, { sequence: PROBE_SEQUENCE }));
    const isSound = await this.#until(
      () => this.#answerTo(PROBE_SEQUENCE) !== undefined || (end === 'either' && this.#isEnded),
    );
    if (!isSound)
      throw new Unsound(this.#isEnded ? 'it has closed the connection' : 'it no longer answers enquire_link');
    this.#line.send(pdu('unbind', {}, { sequence: PROBE_SEQUENCE + 1 }));
  }

  async #answered(sequence: number, wanted: Wanted): Promise<void> {
    await this.#until(() => this.#answerTo(sequence) !== undefined || this.#isEnded);
    const heard = this.#answerTo(sequence);
    if (heard === undefined) {
      const words = this.#isEnded
        ? 'it has closed the connection without'
        : `in ${seconds(this.#pace.patienceMs)} came no`;
      throw new Unsound(`${words} answer to sequence_number ${sequence}`);
    }
    const trouble = troubleWith(heard, wanted);
    if (trouble !== null) throw new Unsound(trouble);
  }

  async #hears({ name, times, mayLeave }: Extract<Step, { step: 'hear' }>): Promise<void> {
    const count = () => this.#counts.get(name) ?? 0;
    await this.#until(() => count() >= times || this.#isEnded);
    if (count() >= times || (mayLeave && this.#isEnded)) return;
    throw new Unsound(`of ${times} ${name} came ${count()}${this.#isEnded ? ' before it closed the connection' : ''}`);
  }

  /** Until the other side takes no more, the connection ends, or 64 MiB have left. */
  async #flood(bytes: Buffer): Promise<void> {
    const chunk = Buffer.concat(Array.from({ length: Math.ceil(FLOOD_CHUNK_BYTES / bytes.length) }, () => bytes));
    for (let sent = 0; sent < FLOOD_BYTES_MAX && !this.#isEnded; sent += chunk.length) {
      this.#line.send(chunk);
      if (this.#line.unsentBytes > FLOOD_CHUNK_BYTES * 4) await this.#pace.clock.sleep(FLOOD_LOOK_MS);
    }
  }

  /** Whether it came to hold within the patience there is. */
  async #until(holds: () => boolean): Promise<boolean> {
    const patience = new AbortController();
    const callOff = this.#pace.clock.after(this.#pace.patienceMs, () => {
      patience.abort();
      this.#wake.resolve();
    });
    while (!holds() && !patience.signal.aborted) {
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
    }
    callOff();
    return holds();
  }

  #answerTo(sequence: number): Heard | undefined {
    return this.#heard.find((heard) => heard.sequence === sequence && isAnswer(heard));
  }

  #onHeard(heard: Heard): void {
    this.#counts.set(heard.name, (this.#counts.get(heard.name) ?? 0) + 1);
    if (this.#heard.length < HEARD_MAX) this.#heard.push(heard);
    if (heard.name === 'enquire_link') this.#onEnquireLink(heard.sequence);
    if (heard.name === 'deliver_sm') this.#onDeliver(heard.sequence);
    if (heard.name === 'unbind') this.#line.send(pdu('unbind_resp', {}, { sequence: heard.sequence }));
    this.#wake.resolve();
  }

  #onEnquireLink(sequence: number): void {
    if (this.#manner.enquireLink === 'ignore') return;
    const wrong = this.#manner.enquireLink === 'another sequence';
    this.#line.send(pdu('enquire_link_resp', {}, { sequence: wrong ? STRANGE_SEQUENCE : sequence }));
  }

  #onDeliver(sequence: number): void {
    const response = (status: StatusName) =>
      this.#line.send(pdu('deliver_sm_resp', {}, { sequence, status: statuses[status].value }));
    const { deliver } = this.#manner;
    switch (deliver) {
      case undefined:
        return response('ESME_ROK');
      case 'ignore':
        return;
      case 'late':
        return this.#line.after(this.#pace.lateMs, () => response('ESME_ROK'));
      case 'refuse':
        return response('ESME_RX_T_APPN');
      case 'nack':
        return this.#line.send(pdu('generic_nack', {}, { sequence, status: statuses.ESME_RINVCMDID.value }));
      case 'twice':
        response('ESME_ROK');
        return response('ESME_ROK');
      default:
        return never(deliver);
    }
  }
}

const isAnswer = ({ name }: Heard): boolean => name !== null && (name === 'generic_nack' || name.endsWith('_resp'));

function troubleWith({ status }: Heard, wanted: Wanted): string | null {
  if (wanted === 'any') return null;
  if (wanted === 'accepted') return status === 0 ? null : `it answered ${named(status)}`;
  if (status === 0) return 'it accepted what a sound server refuses';
  if (wanted === 'refused') return null;
  return wanted.some((name) => statuses[name].value === status)
    ? null
    : `it answered ${named(status)} in the place of ${wanted.join(' or ')}`;
}
