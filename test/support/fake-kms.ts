import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TlsOptions } from 'node:tls';

export const KMS_KEY = 'gateway-root';
export const KMS_TOKEN = 'kms-token-for-tests';

interface Question {
  readonly keyId?: string;
  readonly plaintext?: string;
  readonly wrapped?: string;
  readonly context?: string;
}

/** What a service does wrong, once it is told to. */
export const misbehaviours = {
  'never answers': () => {},
  'answers 500': (answer: ServerResponse) => void answer.writeHead(500).end(),
  'answers 503 with words': (answer: ServerResponse) => void answer.writeHead(503).end('overloaded'),
  'answers 429': (answer: ServerResponse) => void answer.writeHead(429).end(),
  'answers without end': (answer: ServerResponse) => void answer.writeHead(200).end('x'.repeat(20_000)),
  'answers what is no JSON': (answer: ServerResponse) => void answer.writeHead(200).end('<html>'),
  'answers an empty object': (answer: ServerResponse) => void answer.writeHead(200).end('{}'),
  'answers a list': (answer: ServerResponse) => void answer.writeHead(200).end('[]'),
  'answers too much': (answer: ServerResponse) => {
    const much = Buffer.alloc(4097).toString('base64');
    answer.writeHead(200).end(JSON.stringify({ wrapped: much, plaintext: much }));
  },
  'answers no base64': (answer: ServerResponse) =>
    void answer.writeHead(200).end(JSON.stringify({ wrapped: '%%%%', plaintext: '%%%%' })),
  'leads elsewhere': (answer: ServerResponse) =>
    void answer.writeHead(307, { location: 'https://127.0.0.1:1/wrap' }).end(),
  'breaks off': (answer: ServerResponse) => void answer.socket?.destroy(),
} satisfies Record<string, (answer: ServerResponse) => void>;
export type Misbehaviour = keyof typeof misbehaviours;

/** A key service as docs/reference/kms.md describes it: a real TLS server, AES-256-GCM, versions of its key. */
export class FakeKms implements AsyncDisposable {
  readonly #server: Server;
  readonly #keys = [randomBytes(32)];
  /** How many requests came through the handshake. */
  askedCount = 0;
  /** Null: it is sound. A number: it is sound again after so many. */
  misbehaves: Misbehaviour | null = null;
  misbehavesTimes = Number.POSITIVE_INFINITY;
  /** Answers other octets than those that were wrapped. */
  alters = false;
  token = KMS_TOKEN;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (question, answer) => void this.#take(question, answer));
    server.on('tlsClientError', () => undefined);
  }

  static async start(tls: TlsOptions): Promise<FakeKms> {
    const server = createServer({ minVersion: 'TLSv1.3', ...tls });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FakeKms(server);
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/keys`;
  }

  rotate(): void {
    this.#keys.push(randomBytes(32));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  async #take(question: IncomingMessage, answer: ServerResponse): Promise<void> {
    this.askedCount++;
    const body = JSON.parse(await text(question)) as Question;
    if (this.misbehaves !== null && this.misbehavesTimes-- > 0) return misbehaviours[this.misbehaves](answer);
    if (question.headers.authorization !== `Bearer ${this.token}`) return void answer.writeHead(401).end();
    if (body.keyId !== KMS_KEY) return void answer.writeHead(404).end();
    const said = question.url?.endsWith('/unwrap') ? this.#unwrap(body) : this.#wrap(body);
    if (said === null) answer.writeHead(422).end();
    else answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
  }

  #wrap({ plaintext = '', context = '' }: Question): object {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#keys.at(-1)!, iv).setAAD(Buffer.from(context, 'base64'));
    const body = Buffer.concat([cipher.update(plaintext, 'base64'), cipher.final()]);
    const version = Buffer.from([this.#keys.length - 1]);
    return { wrapped: Buffer.concat([version, iv, body, cipher.getAuthTag()]).toString('base64') };
  }

  #unwrap({ wrapped = '', context = '' }: Question): object | null {
    const all = Buffer.from(wrapped, 'base64');
    try {
      const cipher = createDecipheriv('aes-256-gcm', this.#keys[all[0]!]!, all.subarray(1, 13));
      cipher.setAAD(Buffer.from(context, 'base64')).setAuthTag(all.subarray(-16));
      const plain = Buffer.concat([cipher.update(all.subarray(13, -16)), cipher.final()]);
      if (this.alters) plain[0]! ^= 1;
      return { plaintext: plain.toString('base64') };
    } catch {
      return null;
    }
  }
}
