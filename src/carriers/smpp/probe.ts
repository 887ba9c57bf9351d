import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import net, { isIP } from 'node:net';
import tls from 'node:tls';
import { type Clock, SECOND_MS } from '../../base/clock.ts';
import { FaultError } from '../../base/fault.ts';
import type { Secret } from '../../base/secret.ts';
import { clientTls, explainTlsError, seenTls, unverifiedTls } from '../../transport/index.ts';
import { adviceFor } from './probe-advice.ts';
import { type ProbeBind, probeBind } from './probe-bind.ts';
import { type ProbeStep, ProbeTrouble } from './probe-step.ts';
import { type CarrierTls, tlsOptions } from './settings.ts';

export interface ProbeOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: CarrierTls | false;
  /** Null ends the probe before the bind. */
  readonly login: (ProbeBind & { readonly password: Secret }) | null;
  readonly clock: Clock;
}

/** Each step is given up after so long. */
const STEP_MS = 10 * SECOND_MS;
const DAY_MS = 86_400_000;

/** Goes to an SMSC step by step, up to the first that fails. Sends a bind, an enquire_link and an unbind, and no message. */
export async function probe(options: ProbeOptions): Promise<ProbeStep[]> {
  const steps: ProbeStep[] = [];
  await using taken = new AsyncDisposableStack();
  const { clock } = options;
  /** Does a step; the second result of it is what was found, in words. */
  const take = async <T>(step: ProbeStep['step'], work: () => Promise<readonly [T, string]>): Promise<T> => {
    const fromMs = clock.elapsed();
    const done = (isOk: boolean, words: string) => {
      const tookMs = Math.round((clock.elapsed() - fromMs) * 10) / 10;
      steps.push({ step, isOk, words, advice: isOk ? null : adviceFor(words), tookMs });
    };
    try {
      const [result, words] = await inTime(clock, work());
      done(true, words);
      return result;
    } catch (error) {
      done(
        false,
        error instanceof ProbeTrouble || error instanceof FaultError ? error.message : explainTlsError(error),
      );
      throw new ProbeTrouble();
    }
  };
  try {
    await take('address', () => findAddress(options.host));
    const plain = await take('connection', () => connect(options, taken));
    const { tls: wanted } = options;
    const socket = wanted === false ? plain : await take('tls', () => secure(plain, options, wanted, taken));
    if (options.login) await probeBind(socket, { ...options.login, clock, take });
  } catch (error) {
    if (!(error instanceof ProbeTrouble)) throw error;
  }
  return steps;
}

async function inTime<T>(clock: Clock, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const callOff = clock.after(STEP_MS, () => reject(new ProbeTrouble('it does not answer')));
  try {
    return await Promise.race([work, promise]);
  } finally {
    callOff();
  }
}

async function findAddress(host: string): Promise<readonly [LookupAddress[], string]> {
  if (isIP(host)) return [[], `${host} is an address`];
  const found = await lookup(host, { all: true });
  return [found, `${host} is ${found.map(({ address }) => address).join(', ')}`];
}

async function connect({ host, port }: ProbeOptions, taken: AsyncDisposableStack) {
  const socket = net.connect({ host, port });
  taken.defer(() => void socket.destroy());
  await once(socket, 'connect');
  return [socket, `something listens at port ${port}`] as const;
}

async function secure(plain: net.Socket, options: ProbeOptions, wanted: CarrierTls, taken: AsyncDisposableStack) {
  const socket = tls.connect({ ...clientTls(tlsOptions(options.host, wanted)), socket: plain });
  taken.defer(() => void socket.destroy());
  try {
    await once(socket, 'secureConnect');
  } catch (error) {
    const shown = await inTime(options.clock, lookAt(options, taken)).catch(() => null);
    throw new ProbeTrouble(`${explainTlsError(error)}${shown === null ? '' : ` (it shows ${shown})`}`);
  }
  return [socket, describe(socket, options.clock)] as const;
}

/** What a server shows whose certificate was refused: on a connection of its own, over which nothing is sent. */
async function lookAt({ host, port, clock }: ProbeOptions, taken: AsyncDisposableStack): Promise<string> {
  const socket = tls.connect({ ...unverifiedTls(host), host, port });
  taken.defer(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return describe(socket, clock);
}

function describe(socket: tls.TLSSocket, clock: Clock): string {
  const { protocol, cipher, group, names, issuer, expiresAtMs, pin } = seenTls(socket);
  const days = Math.trunc((expiresAtMs - clock.now()) / DAY_MS);
  const expiry = expiresAtMs < clock.now() ? `expired ${-days} days ago` : `valid for ${days} more days`;
  return `${protocol}, ${cipher}${group === null ? '' : `, ${group}`}; certificate for ${names}, issued by ${issuer}, ${expiry}; pin ${pin}`;
}
