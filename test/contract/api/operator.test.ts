import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { after, before, test } from 'node:test';
import { type Door, openDoor } from '../../support/api-door.ts';
import { fullCapability } from '../../support/fake-administration.ts';

const hello = { to: '+12025550143', from: '12345', text: 'Hello' };

let door: Door;
before(async () => {
  door = await openDoor();
});
after(() => door.close());

test('the control socket is its owner’s alone', () => {
  assert.equal(statSync(door.socketPath).mode & 0o777, 0o600);
});

test('accounts are made once and listed', async () => {
  assert.equal((await door.control.post('/v1/accounts', { body: { name: 'bank' } })).status, 201);
  const again = await door.control.post('/v1/accounts', { body: { name: 'bank' } });
  assert.deepEqual([again.status, again.body.code], [409, 'name_taken']);
  const { accounts } = (await door.control.get('/v1/accounts')).body as { accounts: { name: string }[] };
  assert.ok(accounts.some(({ name }) => name === 'bank'));
});

test('a key is made, works, is listed without its secret, and is revoked', async () => {
  const wanted = { account: 'acme', kind: 'api_key', name: 'shop', capability: fullCapability };
  const made = await door.control.post('/v1/keys', { body: wanted });
  assert.equal(made.status, 201);
  const { id, secret } = made.body as { id: number; secret: string };
  assert.equal((await door.client.post('/v1/messages', { key: secret, body: hello })).status, 202);
  const { keys } = (await door.control.get('/v1/keys')).body as { keys: { id: number }[] };
  assert.equal('secret' in keys.find((key) => key.id === id)!, false);
  const revoked = await door.control.post(`/v1/keys/${id}/revoke`);
  assert.equal(typeof revoked.body.revokedAt, 'string');
  assert.equal((await door.client.post('/v1/messages', { key: secret, body: hello })).status, 401);
  assert.equal((await door.control.post('/v1/keys/999/revoke')).status, 404);
  assert.equal((await door.control.post('/v1/keys/0x1/revoke')).status, 404);
  assert.equal((await door.control.post('/v1/keys', { body: { ...wanted, account: 'nobody' } })).status, 404);
});

test('a carrier is added and tested; a mistake is told for the kind that was meant', async () => {
  const smpp = {
    kind: 'smpp',
    name: 'north',
    host: 'smsc.example',
    port: 3550,
    tls: {},
    systemId: 's',
    password: 'p',
  };
  const added = await door.control.post('/v1/carriers', { body: smpp });
  assert.equal(added.status, 201);
  assert.equal(JSON.stringify(added.body).includes('password'), false);
  assert.equal((await door.control.post('/v1/carriers', { body: smpp })).status, 409);
  const { port: _, ...withoutPort } = smpp;
  const wrong = await door.control.post('/v1/carriers', { body: withoutPort });
  assert.deepEqual(wrong.body.errors, [{ pointer: '/port', detail: 'It is missing.' }]);
  assert.equal((await door.control.post('/v1/carriers', { body: { kind: 'pigeon', name: 'x' } })).status, 422);
  assert.equal((await door.control.post('/v1/carriers', { body: { kind: 'sandbox', name: 'sandbox' } })).status, 201);
  assert.equal((await door.control.post('/v1/carriers/north/test')).body.status, 'bound');
  assert.equal((await door.control.post('/v1/carriers/south/test')).status, 404);
  const { carriers } = (await door.control.get('/v1/carriers')).body as { carriers: { name: string }[] };
  assert.deepEqual(
    carriers.map(({ name }) => name),
    ['north', 'sandbox'],
  );
  assert.equal((await door.control.get('/v1/status')).status, 200);
});

test('the operator sends and looks for an account', async () => {
  const at = '/v1/accounts/acme/messages';
  const headers = { 'idempotency-key': 'operator-1' };
  const sent = await door.control.post(at, { body: hello, headers });
  assert.equal(sent.status, 202);
  assert.deepEqual((await door.control.post(at, { body: hello, headers })).body, sent.body);
  assert.equal((await door.control.get(`${at}/${String(sent.body.id)}`)).body.to, '+*********43');
  assert.equal((await door.control.post(`${at}/batch`, { body: { messages: [hello] } })).status, 202);
  assert.equal((await door.control.post(`${at}/search`, { body: { limit: 1 } })).status, 200);
  assert.equal((await door.control.post('/v1/accounts/nobody/messages', { body: hello })).status, 404);
});

async function watch(): Promise<IncomingMessage> {
  const outgoing = request({ socketPath: door.socketPath, path: '/v1/handset/stream' }).end();
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  incoming.on('error', () => undefined);
  return incoming;
}

test('what reaches the handset is shown as it comes, and the handset can answer', async () => {
  const stream = await watch();
  assert.equal(stream.headers['content-type'], 'application/x-ndjson');
  door.handset.arrives({ from: '12345', to: '12025550143', text: 'Hi\nyou', atMs: 0 });
  const [line] = (await once(stream, 'data')) as [Buffer];
  const shown = { from: '12345', to: '12025550143', text: 'Hi\nyou', at: '1970-01-01T00:00:00.000Z' };
  assert.equal(line.toString(), `${JSON.stringify(shown)}\n`);
  stream.destroy();
  const answer = { from: '12025550143', to: '12345', text: 'STOP' };
  assert.equal((await door.control.post('/v1/handset/messages', { body: answer })).status, 204);
  assert.deepEqual(door.handset.written, [answer]);
});

test('a watcher who does not read is let go, and memory with it', async () => {
  const stream = await watch();
  stream.pause();
  const text = 'x'.repeat(100_000);
  for (let i = 0; i < 200 && door.handset.watcherCount > 0; i++) {
    door.handset.arrives({ from: '12345', to: '12025550143', text, atMs: 0 });
    await new Promise(setImmediate);
  }
  assert.equal(door.handset.watcherCount, 0);
  stream.destroy();
});
