import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import type { TestCertificate } from './test-certificate.ts';

export interface Told {
  readonly id: string;
  readonly attempt: number;
  readonly event: { type: string; timestamp: string; data: Record<string, unknown> };
}

interface Call {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** An application's own HTTPS server, which the gateway posts notices to. It answers what the test says. */
export class WebhookReceiver implements AsyncDisposable {
  /** The status of the next answer. */
  answers: () => number = () => 204;
  readonly #server: https.Server;
  readonly #calls: Call[] = [];
  readonly #attempts = new Map<string, number>();
  #wake = Promise.withResolvers<void>();

  private constructor(certificate: TestCertificate) {
    this.#server = https.createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
      void this.#takes(request, response);
    });
  }

  static async open(certificate: TestCertificate, port = 0): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(certificate);
    await once(receiver.#server.listen(port, '127.0.0.1'), 'listening');
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}/notices`;
  }

  /** How many notices came and were not asked for. */
  get untold(): number {
    return this.#calls.length;
  }

  /** Waits for the next notice, whose signature must be of `secret`. */
  async hears(secret: string): Promise<Told> {
    while (this.#calls.length === 0) await this.#wake.promise;
    const { headers, body } = this.#calls.shift()!;
    const event = new Webhook(secret).verify(body, headers) as Told['event'];
    assert.match(headers['content-type']!, /^application\/json/);
    const id = headers['webhook-id']!;
    const attempt = (this.#attempts.get(id) ?? 0) + 1;
    this.#attempts.set(id, attempt);
    return { id, attempt, event };
  }

  async #takes(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    this.#calls.push({ headers: request.headers as Record<string, string>, body });
    response.writeHead(this.answers()).end();
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
