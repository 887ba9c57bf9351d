import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { type Entropy, systemEntropy } from '../../src/base/entropy.ts';
import { jsonLog } from '../../src/base/log.ts';
import { Secret } from '../../src/base/secret.ts';
import type { HandOver, OutboundPart } from '../../src/carriers/carrier.ts';
import { ruleFor } from '../../src/carriers/sandbox/rules.ts';
import { SmppLink } from '../../src/carriers/smpp/link.ts';
import type { SmppCarrierSettings } from '../../src/carriers/smpp/settings.ts';
import type { ReceiptState } from '../../src/wire/smpp/receipt-text.ts';
import { encodeText } from '../../src/wire/text/encode.ts';
import { cutSegments } from '../../src/wire/text/segments.ts';
import { CarrierRecorder } from './carrier-recorder.ts';
import { HandClock } from './hand-clock.ts';
import { type EsmeSession, ScriptedSmsc, type Submit } from './scripted-smsc.ts';

export const PASSWORD = 'opensesa';
export const WINDOW = 10;
export const RESPONSE_SECONDS = 5;
export const ENQUIRE_LINK_SECONDS = 60;
export const BIND_SECONDS = 30;

/** Back-off without jitter: the delays are what the table says. */
const steady: Entropy = { ...systemEntropy, fraction: () => 0.5 };

export interface SmppCarrierOptions {
  /** Settings beyond those that every carrier of the tests has. */
  readonly settings?: Partial<SmppCarrierSettings>;
  readonly identity?: TlsOptions;
  readonly tls?: (() => ConnectionOptions) | null;
  /** A clock of another kind. */
  readonly clock?: HandClock;
  /** The port of another SMSC than the scripted one. */
  readonly port?: number;
}

/** An SMPP link, the SMSC it connects to over a real socket, and everything it reports. The clock is the test's. */
export class SmppCarrier {
  readonly clock: HandClock;
  readonly heard = new CarrierRecorder();
  readonly logged: string[] = [];
  readonly smsc: ScriptedSmsc;
  readonly link: SmppLink<OutboundPart>;
  readonly port: number;

  /** What became of the parts that were reported, in order. */
  get kinds(): HandOver['kind'][] {
    return this.heard.reported.map(({ result }) => result.kind);
  }

  private constructor(
    smsc: ScriptedSmsc,
    port: number,
    { tls = null, settings: more = {}, clock = new HandClock() }: SmppCarrierOptions,
  ) {
    this.clock = clock;
    this.smsc = smsc;
    this.port = port;
    const settings = { host: '127.0.0.1', port, tls: false, systemId: 'sallyport', window: WINDOW } as const;
    const seconds = {
      responseSeconds: RESPONSE_SECONDS,
      enquireLinkSeconds: ENQUIRE_LINK_SECONDS,
      bindSeconds: BIND_SECONDS,
    };
    this.link = new SmppLink<OutboundPart>(
      {
        name: 'scripted',
        settings: { ...settings, ...seconds, ...more },
        password: new Secret(PASSWORD),
        tls,
        clock: this.clock,
        entropy: steady,
        log: jsonLog(
          (line) => this.logged.push(line),
          () => 0,
        ),
      },
      this.heard,
    );
  }

  static async make(options: SmppCarrierOptions = {}): Promise<SmppCarrier> {
    const smsc = new ScriptedSmsc(options.identity ?? null);
    return new SmppCarrier(smsc, options.port ?? (await smsc.listen()), options);
  }

  /** Starts the link and waits until all of it is bound. */
  static async bound(options: SmppCarrierOptions = {}): Promise<SmppCarrier> {
    const carrier = await SmppCarrier.make(options);
    carrier.link.start();
    await carrier.heard.until(() => carrier.link.status === 'bound');
    return carrier;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.link.stop();
    this.clock.advance((RESPONSE_SECONDS + 2) * 1000);
    await stopped;
    await this.smsc[Symbol.asyncDispose]();
  }
}

const states: Readonly<Record<string, ReceiptState>> = {
  delivered: 'DELIVRD',
  undelivered: 'UNDELIV',
  expired: 'EXPIRED',
};

/** Has an SMSC do what `sandboxRules` says, without its delays. */
export function followRules(smsc: ScriptedSmsc): void {
  const refusals = new Map<string, number>();
  smsc.script = {
    submit(submit, session) {
      const to = submit.fields.destination_addr;
      const { refusal } = ruleFor(to);
      const tried = refusals.get(to) ?? 0;
      refusals.set(to, tried + 1);
      if (refusal !== null && tried < refusal.tries) session.refuse(submit, refusal.code);
      else void play(submit, session, smsc);
    },
  };
}

async function play(submit: Submit, session: EsmeSession, smsc: ScriptedSmsc): Promise<void> {
  const messageId = smsc.nextMessageId();
  for (const { does } of ruleFor(submit.fields.destination_addr).steps) {
    const state = states[does];
    if (does === 'answer') session.answer(submit, messageId);
    if (state !== undefined) await untilKept(() => smsc.receiver.receipt(submit, messageId, state));
  }
}

/** A receipt that is not kept is sent again. */
async function untilKept(send: () => Promise<number>): Promise<void> {
  for (let status = await send(); status !== 0; status = await send());
}

/** Hands a text in as an SMSC does, in parts where it is long, and tells whether all were kept. */
export async function handIn(session: EsmeSession, from: string, to: string, text: string): Promise<boolean> {
  const { octets, dataCoding } = encodeText(text)!;
  const pieces = cutSegments(octets, dataCoding, 1);
  const esmClass = pieces.length > 1 ? 0x40 : 0;
  const statuses = await Promise.all(
    pieces.map((piece) => session.deliver({ source: from, destination: to, esmClass, dataCoding, text: piece })),
  );
  return statuses.every((status) => status === 0);
}
