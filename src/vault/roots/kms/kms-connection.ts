import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { type Clock, SECOND_MS } from '../../../base/clock.ts';
import { FaultError } from '../../../base/fault.ts';
import { clientTls, explainTlsError, type PairFiles } from '../../../transport/index.ts';
import { wipe } from '../../locked-memory.ts';
import { readOwnedFile } from '../owned-file.ts';

/** Where a key service is, and how it knows us. */
export interface KmsAccess {
  /** `https://…`, to which `/wrap` and `/unwrap` are added. */
  readonly url: string;
  /** The authority of its certificate (PEM); null for the public ones. */
  readonly caFile: string | null;
  /** A file with the bearer token, for the owner of the gateway only; read anew for every question. */
  readonly tokenFile: string | null;
  /** The certificate that says who we are. */
  readonly certificate: PairFiles | null;
  readonly timeoutMs: number;
}

const ANSWER_BYTES_MAX = 16 * 1024;
const TOKEN_BYTES_MAX = 8192;
const IDLE_MS = 15 * SECOND_MS;
const TOKEN = /^[\x21-\x7e]+$/;
/** RFC 9110: the service knows no such key or caller, or does not let him. */
const REFUSALS = new Set([401, 403, 404, 405]);
/** What it answers for octets that it did not wrap, or with another context. */
const NOT_AUTHENTIC = 422;
/** A failed handshake is a matter of trust; what these say is only that nobody is there. */
const ABSENT = new Set(
  'ECONNREFUSED ECONNRESET EHOSTUNREACH ENETUNREACH ENOTFOUND EAI_AGAIN ETIMEDOUT EPIPE'.split(' '),
);

const unavailable = (detail: string, cause?: unknown): FaultError =>
  new FaultError('kms_unavailable', { detail: `The key service ${detail}.` }, cause);

/** HTTPS to a key service: TLS 1.3, its certificate verified, every answer bounded in time and length, no redirects. */
export class KmsConnection {
  readonly #access: KmsAccess;
  readonly #clock: Clock;
  #agent: Agent | null = null;

  constructor(access: KmsAccess, clock: Clock) {
    this.#access = access;
    this.#clock = clock;
  }

  /** Throws `kms_unavailable`, `kms_refused`, `kms_untrusted`; `root_key_mismatch` where it does not unwrap. */
  async post(what: 'wrap' | 'unwrap', question: object): Promise<object> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const stop = new AbortController();
    const callOff = this.#clock.after(this.#access.timeoutMs, () => {
      reject(unavailable('does not answer in time'));
      stop.abort();
    });
    try {
      return await Promise.race([late, this.#exchange(what, question, stop.signal)]);
    } catch (error) {
      // The next connection reads the files of certificates anew, for they may be why.
      this.close();
      throw error;
    } finally {
      callOff();
    }
  }

  close(): void {
    this.#agent?.destroy();
    this.#agent = null;
  }

  async #exchange(what: string, question: object, signal: AbortSignal): Promise<object> {
    const body = Buffer.from(JSON.stringify(question));
    try {
      const answer = await this.#send(what, body, signal);
      const text = await readAll(answer);
      return bodyOf(answer.statusCode ?? 0, text);
    } catch (error) {
      throw error instanceof FaultError ? error : faultOf(error);
    } finally {
      wipe(body);
    }
  }

  #send(what: string, body: Buffer, signal: AbortSignal): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const url = new URL(`${this.#access.url.replace(/\/$/, '')}/${what}`);
    const headers = { 'content-type': 'application/json', 'content-length': body.length, ...this.#authorization() };
    this.#agent ??= this.#connect(url);
    const outgoing = request(url, { method: 'POST', headers, agent: this.#agent, signal });
    outgoing.on('error', reject).on('response', resolve);
    outgoing.end(body);
    return promise;
  }

  #connect({ hostname }: URL): Agent {
    const { caFile, certificate } = this.#access;
    const servername = hostname.replace(/^\[|\]$/g, '');
    const tls = clientTls({
      servername,
      ...(caFile !== null && { caFile }),
      ...(certificate !== null && { certificate }),
    });
    return new Agent({ ...tls, keepAlive: true, maxSockets: 1, timeout: IDLE_MS });
  }

  #authorization(): { authorization?: string } {
    const { tokenFile } = this.#access;
    if (tokenFile === null) return {};
    const file = { what: 'token file', path: tokenFile, bytesMax: TOKEN_BYTES_MAX, missing: 'kms_refused' } as const;
    const bytes = readOwnedFile(file);
    const token = bytes.toString('latin1').trim();
    wipe(bytes);
    if (!TOKEN.test(token)) throw new FaultError('kms_refused', { detail: 'The token file holds no bearer token.' });
    return { authorization: `Bearer ${token}` };
  }
}

function faultOf(error: unknown): FaultError {
  const code = String((error as NodeJS.ErrnoException).code);
  const words = explainTlsError(error);
  if (ABSENT.has(code)) return unavailable(`cannot be reached: ${words}`, error);
  return new FaultError('kms_untrusted', { detail: `The key service was asked nothing: ${words}.` }, error);
}

async function readAll(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > ANSWER_BYTES_MAX) throw unavailable(`answers more than ${ANSWER_BYTES_MAX} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** What was answered, or the fault that its status stands for. Never its words: they may quote what was sent. */
function bodyOf(status: number, text: string): object {
  if (status === NOT_AUTHENTIC) throw new FaultError('root_key_mismatch');
  if (REFUSALS.has(status))
    throw new FaultError('kms_refused', { detail: `The key service refuses this gateway (status ${status}).` });
  if (status !== 200) throw unavailable(`answers with status ${status}`);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below, without the words of the parser, which quote.
  }
  throw unavailable('answers what is no JSON object');
}
