import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { systemClock } from '../../src/base/clock.ts';
import { SmppConnection } from '../../src/transport/index.ts';
import { decode, isDecodeFault, type Pdu } from '../../src/wire/smpp/decode.ts';
import { outgoingMessage } from '../../src/wire/smpp/pdu-writer.ts';
import { formatReceipt, type ReceiptState } from '../../src/wire/smpp/receipt-text.ts';
import type { Tlvs } from '../../src/wire/smpp/tlvs.ts';

export type Submit = Extract<Pdu, { command: 'submit_sm' }>;
type Deliver = Parameters<SmppConnection['out']['deliverSm']>[1];

const RECEIPT = 0x04;

const bindNames = ['bind_transceiver', 'bind_transmitter', 'bind_receiver'] as const;
export type BindName = (typeof bindNames)[number];
const isBind = (pdu: Pdu): pdu is Extract<Pdu, { command: BindName }> =>
  (bindNames as readonly string[]).includes(pdu.command);

/** One ESME's connection, as the SMSC sees it. */
export interface EsmeSession {
  readonly connection: SmppConnection;
  /** How it is bound; null before. */
  bound: BindName | null;
  answer(submit: Submit, messageId: string): void;
  refuse(submit: Submit, status: number): void;
  /** Sends a deliver_sm, and resolves with the status of its answer. */
  deliver(message: Partial<Deliver>, tlvs?: Tlvs): Promise<number>;
  receipt(submit: Submit, messageId: string, state: ReceiptState): Promise<number>;
}

/** What the SMSC does; what is left out, it does in the ordinary way. */
export interface SmscScript {
  /** command_status of the answer to a bind; null for no answer. */
  bind?(password: string, session: EsmeSession): number | null;
  /** TLVs of the answer to a bind. */
  bindTlvs?: Tlvs;
  submit?(submit: Submit, session: EsmeSession): void;
}

/** An SMSC on a real socket of the loopback interface that does what the test says. */
export class ScriptedSmsc {
  readonly heard: Pdu[] = [];
  readonly sessions: EsmeSession[] = [];
  connectionCount = 0;
  script: SmscScript = {};
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  readonly #waiting = new Set<() => void>();
  #sequence = 0;
  #messageId = 0;

  constructor(identity: tls.TlsOptions | null = null) {
    const accept = (socket: net.Socket) => this.#accept(socket);
    this.#server = identity ? tls.createServer(identity, accept) : net.createServer(accept);
    this.#server.on('connection', (socket) => {
      this.connectionCount++;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    // A client that refuses our certificate breaks the handshake off.
    this.#server.on('tlsClientError', () => this.#wake());
  }

  async listen(port = 0): Promise<number> {
    await once(this.#server.listen(port, '127.0.0.1'), 'listening');
    return (this.#server.address() as net.AddressInfo).port;
  }

  get session(): EsmeSession {
    return this.sessions.at(-1)!;
  }

  /** The last of those that may be sent messages and receipts. */
  get receiver(): EsmeSession {
    return this.sessions.findLast(
      ({ bound, connection }) => connection.isOpen && bound !== null && bound !== 'bind_transmitter',
    )!;
  }

  heardOf(command: Pdu['command']): readonly Pdu[] {
    return this.heard.filter((pdu) => pdu.command === command);
  }

  /** Resolves when something has come after which `holds`. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
    }
  }

  /** Breaks all connections off. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.drop();
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #accept(socket: net.Socket): void {
    const answers = new Map<number, (status: number) => void>();
    const limits = { clock: systemClock, maxPduBytes: 70_000, maxUnsentBytes: 1_000_000 };
    const connection: SmppConnection = new SmppConnection(socket, limits, {
      pdu: (_command, bytes, at, length) => {
        const pdu = decode(bytes, at, length);
        if (isDecodeFault(pdu)) throw new Error(`the link wrote a broken PDU: ${pdu.field}`);
        this.heard.push(pdu);
        this.#handle(pdu, session, answers);
        this.#wake();
      },
      broken: () => this.#wake(),
      closed: () => this.#wake(),
    });
    const session = this.#session(connection, answers);
    this.sessions.push(session);
    this.#wake();
  }

  #session(connection: SmppConnection, answers: Map<number, (status: number) => void>): EsmeSession {
    const deliver: EsmeSession['deliver'] = (message, tlvs) => {
      const { promise, resolve } = Promise.withResolvers<number>();
      answers.set(++this.#sequence, resolve);
      connection.out.deliverSm(this.#sequence, { ...outgoingMessage(), ...message }, tlvs ?? null);
      return promise;
    };
    return {
      connection,
      bound: null,
      deliver,
      answer: ({ sequence }, messageId) => connection.out.submitSmResp(0, sequence, messageId),
      refuse: ({ sequence }, status) => connection.out.submitSmResp(status, sequence, ''),
      receipt: ({ fields }, messageId, state) =>
        deliver({
          source: fields.destination_addr,
          destination: fields.source_addr,
          esmClass: RECEIPT,
          text: formatReceipt({ messageId, submittedAtMs: 0, doneAtMs: 0, state, error: '000', text: '' }),
        }),
    };
  }

  #handle(pdu: Pdu, session: EsmeSession, answers: Map<number, (status: number) => void>): void {
    const { out } = session.connection;
    if (isBind(pdu)) {
      const status = this.script.bind ? this.script.bind(pdu.fields.password, session) : 0;
      if (status === 0) session.bound = pdu.command;
      const tlvs = status === 0 ? this.script.bindTlvs : undefined;
      if (status !== null) out.write(`${pdu.command}_resp`, status, pdu.sequence, { system_id: 'scripted' }, tlvs);
    } else if (pdu.command === 'submit_sm') {
      if (this.script.submit) this.script.submit(pdu, session);
      else session.answer(pdu, this.nextMessageId());
    } else if (pdu.command === 'deliver_sm_resp') {
      answers.get(pdu.sequence)?.(pdu.status);
      answers.delete(pdu.sequence);
    } else if (pdu.command === 'enquire_link') {
      out.write('enquire_link_resp', 0, pdu.sequence);
    } else if (pdu.command === 'unbind') {
      out.write('unbind_resp', 0, pdu.sequence);
      session.connection.end(1000);
    }
  }

  nextMessageId(): string {
    return `m${++this.#messageId}`;
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
