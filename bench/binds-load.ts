import type net from 'node:net';
import { setInterval, setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../src/base/clock.ts';
import { SmppConnection, type SmppConnectionHandler } from '../src/transport/index.ts';
import { commands } from '../src/wire/smpp/commands.ts';
import { commandStatus, sequenceNumber } from '../src/wire/smpp/header.ts';
import { outgoingMessage } from '../src/wire/smpp/pdu-writer.ts';
import { connect } from './connect.ts';
import { serve } from './processes.ts';
import { Recipients } from './recipients.ts';
import { Waits } from './waits.ts';

/** Many binds of several applications: they stand idle, or all send at once. */
export interface Login {
  readonly systemId: string;
  readonly password: string;
}

export interface OpenOptions {
  readonly port: number;
  readonly authority: string | null;
  readonly sender: string;
  readonly logins: readonly Login[];
  readonly bindsEach: number;
  /** Sends one-time codes, at a pace, beside the others. */
  readonly codes: Login;
}

export interface SendOptions {
  readonly seconds: number;
  readonly window: number;
  readonly codesPerSecond: number;
}

export interface SendResult {
  /** Accepted, of each application. */
  readonly accepted: readonly number[];
  readonly refused: number;
  readonly codes: number;
  readonly codeP50Ms: number;
  readonly codeP99Ms: number;
  readonly codeMaxMs: number;
}

const LIMITS = { clock: systemClock, maxPduBytes: 70_000, maxUnsentBytes: 64 << 20 };
const SEQUENCE_MAX = 0x7fff_ffff;
const BACK_OFF_MS = 20;
const SECOND_MS = 1000;

const message = { ...outgoingMessage(), destinationTon: 1, destinationNpi: 1, text: 'hello' };
const recipients = new Recipients();
const waits = new Waits();
let isSending = false;
let window = 0;

class Client implements SmppConnectionHandler {
  accepted = 0;
  refused = 0;
  readonly #connection: SmppConnection;
  readonly #sentAtMs = new Map<number, number>();
  readonly #isTimed: boolean;
  readonly #bound = Promise.withResolvers<void>();
  #sequence = 1;
  #inFlight = 0;

  constructor(socket: net.Socket, isTimed: boolean) {
    this.#isTimed = isTimed;
    this.#connection = new SmppConnection(socket, LIMITS, this);
  }

  bind({ systemId, password }: Login): Promise<void> {
    const fields = { system_id: systemId, password, interface_version: 0x34 };
    this.#connection.out.write('bind_transceiver', 0, 1, fields);
    return this.#bound.promise;
  }

  fill(): void {
    if (!isSending) return;
    while (this.#inFlight < window) this.submit();
  }

  submit(): void {
    this.#sequence = (this.#sequence % SEQUENCE_MAX) + 1;
    this.#inFlight++;
    message.destination = recipients.next();
    if (this.#isTimed) this.#sentAtMs.set(this.#sequence, performance.now());
    this.#connection.out.submitSm(this.#sequence, message);
  }

  pdu(command: number, bytes: Buffer, at: number): void {
    const sequence = sequenceNumber(bytes, at);
    if (command === commands.submit_sm_resp) this.#answered(sequence, commandStatus(bytes, at));
    else if (command === commands.deliver_sm) this.#connection.out.deliverSmResp(0, sequence);
    else if (command === commands.enquire_link) this.#connection.out.write('enquire_link_resp', 0, sequence);
    else if (command === commands.bind_transceiver_resp) this.#onBound(commandStatus(bytes, at));
  }

  broken(): void {}

  closed(cause: string | null): void {
    throw new Error(`the gateway closed a connection: ${cause}`);
  }

  #onBound(status: number): void {
    if (status === 0) this.#bound.resolve();
    else this.#bound.reject(new Error(`the bind was refused with command_status ${status}`));
  }

  #answered(sequence: number, status: number): void {
    this.#inFlight--;
    const sentAtMs = this.#sentAtMs.get(sequence);
    this.#sentAtMs.delete(sequence);
    if (sentAtMs !== undefined) waits.add(performance.now() - sentAtMs);
    if (status === 0) this.accepted++;
    else this.refused++;
    if (this.#isTimed) return;
    if (status === 0) this.fill();
    else setTimeout(() => this.fill(), BACK_OFF_MS);
  }
}

let applications: Client[][] = [];
let codes: Client | null = null;

async function open(options: OpenOptions, login: Login, isTimed = false): Promise<Client> {
  const client = new Client(await connect(options.port, options.authority), isTimed);
  await client.bind(login);
  return client;
}

/** The binds of one application one after the other, those of all applications at once. */
async function openAll(options: OpenOptions): Promise<void> {
  message.source = options.sender;
  applications = await Promise.all(
    options.logins.map(async (login) => {
      const clients: Client[] = [];
      while (clients.length < options.bindsEach) clients.push(await open(options, login));
      return clients;
    }),
  );
  codes = await open(options, options.codes, true);
}

async function send({ seconds, window: wanted, codesPerSecond }: SendOptions): Promise<SendResult> {
  isSending = true;
  window = wanted;
  const endMs = performance.now() + seconds * SECOND_MS;
  for (const client of applications.flat()) client.fill();
  for await (const _ of setInterval(SECOND_MS / codesPerSecond)) {
    if (performance.now() >= endMs) break;
    codes!.submit();
  }
  const accepted = applications.map((clients) => clients.reduce((sum, client) => sum + client.accepted, 0));
  isSending = false;
  await sleep(SECOND_MS);
  const { p50Ms, p99Ms, maxMs } = waits.quantiles();
  const refused = applications.flat().reduce((sum, client) => sum + client.refused, 0);
  return { accepted, refused, codes: codes!.accepted, codeP50Ms: p50Ms, codeP99Ms: p99Ms, codeMaxMs: maxMs };
}

serve({ open: openAll, send });
