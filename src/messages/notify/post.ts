import { lookup as systemLookup } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type BlockList, isIP, type LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import { type Clock, SECOND_MS } from '../../base/clock.ts';
import { type Fault, fault } from '../../base/fault.ts';
import { isLoopback, mayReach, networks } from './egress.ts';

/** Asks for all addresses of a name. */
export type Resolve = (name: string, answer: (error: Error | null, addresses: readonly string[]) => void) => void;

export const systemResolve: Resolve = (name, answer) =>
  systemLookup(name, { all: true }, (error, found) => {
    // Its types hide that there is no second argument where there is an error.
    if (error !== null) answer(error, []);
    else
      answer(
        null,
        found.map((entry) => entry.address),
      );
  });

export interface PosterOptions {
  readonly clock: Clock;
  /** CIDR texts of networks that are closed by default and that the operator has opened. */
  readonly openNetworks: readonly string[];
  /** Certificates, in PEM, trusted beside those of the system. */
  readonly extraCa?: string;
  readonly resolve?: Resolve;
}

export interface Notice {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Why a notice has to be sent again; it goes to the log and to the operator. */
export type PostTrouble =
  | 'webhook_address_refused'
  | 'busy'
  /** The address was changed in the database outside of the gateway. */
  | 'changed_outside'
  | 'timeout'
  | 'certificate_refused'
  | 'connection_failed'
  | `status_${number}`;

export type PostOutcome =
  | { readonly kind: 'ok' }
  | { readonly kind: 'retry'; readonly reason: PostTrouble }
  /** 410: the receiver wants no more notices at this address. */
  | { readonly kind: 'gone' };

const TIMEOUT_MS = 15 * SECOND_MS;
const ANSWER_BYTES_MAX = 64 * 1024;
const URL_CHARACTERS_MAX = 2048;
const CONCURRENCY = 64;
const CONCURRENCY_PER_HOST = 8;
const IDLE_SOCKETS_MAX = 16;

const REFUSED = 'webhook_address_refused';
const refusedUrl = (detail: string): Fault => fault(REFUSED, { detail, field: '/url' });
const retry = (reason: PostTrouble): PostOutcome => ({ kind: 'retry', reason });

class AddressRefused extends Error {
  readonly code = REFUSED;
}

/**
 * Posts notices to addresses that accounts chose, and so must not be led to our own network (SSRF). The address is checked
 * inside the look-up of the socket itself: what was checked is what is connected to, however the name answers next time.
 */
export class Poster {
  readonly #clock: Clock;
  readonly #opened: BlockList;
  readonly #resolve: Resolve;
  readonly #https: HttpsAgent;
  readonly #http: HttpAgent;
  readonly #atWork = new Map<string, number>();
  #total = 0;

  constructor(options: PosterOptions) {
    this.#clock = options.clock;
    this.#opened = networks(options.openNetworks);
    this.#resolve = options.resolve ?? systemResolve;
    const pool = { keepAlive: true, maxTotalSockets: CONCURRENCY, maxFreeSockets: IDLE_SOCKETS_MAX };
    const ca = options.extraCa === undefined ? {} : { ca: [...getCACertificates(), options.extraCa] };
    this.#https = new HttpsAgent({ ...pool, ...ca, rejectUnauthorized: true, minVersion: 'TLSv1.3' });
    this.#http = new HttpAgent(pool);
  }

  /** How many more notices may be posted now; a notice beyond it is answered `busy`. */
  get room(): number {
    return CONCURRENCY - this.#total;
  }

