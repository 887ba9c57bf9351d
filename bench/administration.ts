import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import type { MessageClass } from '../src/messages/contract.ts';

/** What the gateway answers to an erasure. */
export interface Erasure {
  readonly id: string;
  readonly messages: number;
  readonly waiting: number;
}

/** The gateway's control socket, spoken to as an operator does. */
export class Administration {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  async isReady(): Promise<boolean> {
    try {
      const health = (await this.#ask('GET', '/v1/health')) as { ready?: boolean };
      return health.ready === true;
    } catch {
      return false; // it does not listen yet
    }
  }

  async makeAccount(name: string): Promise<void> {
    await this.#ask('POST', '/v1/accounts', { name });
  }

  /** A credential of this account that may send messages of one class, transactional unless said, through one carrier. */
  async makeKey(key: {
    account: string;
    kind: 'api_key' | 'smpp';
    sender: string;
    carrier: string;
    class?: MessageClass;
    maxBinds?: number;
  }): Promise<{ lookup: string; secret: string }> {
    const made = await this.#ask('POST', '/v1/keys', {
      account: key.account,
      kind: key.kind,
      name: `benchmark ${key.kind}`,
      capability: {
        verbs: ['send'],
        senders: [key.sender],
        classes: [key.class ?? 'transactional'],
        carriers: [key.carrier],
        networks: ['127.0.0.0/8'],
        ...(key.maxBinds !== undefined && { smpp: { maxBinds: key.maxBinds } }),
      },
    });
    return made as { lookup: string; secret: string };
  }

  async addCarrier(carrier: { name: string; port: number; tls: boolean; window: number }): Promise<void> {
    const { name, port, tls, window } = carrier;
    const login = { systemId: 'gateway', password: 'portcull' };
    await this.#ask('POST', '/v1/carriers', {
      kind: 'smpp',
      name,
      host: 'localhost',
      port,
      tls: tls && {},
      ...login,
      window,
    });
  }

  async carrierIsUp(name: string): Promise<boolean> {
    const { carriers } = (await this.#ask('GET', '/v1/carriers')) as { carriers: { name: string; isUp: boolean }[] };
    return carriers.some((carrier) => carrier.name === name && carrier.isUp);
  }

  async rotate(account: string): Promise<void> {
    await this.#ask('POST', '/v1/vault/rotate', { account });
  }

  async erase(account: string, number: string): Promise<Erasure> {
    const person = { number, why: 'benchmark', by: 'bench' };
    return (await this.#ask('POST', `/v1/accounts/${account}/erasures`, person)) as Erasure;
  }

  async certificate(id: string): Promise<{ certificate: string; verifier: string }> {
    return (await this.#ask('GET', `/v1/erasures/${id}/certificate`)) as { certificate: string; verifier: string };
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const request = http.request({ socketPath: this.#socketPath, method, path, headers, agent: false });
    request.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const said = await text(response);
    if ((response.statusCode ?? 0) >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${said}`);
    return said === '' ? null : JSON.parse(said);
  }
}
