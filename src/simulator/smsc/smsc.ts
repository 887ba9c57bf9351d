import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { SECOND_MS } from '../../base/clock.ts';
import type { Dice } from '../../base/dice.ts';
import { never } from '../../base/must.ts';
import { commands } from '../../wire/smpp/commands.ts';
import { decode, isDecodeFault, type Pdu } from '../../wire/smpp/decode.ts';
import { maySend, refusalOf, type SessionState, stateAfterBind } from '../../wire/smpp/session-rules.ts';
import { statuses } from '../../wire/smpp/statuses.ts';
import { type Heard, Line } from '../line.ts';
import { frame, greetings, pdu } from '../octets.ts';
import type { InboundPlan, Script } from './conduct.ts';
import { Deliveries } from './deliveries.ts';
import { inboundPdus } from './inbound.ts';
import { type Action, type Deed, Mind } from './mind.ts';

const CONNECTIONS_MAX = 1000;
const UNSENT_BYTES_MAX = 64 << 20;
const OCTET_MS = SECOND_MS;
const GARBAGE_OCTETS = 2048;
const RESPONSE_BIT = 0x8000_0000;
const WANTS_RECEIPT = 0x01;
const versions = { '3.3': null, '3.4': 0x34, '5.0': 0x50 } as const;

export interface SmscOptions {
  readonly script: Script;
  readonly clock: Clock;
  readonly dice: Dice;
  /** Certificate and key, for SMPP over TLS. */
  readonly identity: tls.TlsOptions | null;
}

/** What has happened so far. */
export interface SmscCounts {
  connections: number;
  binds: number;
  submits: number;
  refused: number;
  /** deliver_sm that were taken. */
  delivered: number;
  inbound: number;
}

type Bind = Extract<Pdu, { command: 'bind_transceiver' | 'bind_receiver' | 'bind_transmitter' }>;

/** A carrier's SMSC that behaves as its script says, on the loopback interface. */
export class Smsc implements AsyncDisposable {
  readonly counts: SmscCounts = { connections: 0, binds: 0, submits: 0, refused: 0, delivered: 0, inbound: 0 };
  readonly #options: SmscOptions;
  readonly #mind: Mind;
  readonly #deliveries = new Deliveries();
  readonly #sockets = new Set<net.Socket>();
  readonly #states = new WeakMap<Line, SessionState>();
  readonly #server: net.Server;
  readonly #callOffs = new Set<() => void>();
  #hasBegunInbound = false;

  constructor(options: SmscOptions) {
    this.#options = options;
    this.#mind = new Mind(options.script, options.dice);
    const accept = (socket: net.Socket) => this.#connected(socket);
    this.#server = options.identity ? tls.createServer(options.identity, accept) : net.createServer(accept);
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** Returns the port. */
  async listen(port: number): Promise<number> {
    this.#server.listen({ host: '127.0.0.1', port });
    await once(this.#server, 'listening');
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** deliver_sm that are not answered. */
  get owed(): number {
    return this.#deliveries.open;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const callOff of this.#callOffs) callOff();
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #connected(socket: net.Socket): void {
    this.counts.connections++;
    this.#sockets.add(socket);
    const line: Line = new Line(socket, this.#options.clock, {
      heard: (heard) => this.#heard(line, heard),
      garbled: () => line.cut(),
      ended: () => {
        this.#sockets.delete(socket);
        this.#deliveries.left(line);
      },
    });
    this.#states.set(line, 'open');
    const { greeting } = this.#mind.conduct.bind ?? {};
    if (greeting === undefined) return;
    const garbage = this.#options.dice.fill(Buffer.alloc(GARBAGE_OCTETS, 0xff));
    line.send(greeting === 'garbage' ? Buffer.concat([Buffer.from([0xff]), garbage]) : greetings[greeting]);
  }

  #heard(line: Line, heard: Heard): void {
    if (line.unsentBytes > UNSENT_BYTES_MAX) return line.cut();
    const isAllowed = maySend(this.#states.get(line)!, heard.command);
    if (isAllowed) this.#take(line, heard);
    else refuse(line, heard, isAllowed);
  }

  #take(line: Line, heard: Heard): void {
    const { bytes, command, sequence, status } = heard;
    switch (command) {
      case commands.bind_transceiver:
      case commands.bind_transmitter:
      case commands.bind_receiver:
      case commands.submit_sm:
        return this.#read(line, bytes);
      case commands.enquire_link:
        if (this.#mind.conduct.link?.enquireLink !== 'ignores') line.send(pdu('enquire_link_resp', {}, { sequence }));
        return;
      case commands.deliver_sm_resp:
      case commands.generic_nack:
        if (this.#deliveries.answered(sequence, command === commands.generic_nack ? status || 1 : status))
          this.counts.delivered++;
        return;
      case commands.unbind:
        line.send(pdu('unbind_resp', {}, { sequence }));
        return this.#leave(line);
      default:
        // Requests that this SMSC does not do, and answers to what it has not asked.
        return refuse(line, heard, null);
    }
  }

  #leave(line: Line): void {
    this.#states.set(line, 'unbound');
    line.end();
  }

  #read(line: Line, bytes: Buffer): void {
    const read = decode(bytes, 0, bytes.length);
    if (isDecodeFault(read)) {
      const answer = (bytes.readUInt32BE(4) | RESPONSE_BIT) >>> 0;
      return line.send(frame(answer, '', { sequence: bytes.readUInt32BE(12), status: read.status }));
    }
    if (read.command === 'submit_sm') this.#submitted(line, read);
    else this.#bind(line, read as Bind);
  }

  #bind(line: Line, { command, sequence, fields }: Bind): void {
    const { answers = true, delayMs = 0, status, version = '3.4' } = this.#mind.conduct.bind ?? {};
    this.#states.set(line, 'binding');
    if (!answers) return;
    const { systemId = fields.system_id, password = fields.password } = this.#options.script;
    const isKnown = systemId === fields.system_id && password === fields.password;
    const answer = status ?? (isKnown ? 'ESME_ROK' : 'ESME_RINVPASWD');
    const spoken = versions[version];
    const about = { sequence, status: statuses[answer].value };
    // With an error there is no body (SMPP 3.4 §4.1.2), and so nothing for TLVs to stand behind.
    const tlvs = spoken === null || answer !== 'ESME_ROK' ? {} : { sc_interface_version: spoken };
    const bytes = pdu(`${command}_resp`, { system_id: 'simulator' }, { ...about, tlvs });
    const answerNow = () => {
      line.send(bytes);
      if (answer !== 'ESME_ROK') return this.#leave(line);
      this.#states.set(line, stateAfterBind[command]);
      this.counts.binds++;
      if (command !== 'bind_transmitter') this.#receives(line);
    };
    if (delayMs === 0) answerNow();
    else line.after(delayMs, answerNow);
  }