  /** Whether notices may be sent to this URL, as far as can be told without asking for its name. */
  inspect(url: string): URL | Fault {
    const parsed = url.length <= URL_CHARACTERS_MAX ? URL.parse(url) : null;
    if (parsed === null) return refusedUrl('It is not a URL of at most 2048 characters.');
    if (parsed.username !== '' || parsed.password !== '') return refusedUrl('A URL must not carry a name or password.');
    const address = bareHost(parsed);
    const isLiteral = isIP(address) !== 0;
    if (isLiteral && !mayReach(address, this.#opened)) return refusedUrl('That address is not open to webhooks.');
    const isLocal = address === 'localhost' || isLoopback(address);
    if (parsed.protocol === 'https:' || (parsed.protocol === 'http:' && isLocal)) return parsed;
    return refusedUrl('Webhooks are sent by https only.');
  }

  /** Makes one attempt. It never rejects; redirects are not followed, and the body of the answer is not used. */
  post(notice: Notice): Promise<PostOutcome> {
    const url = this.inspect(notice.url);
    if ('code' in url) return Promise.resolve(retry(REFUSED));
    const busy = this.#atWork.get(url.host) ?? 0;
    if (this.room <= 0 || busy >= CONCURRENCY_PER_HOST) return Promise.resolve(retry('busy'));
    this.#atWork.set(url.host, busy + 1);
    this.#total++;
    return this.#exchange(url, notice).finally(() => this.#leave(url.host));
  }

  /** Ends the idle connections. What is at work ends by itself. */
  close(): void {
    this.#https.destroy();
    this.#http.destroy();
  }

  #leave(host: string): void {
    this.#total--;
    const busy = (this.#atWork.get(host) ?? 1) - 1;
    if (busy === 0) this.#atWork.delete(host);
    else this.#atWork.set(host, busy);
  }

  #exchange(url: URL, notice: Notice): Promise<PostOutcome> {
    const { promise, resolve } = Promise.withResolvers<PostOutcome>();
    const isPlain = url.protocol === 'http:';
    const options = {
      ...this.#options(notice),
      agent: isPlain ? this.#http : this.#https,
      lookup: this.#lookup(isPlain),
    };
    const outgoing = isPlain ? httpRequest(url, options) : httpsRequest(url, options);
    let outcome: PostOutcome | null = null;
    const callOff = this.#clock.after(TIMEOUT_MS, () => {
      outcome ??= retry('timeout');
      outgoing.destroy();
    });
    outgoing.on('response', (answer) => {
      outcome = outcomeOf(answer.statusCode ?? 0);
      drain(answer);
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      outcome ??= retry(troubleOf(error));
    });
    outgoing.on('close', () => {
      callOff();
      resolve(outcome ?? retry('connection_failed'));
    });
    outgoing.end(notice.body);
    return promise;
  }

  #options(notice: Notice): RequestOptions {
    const length = String(Buffer.byteLength(notice.body));
    return {
      method: 'POST',
      headers: { ...notice.headers, 'content-type': 'application/json', 'content-length': length },
    };
  }

  #lookup(isPlain: boolean): LookupFunction {
    const isOpen = (address: string) => mayReach(address, this.#opened) && (!isPlain || isLoopback(address));
    return (name, options, answer) => {
      this.#resolve(name, (error, addresses) => {
        // One closed address is enough to refuse: an honest name has no reason to mix them.
        const refused = addresses.length === 0 || !addresses.every(isOpen);
        const trouble = error ?? (refused ? new AddressRefused(REFUSED) : null);
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        if (trouble !== null) answer(trouble, []);
        else if (options.all) answer(null, found);
        else answer(null, found[0]!.address, found[0]!.family);
      });
    };
  }
}

/** The host without the brackets of an IPv6 address. */
const bareHost = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

function outcomeOf(status: number): PostOutcome {
  if (status >= 200 && status < 300) return { kind: 'ok' };
  return status === 410 ? { kind: 'gone' } : retry(`status_${status}`);
}

/** Reads the answer to its end, so that its connection can be used again; a long one costs its connection. */
function drain(answer: IncomingMessage): void {
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) answer.destroy();
  });
}

const CERTIFICATE_TROUBLE = /CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_|ISSUER/;

function troubleOf(error: NodeJS.ErrnoException): PostTrouble {
  if (error.code === REFUSED) return REFUSED;
  return CERTIFICATE_TROUBLE.test(error.code ?? '') ? 'certificate_refused' : 'connection_failed';
}
