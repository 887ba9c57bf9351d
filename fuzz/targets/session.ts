import assert from 'node:assert/strict';
import type { Credential } from '../../src/access/index.ts';
import type { Entropy } from '../../src/base/entropy.ts';
import { type Fault, fault } from '../../src/base/fault.ts';
import { IdSource } from '../../src/base/id.ts';
import type { Log } from '../../src/base/log.ts';
import { Application } from '../../src/doors/smpp/application.ts';
import type { SmppDoorDeps } from '../../src/doors/smpp/deps.ts';
import { PeerLog } from '../../src/doors/smpp/peer-log.ts';
import { Session, type SessionHost } from '../../src/doors/smpp/session.ts';
import type { Settled } from '../../src/messages/contract.ts';
import type { Notice, OwnMessages, Progress } from '../../src/messages/index.ts';
import { pdu } from '../../src/simulator/octets.ts';
import { commands } from '../../src/wire/smpp/commands.ts';
import { HandClock } from '../../test/support/hand-clock.ts';
import { fakeUses } from '../../test/support/on-record.ts';
import type { Target } from '../target.ts';
import { conversationSeeds, FakeSocket, type Op, opsOf, settled } from './conversation.ts';
import { pduWords } from './words.ts';

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };
const STATES = ['open', 'bind_transmitter', 'bind_receiver', 'bind_transceiver', 'unbind'] as const;
const HALF_SECOND_MS = 500;
const STEADY: Entropy = { fill: (target) => target.fill(7), fraction: () => 0.5 };
const ID = Buffer.alloc(16, 7);
const ACCEPTED = { id: ID, state: 'accepted', segments: 1, dataCoding: 0, acceptedAtMs: 0, expiresAtMs: 0 } as const;
const PROGRESS: Progress = { id: ID, state: 'delivered', doneAtMs: 1, code: 0 };
const REFUSALS: readonly Fault[] = [fault('throttled'), fault('invalid_number'), fault('store_unavailable')];

const credential: Credential = {
  accountId: 1,
  id: 1,
  kind: 'smpp',
  name: 'fuzz',
  lookup: 'fortress',
  capability: {
    verbs: ['send'],
    senders: ['72345'],
    classes: ['transactional'],
    carriers: ['sandbox'],
    networks: ['127.0.0.0/8'],
    smpp: { maxBinds: 3, messagesPerSecond: 50, window: 5 },
  },
  createdAtMs: 0,
  expiresAtMs: Number.MAX_SAFE_INTEGER,
  revokedAtMs: null,
};

const notices: readonly Notice[] = (['delivered', 'undelivered', 'expired', 'failed'] as const).map((state, at) => ({
  messageId: ID as Notice['messageId'],
  accountId: 1,
  credentialId: 1,
  state,
  handset: '12025550143',
  sender: '72345',
  reference: null,
  isOneOfMany: false,
  code: at,
  acceptedAtMs: 0,
  doneAtMs: 1,
  content:
    at % 2 === 0 ? null : { octets: Buffer.from('hello'), dataCoding: 0, hasHeader: false, protocolId: 0, tlvs: null },
}));

/** One session with a river and a door that do as the input says. */
class World implements SessionHost {
  readonly clock = new HandClock(1_900_000_000_000);
  readonly socket = new FakeSocket();
  readonly deps: SmppDoorDeps;
  readonly log: PeerLog;
  readonly #session: Session;
  readonly #waiting: Settled[] = [];
  readonly #application = new Application(credential);
  told = 0;
  toldAnswered = 0;
  closedTimes = 0;

