import assert from 'node:assert/strict';
import { type ApiAnswer, ApiClient } from './api-client.ts';
import { apiKey, type Wanted } from './gateway-credentials.ts';
import type { GatewayProcess } from './gateway-process.ts';

export const hello = { to: '+12025550143', from: '10666', text: 'hello' };

export interface Shown {
  readonly id: string;
  readonly state: string;
  readonly timeline: readonly { state: string; carrier?: string | null; code: number }[];
}

/** An application that speaks HTTP to the gateway with a key of its own. Every answer is held to the OpenAPI document. */
export class AccountClient implements Disposable {
  readonly keyId: number;
  readonly key: string;
  readonly #client: ApiClient;

  private constructor(gateway: GatewayProcess, { id, key }: { id: number; key: string }) {
    this.keyId = id;
    this.key = key;
    this.#client = new ApiClient({ port: gateway.apiPort, ca: gateway.authority });
  }

  static async open(gateway: GatewayProcess, wanted: Wanted = {}): Promise<AccountClient> {
    return new AccountClient(gateway, await apiKey(gateway, wanted));
  }

  /** The same application, after the gateway has started anew. */
  at(gateway: GatewayProcess): AccountClient {
    return new AccountClient(gateway, { id: this.keyId, key: this.key });
  }

  get(path: string): Promise<ApiAnswer> {
    return this.#client.get(path, { key: this.key });
  }

  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    return this.#client.post(path, { key: this.key, body, headers });
  }

  put(path: string, body: unknown): Promise<ApiAnswer> {
    return this.#client.call('PUT', path, { key: this.key, body });
  }

  /** Sends a message, which must be accepted, and returns its id. */
  async sends(message: Record<string, unknown> = {}): Promise<string> {
    const { status, body } = await this.post('/v1/messages', { ...hello, ...message });
    assert.equal(status, 202, JSON.stringify(body));
    return body.id as string;
  }

  async reads(id: string): Promise<Shown> {
    const { status, body } = await this.get(`/v1/messages/${id}`);
    assert.equal(status, 200);
    return body as unknown as Shown;
  }

  /** Asks for a message until it is in this state. */
  async until(id: string, state: string): Promise<Shown> {
    for (;;) {
      const shown = await this.reads(id);
      if (shown.state === state) return shown;
    }
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}
