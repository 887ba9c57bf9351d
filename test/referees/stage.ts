import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { GatewayProcess } from '../support/gateway-process.ts';
import type { PeerEvent } from '../support/peer-process.ts';

const run = promisify(execFile);

/** What the SMSCs of the referees take as password. */
const CARRIER_PASSWORD = 'opensesa';
const ACCOUNT = 'referees';
const BOUND_WITHIN_MS = 20_000;
export const CARRIER = 'referee';
export const SHORT_CODE = '20666';

/** Longer than one SMS, with characters of one and of two septets. */
export const LONG_GSM_TEXT = `Überweisung bestätigt: ${'0123456789 '.repeat(20)}= 12,50 € [£, ¥]`;
/** Longer than one SMS, with characters outside the Basic Multilingual Plane. */
export const LONG_UCS2_TEXT = `Κωδικός ${'испытание '.repeat(9)}🔑🔑🔑`;

/** Makes a carrier of an SMSC, and waits until the gateway is bound to it. */
export async function addCarrier(
  gateway: GatewayProcess,
  port: number,
  { host = '127.0.0.1', tls = false }: { host?: string; tls?: boolean } = {},
): Promise<void> {
  const login = { systemId: 'sallyport', password: CARRIER_PASSWORD };
  const carrier = { kind: 'smpp', name: CARRIER, host, port, tls: tls && {}, ...login };
  const { status, body } = await gateway.control('POST', '/v1/carriers', carrier);
  assert.equal(status, 201, JSON.stringify(body));
  const overdue = once(AbortSignal.timeout(BOUND_WITHIN_MS), 'abort').then(() => {
    throw new Error(`the gateway does not bind to the carrier\n${gateway.rawLog}`);
  });
  await Promise.race([gateway.logs('carrier_bound'), overdue]);
}

/** What a client shows: an SMPP login, or of an API key the secret alone. */
export interface Login {
  readonly systemId: string;
  readonly secret: string;
}

/** A credential that may send through the carrier, and its secret. */
export async function addCredential(gateway: GatewayProcess, kind: 'api_key' | 'smpp'): Promise<Login> {
  await gateway.control('POST', '/v1/accounts', { name: ACCOUNT });
  const capability = {
    verbs: ['send', 'read', 'cancel'],
    senders: [SHORT_CODE],
    classes: ['transactional'],
    carriers: [CARRIER],
    networks: ['127.0.0.1/32'],
  };
  const { status, body } = await gateway.control('POST', '/v1/keys', {
    account: ACCOUNT,
    kind,
    name: kind,
    capability,
  });
  assert.equal(status, 201, JSON.stringify(body));
  const { lookup, secret } = body as { lookup: string; secret: string };
  return { systemId: lookup, secret };
}

/**
 * Puts a text together from its parts as a handset does, by their headers: `first` is how a header begins, up to the
 * reference that all parts have in common.
 */
export function joined(parts: readonly PeerEvent[], first: string): string {
  const inOrder = parts.toSorted((a, b) => (String(a.header) < String(b.header) ? -1 : 1));
  const reference = String(inOrder[0]!.header).slice(first.length, first.length + 2);
  for (const [index, { header }] of inOrder.entries())
    assert.equal(header, `${first}${reference}${octet(parts.length)}${octet(index + 1)}`);
  return inOrder.map(({ text }) => text).join('');
}

const octet = (number: number): string => number.toString(16).padStart(2, '0');

/** Sends a message with curl, and gives its id. */
export async function curlSends(gateway: GatewayProcess, key: string, to: string, text: string): Promise<string> {
  const message = JSON.stringify({ to, from: SHORT_CODE, text });
  const how = ['--silent', '--show-error', '--fail-with-body', '--cacert', join(gateway.dataFolder, 'tls', 'ca.crt')];
  const headers = ['--header', `Authorization: Bearer ${key}`, '--header', 'Content-Type: application/json'];
  const url = `https://127.0.0.1:${gateway.apiPort}/v1/messages`;
  const { stdout } = await run('curl', [...how, ...headers, '--data', message, url]);
  const accepted = JSON.parse(stdout) as { id: string; state: string };
  assert.equal(accepted.state, 'accepted');
  return accepted.id;
}

interface Timeline {
  readonly state: string;
  readonly timeline: readonly { state: string; segment: number; carrier: string | null; code: number }[];
}

/** Where a message is, and how it came there. */
export async function whereIs(gateway: GatewayProcess, key: string, id: string): Promise<Timeline> {
  const { status, body } = await gateway.ask('GET', `/v1/messages/${id}`, undefined, { key });
  assert.equal(status, 200);
  return body as Timeline;
}
