import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AccountClient, hello } from '../support/account-client.ts';
import { ApiClient } from '../support/api-client.ts';
import { revoke } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

let gateway: GatewayProcess;
let client: AccountClient;
let anyone: ApiClient;
before(async () => {
  gateway = await GatewayProcess.start({ settings: { SALLYPORT_MESSAGES_MAX_SEGMENTS: '3' } });
  client = await AccountClient.open(gateway, { capability: { classes: ['transactional'] } });
  anyone = new ApiClient({ port: gateway.apiPort, ca: gateway.authority });
});
after(async () => {
  client[Symbol.dispose]();
  anyone.close();
  await gateway[Symbol.asyncDispose]();
});

const YEAR_MS = 365 * 24 * 3_600_000;
const inAYear = new Date(Date.now() + YEAR_MS).toISOString();
const refused = [
  { name: 'a number that is too short', body: { to: '+1202' }, status: 422, code: 'invalid_number', at: '/to' },
  { name: 'a number with letters', body: { to: '+1202555CALL' }, status: 422, code: 'invalid_number', at: '/to' },
  { name: 'no number at all', body: { to: '' }, status: 422, code: 'invalid_request', at: '/to' },
  { name: 'an empty text', body: { text: '' }, status: 422, code: 'text_empty', at: '/text' },
  {
    name: 'a text beyond the segments',
    body: { text: 'x'.repeat(460) },
    status: 422,
    code: 'text_too_long',
    at: '/text',
  },
  {
    name: 'a text beyond the schema',
    body: { text: 'x'.repeat(40_001) },
    status: 422,
    code: 'invalid_request',
    at: '/text',
  },
  { name: 'half a surrogate pair', body: { text: '\ud800' }, status: 422, code: 'invalid_request', at: '/text' },
  { name: 'a sender of others', body: { from: '99999' }, status: 403, code: 'sender_not_allowed', at: '/from' },
  { name: 'a sender that is none', body: { from: '!!' }, status: 422, code: 'invalid_sender', at: '/from' },
  { name: 'a class of others', body: { class: 'otp' }, status: 403, code: 'class_not_allowed', at: '/class' },
  { name: 'a class that is none', body: { class: 'urgent' }, status: 422, code: 'invalid_request', at: '/class' },
  {
    name: 'a time of delivery too far',
    body: { sendAt: inAYear },
    status: 422,
    code: 'invalid_schedule',
    at: '/sendAt',
  },
  { name: 'a time that is none', body: { sendAt: 'noon' }, status: 422, code: 'invalid_request', at: '/sendAt' },
  {
    name: 'a validity beyond its class',
    body: { validitySeconds: 4 * 24 * 3600 },
    status: 422,
    code: 'invalid_validity',
    at: '/validitySeconds',
  },
  { name: 'no validity', body: { validitySeconds: 0 }, status: 422, code: 'invalid_request', at: '/validitySeconds' },
  { name: 'an unknown field', body: { txet: 'x' }, status: 422, code: 'invalid_request', at: '/txet' },
  { name: 'a number as a number', body: { to: 12_025_550_143 }, status: 422, code: 'invalid_request', at: '/to' },
];
for (const { name, body, status, code, at } of refused) {
  test(`refused as ${code}, with its place: ${name}`, async () => {
    const { body: problem, status: got, headers } = await client.post('/v1/messages', { ...hello, ...body });
    assert.deepEqual([got, problem.code, problem.status], [status, code, status]);
    assert.match(headers['content-type']!, /^application\/problem\+json/);
    assert.equal(problem.type, `urn:sallyport:fault:${code}`);
    assert.equal((problem.errors as { pointer: string }[])[0]!.pointer, at);
  });
}

const malformed = [
  { name: 'half an object', raw: '{"to":', status: 400, code: 'malformed_body' },
  { name: 'nothing', raw: '', status: 400, code: 'malformed_body' },
  { name: 'what is no UTF-8', raw: Buffer.from([0x22, 0xff, 0x22]), status: 400, code: 'malformed_body' },
  { name: 'an array', raw: '[]', status: 422, code: 'invalid_request' },
  {
    name: 'more than is taken',
    raw: JSON.stringify({ text: 'x'.repeat(70_000) }),
    status: 413,
    code: 'body_too_large',
  },
];
for (const { name, raw, status, code } of malformed) {
  test(`a body is refused as ${code}: ${name}`, async () => {
    const answer = await anyone.post('/v1/messages', { key: client.key, raw });
    assert.deepEqual([answer.status, answer.body.code], [status, code]);
  });
}