  constructor() {
    const { clock } = this;
    this.deps = {
      messages: { submit: (_, answer) => void this.#waiting.push(answer) },
      own: this.#own(),
      fullness: () => 0.5,
      ids: new IdSource(clock, STEADY),
      access: {
        authenticateBind: (systemId) =>
          Promise.resolve(systemId === 'fortress' ? credential : fault('credential_invalid')),
        onRevoked: () => () => {},
        onBanned: () => () => {},
      },
      uses: fakeUses,
      clock,
      log: SILENT,
      limits: {
        maxConnections: 10,
        connectionsPerAddress: 10,
        unboundPerAddress: 10,
        window: 10,
        maxPduBytes: 2048,
        bindSeconds: 10,
        pduSeconds: 10,
        enquireLinkSeconds: 5,
        inactivitySeconds: 60,
        responseSeconds: 5,
      },
      clientCa: null,
      receiverBound: () => {},
    };
    this.log = new PeerLog(this.deps);
    this.#session = new Session(1, this.socket.asSocket(), { source: '127.0.0.1', isBound: false }, this);
  }

  application(): Application {
    return this.#application;
  }

  bound(): void {
    this.#application.boundCount++;
  }

  closed(): void {
    this.closedTimes++;
  }

  /** Whatever is asked about a message is answered when the input says so, like a message. */
  #own(): OwnMessages {
    const later = () => {
      const { promise, resolve } = Promise.withResolvers<Fault | null>();
      this.#waiting.push((answer) => resolve('code' in answer ? answer : null));
      return promise;
    };
    return {
      progress: async () => (await later()) ?? PROGRESS,
      cancel: later,
      cancelWaiting: async () => {
        const refusal = await later();
        return { cancelled: refusal === null ? 1 : 0, refusal };
      },
      replace: later,
      submitInPlace: (_, __, answer) => Promise.resolve(void this.#waiting.push(answer)),
    };
  }

  /** Brings the session where the input begins. */
  async enter(state: (typeof STATES)[number]): Promise<void> {
    if (state === 'open') return;
    const as = state === 'unbind' ? 'bind_transceiver' : state;
    this.socket.says(pdu(as, { system_id: 'fortress', password: 'drawbrid', interface_version: 0x34 }));
    await settled();
    assert.equal(this.#session.credential, credential, 'an honest bind is taken');
    if (state === 'unbind') this.socket.says(pdu('unbind', {}, { sequence: 2 }));
  }

  async act({ name, bytes }: Op): Promise<void> {
    const [octet = 0] = bytes;
    switch (name) {
      case 'octets':
        return this.socket.says(bytes);
      case 'time':
        return this.#pass(octet % 64);
      case 'answer':
        return this.#answer(octet);
      case 'tell':
        return this.#tell(notices[octet % notices.length]!);
      case 'close':
        return this.socket.breaks(null);
      case 'error':
        return this.socket.breaks(new Error('reset'));
      case 'dismiss':
        return this.#session.unbind();
      case 'settle':
        return settled();
      default:
        return name satisfies never;
    }
  }

  /** Everything is answered, everything is over. */
  async finish(): Promise<void> {
    while (this.#waiting.length > 0) this.#answer(0);
    await settled();
    this.socket.breaks(null);
    await settled();
    assert.equal(this.closedTimes, 1, 'the door learns once that a session has ended');
    assert.equal(this.toldAnswered, this.told, 'every notice is answered once');
    const answers = this.socket.written.filter(({ command }) => command === commands.bind_transceiver_resp);
    assert.ok(answers.filter(({ status }) => status === 0).length <= 1, 'a session is bound once');
  }

  #pass(halfSeconds: number): void {
    for (let left = halfSeconds; left > 0; left--) {
      this.clock.advance(HALF_SECOND_MS);
      this.#session.tick(this.clock.elapsed());
    }
  }

  #answer(how: number): void {
    const refusal = how === 0 ? undefined : REFUSALS[how % (REFUSALS.length + 1)];
    this.#waiting.shift()?.(refusal ?? { ...ACCEPTED, id: ID });
  }

  #tell(notice: Notice): void {
    if (!this.#session.canReceive) return;
    this.told++;
    this.#session.tell(notice, () => this.toldAnswered++);
  }
}

/** The first octet says in which state the conversation begins; the rest is what happens. */
export const session: Target = {
  name: 'session',
  modules: /src\/(?:doors\/smpp\/|transport\/smpp-connection|wire\/smpp\/session-rules|base\/rate)/,
  maxBytes: 4096,
  dictionary: pduWords,
  seeds: () => conversationSeeds(STATES.length),
  async run(input) {
    const world = new World();
    await world.enter(STATES[(input[0] ?? 0) % STATES.length]!);
    for (const op of opsOf(input.subarray(1))) await world.act(op);
    await world.finish();
  },
};
