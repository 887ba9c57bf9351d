import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { SECOND_MS } from '../../base/clock.ts';
import { errorText, type Log } from '../../base/log.ts';
import type { ServerTls } from '../../transport/index.ts';
import { MAX_REQUEST_BYTES } from '../tree/index.ts';
import type { Witness, WitnessReply } from './witness.ts';

const CONNECTIONS_MAX = 100;
const REQUEST_MS = 10 * SECOND_MS;
const PATH = /\/add-checkpoint$/;

export interface WitnessServerOptions {
  readonly witness: Witness;
  readonly tls: ServerTls;
  readonly log: Log;
}

/** A witness over HTTPS: `POST …/add-checkpoint`. */
export class WitnessServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: WitnessServerOptions;

  constructor(options: WitnessServerOptions) {
    this.#options = options;
    const limits = { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, keepAliveTimeout: REQUEST_MS };
    this.#server = createServer({ ...options.tls.options, ...limits }, (incoming, outgoing) => {
      void this.#answer(incoming, outgoing);
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
    options.tls.attach(this.#server);
  }

  /** Answers the port it got. */
  async listen(port: number, host: string): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      const { status, type, body } = await this.#replyTo(incoming);
      outgoing.writeHead(status, { 'content-type': type }).end(body);
    } catch (error) {
      this.#options.log.error('witness_failed', { cause: errorText(error) });
      outgoing.writeHead(500).end();
    }
  }

  async #replyTo(incoming: IncomingMessage): Promise<WitnessReply> {
    if (!PATH.test(incoming.url ?? '')) return plain(404, 'not_found');
    if (incoming.method !== 'POST') return plain(405, 'method_not_allowed');
    const body = await readBody(incoming, MAX_REQUEST_BYTES);
    return body === null ? plain(413, 'body_too_large') : this.#options.witness.addCheckpoint(body);
  }
}

const plain = (status: number, why: string) => ({ status, type: 'text/plain', body: `${why}\n` });

/** Null for one that is longer. */
export async function readBody(incoming: AsyncIterable<Buffer>, most: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += chunk.length;
    if (bytes > most) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
