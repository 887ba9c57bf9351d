import assert from 'node:assert/strict';
import type { SmppLogin } from './esme.ts';
import type { GatewayProcess } from './gateway-process.ts';

export const capability = {
  verbs: ['send', 'read', 'cancel', 'webhook'],
  senders: ['10666'],
  classes: ['transactional', 'otp', 'marketing'],
  carriers: ['sandbox'],
  networks: ['127.0.0.0/8'],
};

export interface Wanted {
  readonly account?: string;
  readonly expiresAt?: string;
  readonly capability?: Partial<typeof capability & { kinds: string[] }>;
}

interface Made {
  readonly id: number;
  readonly lookup: string;
  readonly secret: string;
}

async function make(gateway: GatewayProcess, kind: string, wanted: Wanted): Promise<Made> {
  const { account = 'sandbox', expiresAt } = wanted;
  const body = { account, kind, name: 'journey', capability: { ...capability, ...wanted.capability } };
  const made = await gateway.control('POST', '/v1/keys', expiresAt === undefined ? body : { ...body, expiresAt });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body as Made;
}

/** A new SMPP credential of the sandbox, with its id, which revokes it. */
export async function smppLogin(gateway: GatewayProcess, wanted: Wanted = {}): Promise<SmppLogin & { id: number }> {
  const { id, lookup, secret } = await make(gateway, 'smpp', wanted);
  return { id, systemId: lookup, password: secret };
}

/** A new API key of the sandbox, with its id. */
export async function apiKey(gateway: GatewayProcess, wanted: Wanted = {}): Promise<{ id: number; key: string }> {
  const { id, secret } = await make(gateway, 'api_key', wanted);
  return { id, key: secret };
}

export async function revoke(gateway: GatewayProcess, id: number): Promise<void> {
  assert.equal((await gateway.control('POST', `/v1/keys/${id}/revoke`)).status, 200);
}

/** Asks for a message until it is in this state. */
export async function until(gateway: GatewayProcess, account: string, id: string, state: string): Promise<void> {
  for (;;) {
    const { status, body } = await gateway.control('GET', `/v1/accounts/${account}/messages/${id}`);
    assert.equal(status, 200);
    if ((body as { state: string }).state === state) return;
  }
}

type LogLine = GatewayProcess['log'][number];

/** Waits for a log line, asking the gateway for something meanwhile. */
export async function logged(gateway: GatewayProcess, event: string, about: Record<string, unknown>): Promise<LogLine> {
  for (;;) {
    const line = gateway.log.find(
      (candidate) =>
        candidate.event === event && Object.entries(about).every(([field, value]) => candidate[field] === value),
    );
    if (line) return line;
    await gateway.control('GET', '/v1/accounts');
  }
}