test('another media type, another method and another address are refused', async () => {
  const headers = { 'content-type': 'text/plain' };
  const plain = await anyone.post('/v1/messages', { key: client.key, raw: 'hello', headers });
  assert.deepEqual([plain.status, plain.body.code], [415, 'unsupported_media_type']);
  const removed = await anyone.call('DELETE', '/v1/messages', { key: client.key });
  assert.deepEqual([removed.status, removed.body.code], [405, 'method_not_allowed']);
  const elsewhere = await anyone.get('/v1/nowhere', { key: client.key });
  assert.deepEqual([elsewhere.status, elsewhere.body.code], [404, 'not_found']);
});

test('what is refused leaves nothing behind', async () => {
  assert.equal((await gateway.control('POST', '/v1/accounts', { name: 'tidy' })).status, 201);
  using tidy = await AccountClient.open(gateway, { account: 'tidy' });
  for (const { body } of refused) await tidy.post('/v1/messages', { ...hello, ...body, from: '99999' });
  assert.deepEqual((await tidy.post('/v1/messages/search', {})).body.messages, []);
});

const wrongKeys = [
  { name: 'no key', key: undefined, code: 'credential_missing' },
  { name: 'a key that was never made', key: `sallyport_${'A'.repeat(60)}`, code: 'credential_invalid' },
  { name: 'half a key', key: 'sallyport_', code: 'credential_invalid' },
  { name: 'what is no key', key: 'open-sesame', code: 'credential_invalid' },
];
for (const { name, key, code } of wrongKeys) {
  test(`refused as ${code}: ${name}`, async () => {
    const { status, body, headers } = await anyone.post('/v1/messages', { ...(key && { key }), body: hello });
    assert.deepEqual([status, body.code], [401, code]);
    assert.match(headers['www-authenticate']!, /^Bearer realm="sallyport"/);
  });
}

test('a key with its last character changed is refused', async () => {
  const last = client.key.at(-1) === 'A' ? 'B' : 'A';
  const { status } = await anyone.post('/v1/messages', { key: client.key.slice(0, -1) + last, body: hello });
  assert.equal(status, 401);
  assert.equal(gateway.rawLog.includes(client.key.slice(-20)), false);
});

test('a key that is revoked is refused from then on, on open connections too', async () => {
  using other = await AccountClient.open(gateway);
  await other.sends();
  await revoke(gateway, other.keyId);
  const { status, body } = await other.post('/v1/messages', hello);
  assert.deepEqual([status, body.code], [401, 'credential_invalid']);
});

test('a key ends at its time', async () => {
  using other = await AccountClient.open(gateway, { expiresAt: new Date(Date.now() + 700).toISOString() });
  assert.equal((await other.post('/v1/messages/search', { limit: 1 })).status, 200);
  let status = 200;
  while (status === 200) ({ status } = await other.post('/v1/messages/search', { limit: 1 }));
  assert.equal(status, 401);
});

test('a key does no more than its verbs, and only from its networks', async () => {
  using reader = await AccountClient.open(gateway, { capability: { verbs: ['read'] } });
  assert.equal((await reader.post('/v1/messages', hello)).body.code, 'verb_not_allowed');
  using distant = await AccountClient.open(gateway, { capability: { networks: ['10.0.0.0/8'] } });
  assert.equal((await distant.post('/v1/messages', hello)).body.code, 'network_not_allowed');
});

test('a message of another account is not there: not to read, not to cancel, not to find', async () => {
  assert.equal((await gateway.control('POST', '/v1/accounts', { name: 'stranger' })).status, 201);
  using stranger = await AccountClient.open(gateway, { account: 'stranger' });
  const id = await client.sends({ sendAt: new Date(Date.now() + 3_600_000).toISOString() });
  const read = await stranger.get(`/v1/messages/${id}`);
  assert.deepEqual([read.status, read.body.code], [404, 'message_not_found']);
  const cancelled = await stranger.post(`/v1/messages/${id}/cancel`);
  assert.deepEqual([cancelled.status, cancelled.body.code], [404, 'message_not_found']);
  assert.deepEqual((await stranger.post('/v1/messages/search', { recipient: hello.to })).body.messages, []);
  assert.equal((await client.reads(id)).state, 'scheduled');
});

test('a search from before all time finds what a search from the beginning finds', async () => {
  const id = await client.sends();
  const { status, body } = await client.post('/v1/messages/search', { since: '0000-01-01T00:00:00Z', limit: 1 });
  assert.deepEqual([status, (body.messages as { id: string }[])[0]?.id], [200, id]);
  const earlier = await client.post('/v1/messages/search', { until: '1969-12-31T00:00:00Z' });
  assert.deepEqual(earlier.body.messages, []);
});
