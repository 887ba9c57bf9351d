import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AccountClient } from '../support/account-client.ts';
import { command } from '../support/command-line.ts';
import { connectOwner } from '../support/database.ts';
import { logged } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { ScriptedSmsc } from '../support/scripted-smsc.ts';
import { testCertificate } from '../support/test-certificate.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const certificate = testCertificate('127.0.0.1', 'localhost');
const PASSWORD = 'opensesa';
const SENDER = '54321';

let folder: string;
let settings: Record<string, string>;
let gateway: GatewayProcess;
let client: AccountClient;
let north: ScriptedSmsc;
let south: ScriptedSmsc;
let thief: ScriptedSmsc;
let receiver: WebhookReceiver;
let thiefReceiver: WebhookReceiver;
const ports = { north: 0, south: 0, thief: 0 };

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-test-outside-'));
  const authority = join(folder, 'authority.pem');
  writeFileSync(authority, certificate.cert);
  settings = {
    NODE_EXTRA_CA_CERTS: authority,
    SALLYPORT_WEBHOOK_ALLOW_NETWORKS: '127.0.0.0/8',
    SALLYPORT_WEBHOOK_RETRY_SECONDS: Array.from({ length: 20 }, () => 1).join(','),
  };
  [north, south, thief] = [new ScriptedSmsc(), new ScriptedSmsc(), new ScriptedSmsc()];
  for (const [name, smsc] of Object.entries({ north, south, thief }))
    ports[name as keyof typeof ports] = await smsc.listen();
  receiver = await WebhookReceiver.open(certificate);
  thiefReceiver = await WebhookReceiver.open(certificate);
  gateway = await GatewayProcess.start({ settings, dataFolder: join(folder, 'data') });
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  for (const each of [north, south, thief, receiver, thiefReceiver]) await each[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const settingsOf = (name: keyof typeof ports) => ({
  host: '127.0.0.1',
  port: ports[name],
  tls: false,
  systemId: name,
});
const binds = (smsc: ScriptedSmsc) => smsc.heardOf('bind_transceiver').length;

async function sql(text: string): Promise<void> {
  const owner = await connectOwner(gateway.dataFolder);
  await owner.query(text);
  await owner.end();
}

/** Somebody changes the database, and the gateway starts anew. */
async function startAfter(text: string): Promise<void> {
  await sql(text);
  await gateway.stop();
  gateway = await GatewayProcess.start({ settings, dataFolder: gateway.dataFolder });
  client = client.at(gateway);
}

interface Status {
  readonly alarms: readonly { alarm: string; on: string[] }[];
  readonly carriers: readonly { name: string; status: string; settings: unknown }[];
}

async function alarmed(): Promise<string[]> {
  const { body } = await gateway.control('GET', '/v1/status');
  return (body as Status).alarms.filter(({ alarm }) => alarm === 'changed_outside').map(({ on }) => on.join(' '));
}

async function carrier(name: string) {
  const { body } = await gateway.control('GET', '/v1/carriers');
  return (body as Status).carriers.find((each) => each.name === name)!;
}

test('nothing is amiss before anybody has done anything', async () => {
  for (const name of ['north', 'south'] as const) {
    const body = { kind: 'smpp', name, password: PASSWORD, ...settingsOf(name) };
    assert.equal((await gateway.control('POST', '/v1/carriers', body)).status, 201);
  }
  await north.until(() => binds(north) === 1);
  await south.until(() => binds(south) === 1);
  client = await AccountClient.open(gateway, { capability: { carriers: ['north', 'south'], senders: [SENDER] } });
  assert.equal((await client.put('/v1/webhook', { url: receiver.url })).status, 200);
  assert.deepEqual(await alarmed(), []);
});

test('a carrier whose address was changed is bound nowhere; the other carrier is', async () => {
  await startAfter(`UPDATE carrier SET settings = settings || '{"port": ${ports.thief}}' WHERE name = 'north'`);
  await south.until(() => binds(south) === 2);
  const { status, settings: shown } = await carrier('north');
  assert.deepEqual([status, shown], ['changed outside', null]);
  assert.deepEqual(await alarmed(), ['carrier:2']);
  const id = await client.sends({ from: SENDER });
  await client.until(id, 'sent');
  await south.until(() => south.heardOf('submit_sm').length === 1);
  assert.equal(thief.sessions.length + binds(north), 1, 'the bind from before');
});

test('it is neither tested nor changed in part, and is used again when it was set anew', async () => {
  const part = [
    ['POST', '/v1/carriers/north/test', undefined],
    ['PATCH', '/v1/carriers/north', { isEnabled: false }],
    ['PATCH', '/v1/carriers/north', { password: PASSWORD }],
    ['PATCH', '/v1/carriers/north', settingsOf('north')],
  ] as const;
  for (const [method, path, body] of part) {
    const answer = await gateway.control(method, path, body);
    assert.deepEqual([answer.status, (answer.body as { code: string }).code], [409, 'changed_outside']);
  }
  const whole = { ...settingsOf('north'), password: PASSWORD };
  assert.equal((await gateway.control('PATCH', '/v1/carriers/north', whole)).status, 200);
  await north.until(() => binds(north) === 2);
  while ((await alarmed()).length > 0);
  assert.equal(thief.sessions.length, 0);
});

test('a webhook whose address was changed is told nothing, and what it is owed when it was set anew', async () => {
  await startAfter(`UPDATE webhook SET url = '${thiefReceiver.url}'`);
  assert.deepEqual(await alarmed(), ['webhook:1']);
  const app = await AccountClient.open(gateway);
  const id = await app.sends();
  await app.until(id, 'delivered');
  await logged(gateway, 'webhook_failed', { message: id, reason: 'changed_outside' });
  const { status, body } = await client.put('/v1/webhook', { url: receiver.url });
  assert.equal(status, 200);
  for (;;) {
    const { event } = await receiver.hears(body.secret as string);
    if (event.data.id === id && event.type === 'message.delivered') break;
  }
  assert.equal(thiefReceiver.untold, 0);
  while ((await alarmed()).length > 0);
});

test('a key whose networks, verbs or time were changed lets nobody in; it is not known to be another one', async () => {
  await startAfter(`UPDATE credential SET expires_at = expires_at + interval '1 day' WHERE id = ${client.keyId}`);
  assert.deepEqual(await alarmed(), [`credential:${client.keyId}`]);
  const { status, body } = await client.get('/v1/webhook');
  assert.deepEqual([status, body.code], [401, 'credential_invalid']);
  const { out } = await command(['key', 'list'], { socketPath: join(gateway.dataFolder, 'control.sock') });
  assert.match(out, new RegExp(`^${client.keyId} .* changed outside `, 'm'));
});

test('an operator may take it as it stands', async () => {
  const { status, body } = await gateway.control('POST', '/v1/register/accept', { table: 'credential' });
  assert.deepEqual([status, (body as { changed: number[] }).changed], [200, [client.keyId]]);
  while ((await client.get('/v1/webhook')).status !== 200);
  assert.deepEqual(await alarmed(), []);
});

test('a route that is put in is shown and not taken', async () => {
  await startAfter(`INSERT INTO route (prefix, carriers) VALUES ('1', '{south}')`);
  const { body } = await gateway.control('GET', '/v1/routes');
  const [route] = (body as { routes: { id: number; isRefused: boolean }[] }).routes;
  assert.equal(route!.isRefused, true);
  const question = { to: '+12025550143', from: SENDER };
  const explained = await gateway.control('POST', '/v1/routes/explain', question);
  assert.equal((explained.body as { route: unknown }).route, null);
  assert.equal((await gateway.control('DELETE', `/v1/routes/${route!.id}`)).status, 200);
  while ((await alarmed()).length > 0);
});

test('a gateway that has lost what it kept beside the database asks the log, and begins no second page', async () => {
  unlinkSync(join(gateway.dataFolder, 'register'));
  await startAfter(`DELETE FROM register; UPDATE carrier SET settings = settings || '{"port": ${ports.thief}}'`);
  assert.deepEqual(
    (await alarmed()).toSorted(),
    ['carrier', 'credential', 'route', 'webhook'].map((table) => `register:${table}`),
  );
  assert.equal(thief.sessions.length, 0);
});
