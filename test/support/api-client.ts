import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, request as plainRequest, type RequestOptions } from 'node:http';
import { Agent, request } from 'node:https';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Json = Record<string, unknown>;

export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The JSON of the answer; its text where it is no JSON; undefined where it is empty. */
  readonly body: Json;
}

export interface ApiRequest {
  readonly key?: string;
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Buffer;
  readonly headers?: Record<string, string>;
  /** Whether the body comes without its length. */
  readonly isChunked?: boolean;
}

/** Where a listener is: a port with the certificate to trust, or the path of a unix socket. */
export type Where = { readonly port: number; readonly ca: string } | { readonly socketPath: string };

interface Operation {
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
}
export interface Description {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: object;
}

/** A client that holds every answer to the OpenAPI document of the server it talks to. */
export class ApiClient {
  readonly #where: Where;
  readonly #agent: Agent | undefined;
  #description: Promise<Description> | null = null;
  #ajv = new Ajv2020({ strict: true, allErrors: true, keywords: ['discriminator', 'components'] });

  constructor(where: Where) {
    this.#where = where;
    this.#agent = 'port' in where ? new Agent({ keepAlive: true, ca: where.ca }) : undefined;
  }

  close(): void {
    this.#agent?.destroy();
  }

  description(): Promise<Description> {
    this.#description ??= this.#describe();
    return this.#description;
  }

  async #describe(): Promise<Description> {
    const { body } = await this.#exchange('GET', '/v1/openapi.json', {});
    (addFormats as unknown as (ajv: Ajv2020) => void)(this.#ajv);
    this.#ajv.addSchema({ $id: 'api', components: body.components });
    return body as unknown as Description;
  }

  async call(method: string, path: string, options: ApiRequest = {}): Promise<ApiAnswer> {
    const description = await this.description();
    const answer = await this.#exchange(method, path, options);
    this.#hold(description, method, path, answer);
    return answer;
  }

  get(path: string, options: ApiRequest = {}): Promise<ApiAnswer> {
    return this.call('GET', path, options);
  }

  post(path: string, options: ApiRequest = {}): Promise<ApiAnswer> {
    return this.call('POST', path, options);
  }

  #hold(description: Description, method: string, path: string, answer: ApiAnswer): void {
    const type = answer.headers['content-type']?.split(';', 1)[0] ?? '';
    const schema = this.#schemaOf(description, method, path, answer.status, type);
    if (schema === null) {
      assert.equal(answer.body, undefined);
      return;
    }
    const here = JSON.parse(JSON.stringify(schema).replaceAll('#/components/', 'api#/components/')) as object;
    const validate = this.#ajv.compile(here);
    assert.ok(validate(answer.body), `${method} ${path} ${answer.status}: ${this.#ajv.errorsText(validate.errors)}`);
  }

  #schemaOf(description: Description, method: string, path: string, status: number, type: string): object | null {
    const problem = { $ref: '#/components/schemas/Problem' };
    const template = Object.keys(description.paths)
      .toSorted((a, b) => a.split('{').length - b.split('{').length)
      .find((known) => new RegExp(`^${known.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path.split('?', 1)[0]!));
    const operation = template === undefined ? undefined : description.paths[template]![method.toLowerCase()];
    if (operation === undefined) {
      assert.ok(status >= 400, `${method} ${path} is not described and answers ${status}`);
      return problem;
    }
    const response = operation.responses[String(status)];
    assert.ok(response !== undefined, `${method} ${template} does not describe ${status}`);
    if (response.content === undefined) return null;
    assert.ok(type in response.content, `${method} ${template} ${status} does not describe ${type}`);
    return response.content[type]!.schema;
  }

  #exchange(
    method: string,
    path: string,
    { key, body, raw, headers = {}, isChunked = false }: ApiRequest,
  ): Promise<ApiAnswer> {
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const options: RequestOptions = {
      method,
      path,
      headers: {
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(payload !== undefined && {
          'content-type': 'application/json',
          ...(isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': Buffer.byteLength(payload) }),
        }),
        ...headers,
      },
    };
    const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
    const where = this.#where;
    const outgoing =
      'port' in where
        ? request({ ...options, host: '127.0.0.1', port: where.port, agent: this.#agent })
        : plainRequest({ ...options, socketPath: where.socketPath });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = /[/+]json/.test(incoming.headers['content-type'] ?? '');
        const read = text === '' ? undefined : isJson ? JSON.parse(text) : text;
        resolve({ status: incoming.statusCode!, headers: incoming.headers, body: read as Json });
      });
    });
    outgoing.end(payload);
    return promise;
  }
}
