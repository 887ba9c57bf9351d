import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { CommandName } from '../../src/wire/smpp/commands.ts';
import { decode, isDecodeFault, type Pdu } from '../../src/wire/smpp/decode.ts';
import { FrameReader } from '../../src/wire/smpp/frames.ts';
import { PduWriter } from '../../src/wire/smpp/pdu-writer.ts';
import type { PduFields } from '../../src/wire/smpp/pdus.ts';
import type { Tlvs } from '../../src/wire/smpp/tlvs.ts';
import type { GatewayProcess } from './gateway-process.ts';

export type Heard<Name extends CommandName> = Extract<Pdu, { command: Name }>;
export type BindName = 'bind_transceiver' | 'bind_transmitter' | 'bind_receiver';
type Message = Partial<Omit<PduFields<'submit_sm'>, 'short_message'>> & { short_message?: Buffer | string };

export interface SmppLogin {
  readonly systemId: string;
  readonly password: string;
}

const MAX_PDU_BYTES = 70_000;
export const SENDER = '10666';
/** The sandbox delivers to it at once. */
export const HANDSET = '12025550143';

/** An application that speaks SMPP to the gateway over a real socket: it says what the test says, and notes what it hears. */
export class Esme implements Disposable {
  readonly socket: net.Socket;
  readonly #heard: Pdu[] = [];
  readonly #reader = new FrameReader(MAX_PDU_BYTES);
  readonly #closed: Promise<void>;
  #wake = Promise.withResolvers<void>();
  #isClosed = false;
  #answersEnquireLink = false;
  #sequence = 0;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    // The gateway may cut a connection off with what we sent unread; `ended` tells.
    socket.on('error', () => {});
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = promise;
    socket.on('close', () => {
      this.#isClosed = true;
      this.#wake.resolve();
      resolve();
    });
  }

  /** Connects without TLS; from another address of this machine, where one is given. */
  static async plain(gateway: Pick<GatewayProcess, 'smppPlainPort'>, localAddress = '127.0.0.1'): Promise<Esme> {
    const socket = net.connect({ port: gateway.smppPlainPort, host: '127.0.0.1', localAddress });
    await once(socket, 'connect');
    return new Esme(socket);
  }

  /** With a certificate of its own, where one is given. */
  static async overTls(
    gateway: Pick<GatewayProcess, 'smppTlsPort' | 'authority'>,
    own: { key: string; cert: string } | null = null,
  ): Promise<Esme> {
    const to = { host: '127.0.0.1', port: gateway.smppTlsPort, ca: gateway.authority };
    const socket = tls.connect({ ...to, ...own });
    await once(socket, 'secureConnect');
    return new Esme(socket);
  }

  /** Connects without TLS, and is bound. */
  static async bound(
    gateway: Pick<GatewayProcess, 'smppPlainPort'>,
    login: SmppLogin,
    as: BindName = 'bind_transceiver',
  ): Promise<Esme> {
    const esme = await Esme.plain(gateway);
    await esme.binds(login, as);
    return esme;
  }

  /** Sends one PDU and returns its sequence_number. */
  sends<Name extends CommandName>(
    command: Name,
    fields: Partial<PduFields<Name>> = {},
    about: { status?: number; sequence?: number; tlvs?: Tlvs } = {},
  ): number {
    const sequence = about.sequence ?? ++this.#sequence;
    const writer = new PduWriter(() => {});
    writer.write(command, about.status ?? 0, sequence, fields, about.tlvs);
    this.sendsBytes(Buffer.concat(writer.take()));
    return sequence;
  }

  sendsBytes(bytes: Buffer | string): void {
    this.socket.write(bytes);
  }

  /** Sends a submit_sm of a short text to the handset, but for what is said otherwise. */
  submits(message: Message = {}, tlvs: Tlvs = {}): number {
    const { short_message: text = 'hello', ...rest } = message;
    const fields = { source_addr: SENDER, destination_addr: HANDSET, ...rest, short_message: Buffer.from(text) };
    return this.sends('submit_sm', fields, { tlvs });
  }

  /** Waits for the next PDU of this command, whatever comes before it, and holds it to the status and sequence given. */
  async hears<Name extends CommandName>(
    command: Name,
    expected: { status?: number; sequence?: number } = { status: 0 },
  ): Promise<Heard<Name>> {
    for (;;) {
      const at = this.#heard.findIndex((pdu) => pdu.command === command);
      if (at >= 0) {
        const [pdu] = this.#heard.splice(at, 1) as [Heard<Name>];
        assert.deepEqual(
          { ...expected, status: pdu.status, sequence: pdu.sequence },
          { status: pdu.status, sequence: pdu.sequence, ...expected },
        );
        return pdu;
      }
      assert.ok(!this.#isClosed, `the connection ended before ${command} came`);
      await this.#wake.promise;
    }
  }

  /** From now on, answers the gateway's enquire_link by itself. */
  answersEnquireLink(): void {
    this.#answersEnquireLink = true;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What came and was not asked for. */
  get unheard(): readonly Pdu[] {
    return this.#heard;
  }

  async binds({ systemId, password }: SmppLogin, as: BindName = 'bind_transceiver', status = 0): Promise<void> {
    const sequence = this.sends(as, { system_id: systemId, password, interface_version: 0x34 });
    await this.hears(`${as}_resp`, { status, sequence });
  }

  /** Submits a message and returns the id that the gateway gives it. */
  async submitted(message: Message = {}, tlvs: Tlvs = {}): Promise<string> {
    const sequence = this.submits(message, tlvs);
    return (await this.hears('submit_sm_resp', { status: 0, sequence })).fields.message_id;
  }

  /** Waits for the next deliver_sm and takes it. */
  async receives(): Promise<Heard<'deliver_sm'>> {
    const delivered = await this.hears('deliver_sm');
    this.sends('deliver_sm_resp', {}, { sequence: delivered.sequence });
    return delivered;
  }

  /** Waits until the gateway has ended the connection. */
  async ended(): Promise<void> {
    await this.#closed;
  }

  /** Says goodbye, and waits for the end. */
  async unbinds(): Promise<void> {
    const sequence = this.sends('unbind');
    await this.hears('unbind_resp', { status: 0, sequence });
    await this.ended();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#reader.feed(chunk);
    for (let answer = this.#reader.next(); answer !== 'wait'; answer = this.#reader.next()) {
      assert.equal(answer, 'handle', 'the gateway writes nothing but PDUs');
      const pdu = decode(this.#reader.bytes, this.#reader.at, this.#reader.length);
      if (isDecodeFault(pdu)) throw new Error(`the gateway wrote a broken PDU: ${pdu.field}`);
      if (this.#answersEnquireLink && pdu.command === 'enquire_link')
        this.sends('enquire_link_resp', {}, { sequence: pdu.sequence });
      else this.#heard.push(pdu);
    }
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }
}

/** The words of a receipt's text, by their keys. */
export function receiptWords({ fields }: Heard<'deliver_sm'>): Record<string, string> {
  const words =
    /^id:(?<id>\S+) sub:(?<sub>\d+) dlvrd:(?<dlvrd>\d+) submit date:(?<submit>\d{10}) done date:(?<done>\d{10}) stat:(?<stat>\w+) err:(?<err>\d{3}) text:(?<text>.*)$/.exec(
      fields.short_message.toString('latin1'),
    )?.groups;
  assert.ok(words, 'the text of a receipt has the form of SMPP 3.4 appendix B');
  return { ...words };
}
