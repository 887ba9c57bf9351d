import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Clock, MINUTE_MS, SECOND_MS } from '../../../base/clock.ts';
import type { Entropy } from '../../../base/entropy.ts';
import { FaultError } from '../../../base/fault.ts';
import { must } from '../../../base/must.ts';
import { OneByOne } from '../../../base/one-by-one.ts';
import { wipe } from '../../locked-memory.ts';
import type { RootVersion } from '../../root-key.ts';
import type { KeyKeeper } from '../remote-root-key.ts';
import { IV_BYTES, type TokenAnswer, type TokenPlace, type TokenRequest } from './messages.ts';

export interface TokenOptions extends TokenPlace {
  /** The file with the PIN of the user, for the owner of the gateway only. */
  readonly pinFile: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
}

type Success = Exclude<TokenAnswer, { fault: unknown }>;

const PROGRAM = fileURLToPath(new URL('process.ts', import.meta.url));
const NODE_FLAGS = ['--experimental-ffi', '--disable-warning=ExperimentalWarning'];
// A core dump would hold the PIN and what was wrapped.
const WITHOUT_CORE_DUMPS = 'ulimit -c 0; exec "$0" "$@"';
/** Tokens answer in milliseconds, those over a network in some more. */
const ANSWER_WITHIN_MS = 20 * SECOND_MS;
/** A session that nobody needs is ended: account keys are unwrapped at the start, and seldom after. */
const QUIET_MS = MINUTE_MS;

/** A root key in a PKCS#11 token. Questions stand in line: a session does one thing at a time. */
export class TokenKeeper implements KeyKeeper {
  readonly kind = 'pkcs11';
  readonly #options: TokenOptions;
  #child: ChildProcess | null = null;
  readonly #line = new OneByOne();
  #callOffQuiet: () => void = () => {};

  constructor(options: TokenOptions) {
    this.#options = options;
  }

  async wrap(plain: Buffer, context: Buffer): Promise<{ version: number; wrapped: Buffer }> {
    const iv = this.#options.entropy.fill(Buffer.alloc(IV_BYTES));
    const { versions, octets } = await this.#ask({ ask: 'wrap', plain, iv, context });
    const [key] = versions;
    must(octets !== null && key !== undefined, 'what was wrapped comes with its version');
    return { version: key.version, wrapped: octets };
  }

  async unwrapInto(plain: Buffer, wrapped: Buffer, context: Buffer, version: number): Promise<void> {
    const { octets } = await this.#ask({ ask: 'unwrap', wrapped, context, version });
    must(octets !== null, 'what was unwrapped comes back');
    if (octets.length !== plain.length) throw new FaultError('root_key_mismatch');
    octets.copy(plain);
    wipe(octets);
  }

  async versions(): Promise<readonly RootVersion[]> {
    const { versions } = await this.#ask({ ask: 'versions' });
    return versions.map(shown);
  }

  async renew(): Promise<RootVersion> {
    const { versions } = await this.#ask({ ask: 'renew', nowMs: this.#options.clock.now() });
    const [made] = versions;
    must(made !== undefined, 'what was made is shown');
    return shown(made);
  }

  async forget(version: number): Promise<void> {
    await this.#ask({ ask: 'forget', version });
  }

  close(): void {
    this.#callOffQuiet();
    this.#child?.kill('SIGKILL');
    this.#child = null;
  }

  #ask(request: TokenRequest): Promise<Success> {
    return this.#line.do(() => this.#askInTurn(request));
  }

  async #askInTurn(request: TokenRequest): Promise<Success> {
    this.#callOffQuiet();
    try {
      const child = isRunning(this.#child) ? this.#child : await this.#open();
      return await this.#exchange(child, request);
    } catch (error) {
      // A session that was lost does not come back: the next question begins another.
      if (!isOfTheKey(error)) this.close();
      throw error;
    } finally {
      if (this.#child !== null) this.#callOffQuiet = this.#options.clock.after(QUIET_MS, () => this.close());
    }
  }

  async #open(): Promise<ChildProcess> {
    const { module, token, keyLabel, pinFile } = this.#options;
    const args = ['-c', WITHOUT_CORE_DUMPS, process.execPath, ...NODE_FLAGS, PROGRAM];
    const child = spawn('/bin/sh', args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], serialization: 'advanced' });
    this.#child = child;
    child.unref();
    await this.#exchange(child, { ask: 'open', place: { module, token, keyLabel }, pinFile });
    return child;
  }

  async #exchange(child: ChildProcess, request: TokenRequest): Promise<Success> {
    const { promise, resolve, reject } = Promise.withResolvers<TokenAnswer>();
    const lost = (detail: string) => reject(new FaultError('token_unavailable', { detail }));
    const onEnd = () => lost('The process that speaks to the token has ended.');
    const callOff = this.#options.clock.after(ANSWER_WITHIN_MS, () => lost('The token does not answer.'));
    child.once('message', resolve).once('exit', onEnd).once('error', onEnd);
    child.channel?.ref();
    child.send(request, (error) => error && onEnd());
    try {
      const answer = await promise;
      if ('fault' in answer) throw new FaultError(answer.fault.code, { detail: answer.fault.detail });
      return answer;
    } finally {
      callOff();
      child.off('message', resolve).off('exit', onEnd).off('error', onEnd);
      child.channel?.unref();
    }
  }
}

/** One that ended while nobody asked is replaced, and costs nobody an answer. */
const isRunning = (child: ChildProcess | null): child is ChildProcess =>
  child !== null && child.exitCode === null && child.signalCode === null;

/** Faults that say something of a key, while the session stands. */
const isOfTheKey = (error: unknown): boolean =>
  error instanceof FaultError &&
  ['root_key_mismatch', 'root_key_missing', 'root_key_unsafe'].includes(error.fault.code);

const shown = ({ version, madeAtMs }: RootVersion): RootVersion => ({ version, madeAtMs });
