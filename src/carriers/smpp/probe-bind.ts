import type { Socket } from 'node:net';
import { type Clock, SECOND_MS } from '../../base/clock.ts';
import type { Secret } from '../../base/secret.ts';
import { explainCause, SmppConnection } from '../../transport/index.ts';
import { commandName } from '../../wire/smpp/commands.ts';
import { type BindKind, bindAnswer, bindFields, brokenWords } from './bind-pdu.ts';
import { type ProbeStep, ProbeTrouble } from './probe-step.ts';
import type { LinkSettings } from './settings.ts';

/** How a probe binds. */
export interface ProbeBind {
  readonly kind: BindKind;
  readonly systemId: string;
  readonly systemType: string;
  /** SMPP 3.4 §5.2.4. */
  readonly interfaceVersion: LinkSettings['interfaceVersion'];
  readonly addressRange: string;
}

interface Means extends ProbeBind {
  readonly password: Secret;
  readonly clock: Clock;
  readonly take: <T>(step: ProbeStep['step'], work: () => Promise<readonly [T, string]>) => Promise<T>;
}

const LIMITS = { maxPduBytes: 70_000, maxUnsentBytes: 100_000 };
const END_MS = SECOND_MS;

/** One question at a time, and its answer as it came. */
class Conversation {
  readonly #connection: SmppConnection;
  #awaited: { name: string; resolve: (pdu: Buffer) => void; reject: (error: Error) => void } | null = null;
  #ended: ProbeTrouble | null = null;

  constructor(socket: Socket, clock: Clock) {
    this.#connection = new SmppConnection(
      socket,
      { clock, ...LIMITS },
      {
        pdu: (command, bytes, at, length) => this.#heard(commandName(command), bytes, at, length),
        broken: (reason) => this.#end(brokenWords(reason)),
        closed: (cause) => this.#end(cause ? explainCause(cause) : 'the SMSC ended the connection'),
      },
    );
  }

  get out() {
    return this.#connection.out;
  }

  /** What comes under one of two names: the answer, or generic_nack. */
  answer(name: string): Promise<Buffer> {
    if (this.#ended) return Promise.reject(this.#ended);
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    this.#awaited = { name, resolve, reject };
    return promise;
  }

  close(): void {
    this.#connection.end(END_MS);
  }

  #heard(name: string | null, bytes: Buffer, at: number, length: number): void {
    const awaited = this.#awaited;
    if (name === 'generic_nack') return this.#end('the SMSC answered with generic_nack');
    if (name === null || name !== awaited?.name) return;
    this.#awaited = null;
    awaited.resolve(Buffer.from(bytes.subarray(at, at + length)));
  }

  #end(words: string): void {
    this.#ended ??= new ProbeTrouble(words);
    this.#awaited?.reject(this.#ended);
    this.#awaited = null;
  }
}

/** Binds, asks once whether the SMSC is there, and unbinds. */
export async function probeBind(socket: Socket, { take, ...means }: Means): Promise<void> {
  const said = new Conversation(socket, means.clock);
  try {
    await take('bind', () => bind(said, means));
    await take('enquire_link', async () => {
      const fromMs = means.clock.elapsed();
      said.out.write('enquire_link', 0, 2);
      await said.answer('enquire_link_resp');
      return [null, `answered in ${(means.clock.elapsed() - fromMs).toFixed(1)} ms`];
    });
    await take('unbind', async () => {
      said.out.write('unbind', 0, 3);
      await said.answer('unbind_resp');
      return [null, 'the session was ended in order'];
    });
  } finally {
    said.close();
  }
}

async function bind(said: Conversation, { kind, password, ...login }: Omit<Means, 'take'>) {
  said.out.write(`bind_${kind}`, 0, 1, bindFields(login, password, kind));
  const answer = await said.answer(`bind_${kind}_resp`);
  const { refusal, version, systemId } = bindAnswer(answer, 0, answer.length, login.interfaceVersion);
  if (refusal !== null) throw new ProbeTrouble(`bind_${kind} refused: ${refusal}`);
  const name = systemId === '' ? 'an SMSC without a name' : systemId;
  return [null, `bound as ${kind} to ${name}, SMPP ${version >> 4}.${version & 15}`] as const;
}
