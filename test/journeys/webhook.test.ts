import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AccountClient } from '../support/account-client.ts';
import { logged } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { testCertificate } from '../support/test-certificate.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const certificate = testCertificate('127.0.0.1', 'localhost');
const folder = mkdtempSync(join(tmpdir(), 'sallyport-test-webhook-'));
const authority = join(folder, 'authority.pem');
writeFileSync(authority, certificate.cert);
const settings = {
  NODE_EXTRA_CA_CERTS: authority,
  SALLYPORT_WEBHOOK_ALLOW_NETWORKS: '127.0.0.0/8',
  SALLYPORT_WEBHOOK_RETRY_SECONDS: Array.from({ length: 20 }, () => 1).join(','),
};

let gateway: GatewayProcess;
before(async () => {
  gateway = await GatewayProcess.start({ settings });
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** An account of its own, whose notices go to the receiver. */
async function listening(name: string, url: string, senders = ['10666']) {
  assert.equal((await gateway.control('POST', '/v1/accounts', { name })).status, 201);
  const client = await AccountClient.open(gateway, { account: name, capability: { senders } });
  const { status, body } = await client.put('/v1/webhook', { url });
  assert.equal(status, 200, JSON.stringify(body));
  return { client, secret: body.secret as string };
}

const ends = [
  { to: '+12025550143', state: 'delivered', code: 0 },
  { to: '+12025550190', state: 'undelivered', code: 0 },
  { to: '+12025550191', state: 'expired', code: 0 },
  { to: '+12025550194', state: 'failed', code: 0x0b },
];
test('an application is told how its messages ended, signed, with its own reference and no number', async () => {
  await using receiver = await WebhookReceiver.open(certificate);
  const { client, secret } = await listening('teller', receiver.url);
  for (const { to, state, code } of ends) {
    const id = await client.sends({ to, reference: `to ${state}` });
    const { id: noticeId, event } = await receiver.hears(secret);
    assert.equal(noticeId, `${id}.${state}`);
    assert.equal(event.type, `message.${state}`);
    assert.deepEqual(event.data, { id, state, reference: `to ${state}`, code });
    assert.ok(Math.abs(Date.parse(event.timestamp) - Date.now()) < 60_000);
  }
  client[Symbol.dispose]();
});

test('an application is told of a message that is cancelled, once', async () => {
  await using receiver = await WebhookReceiver.open(certificate);
  const { client, secret } = await listening('canceller', receiver.url);
  const id = await client.sends({ sendAt: new Date(Date.now() + 3_600_000).toISOString() });
  for (let time = 0; time < 2; time++) assert.equal((await client.post(`/v1/messages/${id}/cancel`)).status, 200);
  assert.equal((await receiver.hears(secret)).event.type, 'message.cancelled');
  const next = await client.sends();
  assert.equal((await receiver.hears(secret)).id, `${next}.delivered`);
  client[Symbol.dispose]();
});

test('a notice that is not taken comes again, with the same id, until it is', async () => {
  await using receiver = await WebhookReceiver.open(certificate);
  const { client, secret } = await listening('stubborn', receiver.url);
  const answers = [500, 302, 204];
  receiver.answers = () => answers.shift() ?? 204;
  const id = await client.sends();
  const told = [await receiver.hears(secret), await receiver.hears(secret), await receiver.hears(secret)];
  assert.deepEqual(
    told.map((notice) => [notice.id, notice.attempt]),
    [1, 2, 3].map((attempt) => [`${id}.delivered`, attempt]),
  );
  assert.deepEqual(told[2]!.event, told[0]!.event);
  await logged(gateway, 'webhook_failed', { message: id, reason: 'status_500', attempt: 1 });
  await logged(gateway, 'webhook_failed', { message: id, reason: 'status_302', attempt: 2 });
  const next = await client.sends();
  assert.equal((await receiver.hears(secret)).id, `${next}.delivered`);
  client[Symbol.dispose]();
});

test('what a person writes back is told with its text', async () => {
  await using receiver = await WebhookReceiver.open(certificate);
  const { client, secret } = await listening('inbox', receiver.url, ['10777']);
  const body = { from: '+12025550150', to: '10777', text: 'Wo ist es? 📦' };
  assert.equal((await gateway.control('POST', '/v1/handset/messages', body)).status, 204);
  const { event } = await receiver.hears(secret);
  const { id, ...data } = event.data;
  assert.equal(event.type, 'message.received');
  assert.deepEqual(data, { ...body, state: 'received', reference: null });
  const { body: read } = await client.get(`/v1/messages/${String(id)}`);
  assert.deepEqual([read.direction, read.state], ['mo', 'received']);
  client[Symbol.dispose]();
});

test('a receiver whose certificate is not trusted is told nothing', async () => {
  await using impostor = await WebhookReceiver.open(testCertificate('127.0.0.1'));
  const { client } = await listening('careful', impostor.url);
  const id = await client.sends();
  await logged(gateway, 'webhook_failed', { message: id, reason: 'certificate_refused' });
  assert.equal(impostor.untold, 0);
  client[Symbol.dispose]();
});

test('with a new secret the old one signs no more', async () => {
  await using receiver = await WebhookReceiver.open(certificate);
  const { client, secret } = await listening('rotating', receiver.url);
  const { body } = await client.put('/v1/webhook', { url: receiver.url });
  assert.notEqual(body.secret, secret);
  await client.sends();
  await receiver.hears(body.secret as string);
  assert.equal(gateway.rawLog.includes(secret), false);
  client[Symbol.dispose]();
});

test('addresses inside are refused, by number at once and by name when they are looked up', async () => {
  await using closed = await GatewayProcess.start({ settings: { NODE_EXTRA_CA_CERTS: authority } });
  await using receiver = await WebhookReceiver.open(certificate);
  using client = await AccountClient.open(closed);
  for (const url of [
    receiver.url,
    'https://10.0.0.1/',
    'https://[::1]/',
    'https://169.254.169.254/',
    'http://example.com/',
  ]) {
    const { status, body } = await client.put('/v1/webhook', { url });
    assert.deepEqual([status, body.code], [422, 'webhook_address_refused'], url);
  }
  assert.equal((await client.put('/v1/webhook', { url: `https://localhost:${receiver.port}/` })).status, 200);
  const id = await client.sends();
  await logged(closed, 'webhook_failed', { message: id, reason: 'webhook_address_refused' });
  assert.equal(receiver.untold, 0);
});

test('what could not be told before a restart is told after it', async () => {
  await using first = await GatewayProcess.start({ settings });
  const gone = await WebhookReceiver.open(certificate);
  const { port, url } = gone;
  await gone[Symbol.asyncDispose]();
  using client = await AccountClient.open(first);
  const { body } = await client.put('/v1/webhook', { url });
  const id = await client.sends();
  await logged(first, 'webhook_failed', { message: id, reason: 'connection_failed' });
  assert.equal(await first.stop(), 0);

  await using receiver = await WebhookReceiver.open(certificate, port);
  await using second = await GatewayProcess.start({ dataFolder: first.dataFolder, settings });
  assert.equal((await receiver.hears(body.secret as string)).id, `${id}.delivered`);
  assert.equal(await second.stop(), 0);
});
