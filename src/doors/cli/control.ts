import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { type Clock, MINUTE_MS } from '../../base/clock.ts';
import { Trouble, trouble, troubleOf } from './trouble.ts';

/** As the API reads it (doors/api/why.ts). */
const WHY_HEADER = 'sallyport-why';
/** Longer than anything the gateway makes a caller wait for. */
const ANSWER_WITHIN_MS = MINUTE_MS;
const BODY_BYTES_MAX = 16 * 1024 * 1024;
const REFUSED_FROM = 400;

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** HTTP over the control socket of the gateway. What goes wrong is thrown as trouble. */
export class Control {
  readonly #socketPath: string;
  readonly #clock: Clock;
  readonly #standing: Readonly<Record<string, string>>;

  /** `why` goes with every request, and stands in what is put on record of it. */
  constructor(socketPath: string, clock: Clock, why?: string) {
    this.#socketPath = socketPath;
    this.#clock = clock;
    this.#standing = why === undefined ? {} : { [WHY_HEADER]: encodeURIComponent(why) };
  }

  get<T>(path: string): Promise<T> {
    return this.call('GET', path);
  }

  post<T>(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    return this.call('POST', path, body, headers);
  }

  /** The body of an answer that is no JSON. */
  octets(path: string): Promise<Buffer> {
    return this.#body('GET', path, undefined, {});
  }

  /** The body of the answer, which has the shape of the route. */
  async call<T>(
    method: Method,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    const octets = await this.#body(method, path, body, headers);
    return (octets.length === 0 ? null : parse(octets.toString())) as T;
  }

  async #body(method: Method, path: string, body: unknown, headers: Readonly<Record<string, string>>): Promise<Buffer> {
    const outgoing = this.#open(method, path, body, headers);
    const callOff = this.#clock.after(ANSWER_WITHIN_MS, () =>
      outgoing.destroy(trouble('no_answer', 'The gateway took the request and does not answer.')),
    );
    try {
      return await read(await this.#answered(outgoing));
    } catch (error) {
      throw this.#troubleBehind(error);
    } finally {
      callOff();
      outgoing.destroy();
    }
  }

  /** The lines of a stream, until it ends or `signal` is aborted. `opened` is called when the gateway has answered. */
  async *lines<T>(path: string, signal: AbortSignal, opened: () => void, body?: unknown): AsyncGenerator<T> {
    const outgoing = this.#open(body === undefined ? 'GET' : 'POST', path, body, {});
    const stop = () => outgoing.destroy();
    signal.addEventListener('abort', stop);
    try {
      const incoming = await this.#answered(outgoing);
      if (refused(incoming)) await read(incoming);
      opened();
      for await (const line of linesOf(incoming)) yield parse(line) as T;
    } catch (error) {
      if (!signal.aborted) throw this.#troubleBehind(error);
    } finally {
      signal.removeEventListener('abort', stop);
      outgoing.destroy();
    }
  }

  #open(method: Method, path: string, body: unknown, more: Readonly<Record<string, string>>): ClientRequest {
    const payload = body === undefined ? null : Buffer.from(JSON.stringify(body));
    const content = payload && { 'content-type': 'application/json', 'content-length': payload.length };
    const headers = { ...content, ...this.#standing, ...more };
    const outgoing = request({ socketPath: this.#socketPath, method, path, headers, agent: false });
    outgoing.end(payload ?? undefined);
    return outgoing;
  }

  #answered(outgoing: ClientRequest): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    outgoing.on('error', reject);
    outgoing.on('response', resolve);
    return promise;
  }

  #troubleBehind(error: unknown): unknown {
    if (error instanceof Trouble) return error;
    const { code } = error as NodeJS.ErrnoException;
    return typeof code === 'string' ? connectionTrouble(code, this.#socketPath) : error;
  }
}

const refused = (incoming: IncomingMessage): boolean => (incoming.statusCode ?? REFUSED_FROM) >= REFUSED_FROM;

async function read(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bodyBytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bodyBytes += chunk.length;
    if (bodyBytes > BODY_BYTES_MAX) throw trouble('answer_not_understood', 'The answer has no end.');
    chunks.push(chunk);
  }
  const octets = Buffer.concat(chunks);
  if (refused(incoming)) throw troubleOf(octets.length === 0 ? {} : parse(octets.toString()));
  return octets;
}

async function* linesOf(incoming: IncomingMessage): AsyncGenerator<string> {
  let begun = '';
  for await (const chunk of incoming.setEncoding('utf8') as AsyncIterable<string>) {
    const [first = '', ...rest] = chunk.split('\n');
    begun += first;
    if (begun.length > BODY_BYTES_MAX) throw trouble('answer_not_understood', 'The answer has no end.');
    for (const next of rest) {
      yield begun;
      begun = next;
    }
  }
}

function parse(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    throw trouble('answer_not_understood', 'The answer is not JSON.');
  }
}

/** What the code of a failed connection means to the operator. */
function connectionTrouble(code: string, socketPath: string): Trouble {
  switch (code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return trouble('gateway_not_running', `No gateway is running here: nothing answers at ${socketPath}.`);
    case 'EACCES':
    case 'EPERM':
      return trouble('socket_denied', `You may not open the control socket ${socketPath}.`);
    case 'ECONNRESET':
    case 'EPIPE':
      return trouble('connection_lost', 'The connection to the gateway broke.');
    default:
      return trouble('socket_unusable', `The control socket ${socketPath} cannot be used (${code}).`);
  }
}