  #receives(line: Line): void {
    this.#deliveries.joined(line);
    if (this.#hasBegunInbound) return;
    this.#hasBegunInbound = true;
    for (const plan of this.#mind.conduct.inbound ?? []) this.#handIn(plan, 1, line);
  }

  /** From the first receiving bind on, as often as the plan says. */
  #handIn(plan: InboundPlan, number: number, line: Line): void {
    this.#later(plan.everyMs, () => {
      this.counts.inbound++;
      for (const fields of inboundPdus(plan, number))
        this.#deliveries.deliver({ fields, tlvs: null, on: 'the same bind' }, line);
      if (number < plan.times) this.#handIn(plan, number + 1, line);
    });
  }

  #submitted(line: Line, { sequence, fields }: Extract<Pdu, { command: 'submit_sm' }>): void {
    this.counts.submits++;
    const wantsReceipt = (fields.registered_delivery & WANTS_RECEIPT) !== 0;
    const submit = { sequence, from: fields.source_addr, to: fields.destination_addr, wantsReceipt };
    for (const action of this.#mind.onSubmit(submit, this.#options.clock.elapsed())) this.#plan(line, action);
  }

  /** What is to be delivered outlives its connection; what is to be said on it does not. */
  #plan(line: Line, { afterMs, deed }: Action): void {
    if (afterMs === 0) this.#do(line, deed);
    else if (deed.deed === 'deliver') this.#later(afterMs, () => this.#do(line, deed));
    else line.after(afterMs, () => this.#do(line, deed));
  }

  #later(delayMs: number, action: () => void): void {
    const callOff = this.#options.clock.after(delayMs, () => {
      this.#callOffs.delete(callOff);
      action();
    });
    this.#callOffs.add(callOff);
  }

  #do(line: Line, deed: Deed): void {
    switch (deed.deed) {
      case 'send':
        if (isRefusal(deed.bytes)) this.counts.refused++;
        return line.send(deed.bytes);
      case 'trickle':
        return line.trickle(deed.bytes, OCTET_MS);
      case 'deliver':
        return this.#deliveries.deliver(deed.delivery, line);
      case 'drop':
        if (deed.how === 'reset') return line.cut();
        if (deed.how === 'unbind') return line.send(pdu('unbind', {}, { sequence: 1 }));
        return line.end();
      default:
        return never(deed);
    }
  }
}

/** What may not be said, now (false) or ever (null), is answered by the rules of the session; an answer never is. */
function refuse(line: Line, { name, sequence }: Heard, isAllowed: false | null): void {
  const refusal = refusalOf(name, isAllowed);
  if (refusal !== null) line.send(pdu(refusal.answer, {}, { sequence, status: refusal.status }));
}

const isRefusal = (bytes: Buffer): boolean =>
  bytes.readUInt32BE(4) === commands.submit_sm_resp && bytes.readUInt32BE(8) !== 0;
