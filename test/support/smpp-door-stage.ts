import type { Capability, Credential, SmppCapability } from '../../src/access/index.ts';
import { DAY_MS, SECOND_MS, systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import { type Fault, fault } from '../../src/base/fault.ts';
import { IdSource } from '../../src/base/id.ts';
import { jsonLog, type LogFields } from '../../src/base/log.ts';
import { SmppDoor, type SmppLimits } from '../../src/doors/smpp/index.ts';
import type { Notice, OwnMessages } from '../../src/messages/index.ts';
import { SENDER, type SmppLogin } from './esme.ts';
import { fullCapability } from './fake-administration.ts';
import { FakeMessages } from './fake-messages.ts';
import { HandClock } from './hand-clock.ts';
import { someNotice } from './notice-world.ts';
import { fakeUses } from './on-record.ts';
import { testCertificate } from './test-certificate.ts';

export type LogLine = LogFields & { readonly event: string; readonly level: string };

const LIMITS: SmppLimits = {
  maxConnections: 100,
  connectionsPerAddress: 100,
  unboundPerAddress: 50,
  window: 100,
  maxPduBytes: 70_000,
  bindSeconds: 10,
  pduSeconds: 10,
  enquireLinkSeconds: 30,
  inactivitySeconds: 0,
  responseSeconds: 30,
};

const unknown = () => Promise.resolve(fault('message_not_found'));
/** A river that knows no message that anybody could ask about. */
const NOTHING_OF_ONES_OWN: OwnMessages = {
  progress: unknown,
  cancel: unknown,
  cancelWaiting: () => Promise.resolve({ cancelled: 0, refusal: fault('message_not_found') }),
  replace: unknown,
  submitInPlace: (_submission, _by, answer) => Promise.resolve(answer(fault('message_not_found'))),
};

/** The SMPP door in this process, on a clock that the test moves and a river that nothing is sent down. */
export class SmppDoorStage implements AsyncDisposable {
  /** It begins at the time of day: certificates are made for that. */
  readonly clock = new HandClock(systemClock.now() + SECOND_MS);
  readonly messages = new FakeMessages();
  /** What the river says of messages that are asked about: the test may change it. */
  readonly own = { ...NOTHING_OF_ONES_OWN };
  /** Whether binds can be put on record: the test may change it. */
  readonly uses = { ...fakeUses };
  readonly lines: LogLine[] = [];
  readonly door: SmppDoor;
  readonly authority: string;
  /** Credentials that were said to be ready for what they are owed. */
  readonly ready: number[] = [];
  readonly #certificate = testCertificate('127.0.0.1');
  readonly #logins = new Map<string, { password: string; credential: Credential }>();
  readonly #ids = new IdSource(this.clock, systemEntropy);
  #revoked: (credential: Credential) => void = () => {};
  /** Tells the door of a ban. */
  banned: (source: string, durationMs: number) => void = () => {};
  fullness = 0;
  /** Whether no password can be checked. */
  isShort = false;
  smppPlainPort = 0;
  smppTlsPort = 0;

  private constructor(limits: Partial<SmppLimits>, clientCa: string | null) {
    this.authority = this.#certificate.cert;
    const write = (line: string) => this.lines.push(JSON.parse(line) as LogLine);
    this.door = new SmppDoor({
      messages: this.messages,
      own: this.own,
      ids: this.#ids,
      fullness: () => this.fullness,
      access: {
        authenticateBind: async (systemId, password) => this.#authenticate(systemId, password),
        onRevoked: (listener) => {
          this.#revoked = listener;
          return () => {};
        },
        onBanned: (listener) => {
          this.banned = listener;
          return () => {};
        },
      },
      uses: this.uses,
      clock: this.clock,
      log: jsonLog(write, () => this.clock.now()),
      limits: { ...LIMITS, ...limits },
      clientCa,
      receiverBound: (id) => this.ready.push(id),
    });
  }

  static async open(limits: Partial<SmppLimits> = {}, clientCa: string | null = null): Promise<SmppDoorStage> {
    const stage = new SmppDoorStage(limits, clientCa);
    const tls = { options: stage.#certificate, attach: () => {} };
    stage.smppPlainPort = await stage.door.listenPlain(0);
    stage.smppTlsPort = await stage.door.listenTls({ host: '127.0.0.1', port: 0, tls });
    return stage;
  }

  /** A new credential. */
  login(smpp: SmppCapability = {}, about: { lifeMs?: number } = {}): SmppLogin & { readonly credential: Credential } {
    const id = this.#logins.size + 1;
    const [systemId, password] = [`app${id}`, `pw${id}`];
    const capability: Capability = { ...fullCapability, senders: [SENDER], smpp };
    const nowMs = this.clock.now();
    const credential: Credential = {
      accountId: 1,
      id,
      kind: 'smpp',
      name: systemId,
      lookup: systemId,
      capability,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + (about.lifeMs ?? 365 * DAY_MS),
      revokedAtMs: null,
    };
    this.#logins.set(systemId, { password, credential });
    return { systemId, password, credential };
  }

  revoke(credential: Credential): void {
    Object.assign(credential, { revokedAtMs: this.clock.now() });
    this.#revoked(credential);
  }

  /** A receipt for a credential. */
  notice({ id }: Credential): Notice {
    const about = { messageId: this.#ids.next(), credentialId: id, handset: '12025550143', sender: SENDER };
    return someNotice(about, this.clock.now());
  }

  /** Lets seconds pass one by one, and what was written in each be read. */
  async seconds(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      this.clock.advance(SECOND_MS);
      await settled();
    }
  }

  events(event: string): readonly LogLine[] {
    return this.lines.filter((line) => line.event === event);
  }

  /** Waits until something is in the log. */
  async logs(event: string): Promise<LogLine> {
    for (;;) {
      const [line] = this.events(event);
      if (line) return line;
      await settled();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.door.close();
    this.clock.advance(10 * SECOND_MS);
    await closed;
  }

  #authenticate(systemId: string, password: string): Credential | Fault {
    if (this.isShort) throw new Error('no memory for the check');
    const login = this.#logins.get(systemId);
    if (!login || login.password !== password || login.credential.revokedAtMs !== null)
      return fault('credential_invalid');
    return login.credential;
  }
}

/** Lets sockets on this machine be read: a few turns of the loop. */
export async function settled(): Promise<void> {
  for (let n = 0; n < 3; n++) await new Promise<void>((resolve) => setImmediate(resolve));
}
