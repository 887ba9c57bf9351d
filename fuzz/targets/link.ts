import assert from 'node:assert/strict';
import net from 'node:net';
import type { Entropy } from '../../src/base/entropy.ts';
import type { Log } from '../../src/base/log.ts';
import { Secret } from '../../src/base/secret.ts';
import type { OutboundPart } from '../../src/carriers/carrier.ts';
import { SmppLink } from '../../src/carriers/smpp/link.ts';
import type { SmppCarrierSettings } from '../../src/carriers/smpp/settings.ts';
import { pdu } from '../../src/simulator/octets.ts';
import { commands } from '../../src/wire/smpp/commands.ts';
import { CarrierRecorder } from '../../test/support/carrier-recorder.ts';
import { HandClock } from '../../test/support/hand-clock.ts';
import type { Target } from '../target.ts';
import { conversationSeeds, FakeSocket, type Op, opsOf, settled } from './conversation.ts';
import { pduWords } from './words.ts';

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };
const STEADY: Entropy = { fill: (target) => target.fill(7), fraction: () => 0.5 };
const STATES = ['binding', 'bound', 'in flight', 'in two binds', 'ending'] as const;
const HALF_SECOND_MS = 500;
const RESPONSE_MS = 5000;
const PARTS_MAX = 200;

const settings: SmppCarrierSettings = {
  host: '127.0.0.1',
  port: 1,
  tls: false,
  systemId: 'sallyport',
  window: 4,
  responseSeconds: RESPONSE_MS / 1000,
  enquireLinkSeconds: 5,
};

/** A link, an SMSC that says what the input says, and everything that is reported. */
class World {
  readonly clock = new HandClock(1_900_000_000_000);
  readonly heard = new CarrierRecorder();
  readonly sockets: FakeSocket[] = [];
  readonly #link: SmppLink<OutboundPart>;
  readonly #parts: OutboundPart[] = [];
  readonly #answered = new Map<FakeSocket, number>();
  #stopped: Promise<void> | null = null;

  constructor(isInTwo: boolean) {
    const more = isInTwo ? ({ mode: 'transmitter+receiver' } as const) : {};
    this.#link = new SmppLink<OutboundPart>(
      {
        name: 'fuzz',
        settings: { ...settings, ...more },
        password: new Secret('opensesa'),
        tls: null,
        clock: this.clock,
        entropy: STEADY,
        log: SILENT,
      },
      this.heard,
    );
  }

  /** What `net.connect` gives while the world lasts. */
  connect(): net.Socket {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    queueMicrotask(() => void socket.emit('connect'));
    return socket.asSocket();
  }

  async enter(state: (typeof STATES)[number]): Promise<void> {
    this.#link.start();
    await settled();
    if (state === 'binding') return;
    for (const socket of this.sockets) this.#answerNext(socket);
    await settled();
    assert.equal(this.#link.status, 'bound', 'an honest answer to its bind is taken');
    if (state === 'in flight' || state === 'ending') while (this.#link.room > 0) this.#submit();
    if (state === 'ending') this.#stopped = this.#link.stop();
    await settled();
  }

  async act({ name, bytes }: Op): Promise<void> {
    const [octet = 0] = bytes;
    const socket = this.sockets.at(-1 - (octet % 2)) ?? this.sockets.at(-1)!;
    switch (name) {
      case 'octets':
        return this.sockets.at(-1)!.says(bytes);
      case 'time':
        return this.#pass(octet % 64);
      case 'answer':
        return this.#answerNext(socket);
      case 'tell':
        return this.#submit();
      case 'close':
        return socket.breaks(null);
      case 'error':
        return socket.breaks(new Error('reset'));
      case 'dismiss':
        this.#stopped ??= this.#link.stop();
        return;
      case 'settle':
        return settled();
      default:
        return name satisfies never;
    }
  }

  async finish(): Promise<void> {
    this.#stopped ??= this.#link.stop();
    await settled();
    this.clock.advance(RESPONSE_MS + 2000);
    await this.#stopped;
    for (const socket of this.sockets) socket.breaks(null);
    await settled();
    const reported = this.heard.reported.map(({ part }) => part);
    assert.equal(reported.length, this.#parts.length, 'every part is reported once');
    assert.equal(new Set(reported).size, this.#parts.length, 'no part is reported in the place of another');
    assert.equal(this.#link.room, 0);
  }

  #pass(halfSeconds: number): void {
    for (let left = halfSeconds; left > 0; left--) this.clock.advance(HALF_SECOND_MS);
  }

  #submit(): void {
    if (this.#link.room <= 0 || this.#parts.length === PARTS_MAX) return;
    const part: OutboundPart = {
      to: '12025550143',
      from: '72345',
      dataCoding: 0,
      hasHeader: false,
      octets: Buffer.from('hello'),
      protocolId: 0,
      tlvs: null,
      place: null,
      expiresAtMs: Date.UTC(2031, 0, 1),
    };
    this.#parts.push(part);
    this.#link.submit(part);
  }

  /** Answers the next request of the link as it should be, so that an input need not know its sequence_number. */
  #answerNext(socket: FakeSocket): void {
    const at = this.#answered.get(socket) ?? 0;
    this.#answered.set(socket, at + 1);
    const request = socket.written[at];
    if (request === undefined) return;
    const { sequence } = request;
    const answers: Readonly<Record<number, () => Buffer>> = {
      [commands.bind_transceiver]: () => pdu('bind_transceiver_resp', { system_id: 'smsc' }, { sequence }),
      [commands.bind_transmitter]: () => pdu('bind_transmitter_resp', { system_id: 'smsc' }, { sequence }),
      [commands.bind_receiver]: () => pdu('bind_receiver_resp', { system_id: 'smsc' }, { sequence }),
      [commands.submit_sm]: () => pdu('submit_sm_resp', { message_id: `m${sequence}` }, { sequence }),
      [commands.enquire_link]: () => pdu('enquire_link_resp', {}, { sequence }),
    };
    const answer = answers[request.command];
    if (answer) socket.says(answer());
  }
}

const ownConnect = net.connect;

/** The first octet says in which state the conversation begins; the rest is what happens. */
export const link: Target = {
  name: 'link',
  modules:
    /src\/(?:carriers\/smpp\/|transport\/smpp-connection|wire\/smpp\/(?:session-rules|receipt-text|message-view))/,
  maxBytes: 4096,
  dictionary: pduWords,
  seeds: () => conversationSeeds(STATES.length),
  async run(input) {
    const state = STATES[(input[0] ?? 0) % STATES.length]!;
    const world = new World(state === 'in two binds');
    net.connect = () => world.connect();
    try {
      await world.enter(state);
      for (const op of opsOf(input.subarray(1))) await world.act(op);
      await world.finish();
    } finally {
      net.connect = ownConnect;
    }
  },
};
