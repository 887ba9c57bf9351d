import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AccountClient } from '../support/account-client.ts';
import { command } from '../support/command-line.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { ScriptedSmsc } from '../support/scripted-smsc.ts';

const SENDER = '54321';
const capability = { carriers: ['north'], senders: [SENDER] };

let gateway: GatewayProcess;
let smsc: ScriptedSmsc;
let client: AccountClient;
let port: number;
let folder: string;
let passwordFile: string;
before(async () => {
  gateway = await GatewayProcess.start();
  smsc = new ScriptedSmsc();
  port = await smsc.listen();
  folder = mkdtempSync(join(tmpdir(), 'sallyport-carrier-'));
  passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 'opensesa\n');
});
after(async () => {
  client?.[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
  await smsc[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const type = (line: string) => command(line.split(' '), { socketPath: join(gateway.dataFolder, 'control.sock') });
const binds = () => smsc.heard.filter(({ command: name }) => name.startsWith('bind_') && !name.endsWith('_resp'));
const at = () => `--host 127.0.0.1 --port ${port} --no-tls`;

test('a carrier is added, and tested over the bind it has', async () => {
  const added = await type(`carrier add --name north ${at()} --system-id gateway --password-file ${passwordFile}`);
  assert.deepEqual([added.err, added.code], ['', 0]);
  await smsc.until(() => binds().length === 1);
  await smsc.until(() => smsc.sessions.some(({ bound }) => bound !== null));
  client = await AccountClient.open(gateway, { capability });
  const id = await client.sends({ from: SENDER });
  await client.until(id, 'sent');
  const tested = await type('carrier test north');
  assert.equal(tested.code, 0, tested.out);
  assert.match(
    tested.out,
    /^ok +address +127\.0\.0\.1 is an address\nok +connection .*\nok +bind +bound\nok +enquire_link /,
  );
  assert.match(tested.out, /north is up: bound\.\n$/);
  assert.equal(binds().length, 1);
});

test('a change makes the link anew, and the password is another from then on', async () => {
  writeFileSync(passwordFile, 'sesameop');
  const changed = await type(`carrier set north --mode tx+rx --bind-count 2 --password-file ${passwordFile}`);
  assert.deepEqual([changed.err, changed.code], ['', 0]);
  await smsc.until(() => binds().length === 5);
  const passwords = binds().map(({ fields }) => 'password' in fields && fields.password);
  assert.deepEqual(passwords, ['opensesa', ...Array.from({ length: 4 }, () => 'sesameop')]);
  const id = await client.sends({ from: SENDER });
  await client.until(id, 'sent');
  const { body } = await gateway.control('GET', '/v1/carriers');
  const north = (body as { carriers: { name: string; settings: { mode: string } }[] }).carriers.find(
    ({ name }) => name === 'north',
  );
  assert.equal(north?.settings.mode, 'transmitter+receiver');
  assert.equal(JSON.stringify(body).includes('sesameop'), false);
});

test('a setting that cannot be is refused by its option, and changes nothing', async () => {
  const { code, err } = await type('carrier set north --host smsc.example');
  assert.equal(code, 1);
  assert.match(err, /\(invalid_setting\)\n {2}--tls: Without TLS/);
  assert.equal((await type('carrier set north')).code, 2);
  assert.equal((await type('carrier set south --window 3')).code, 1);
});

test('a carrier that is disabled gets nothing, one for which messages wait is not removed', async () => {
  assert.match((await type('carrier remove north')).err, /\(carrier_in_use\)/);
  assert.equal((await type('carrier disable north')).code, 0);
  await smsc.until(() => smsc.heardOf('unbind').length >= 4);
  const waiting = await client.sends({ from: SENDER });
  assert.equal((await client.reads(waiting)).state, 'accepted');
  assert.match((await type('carrier list')).out, /north +smpp +down +closed +disabled/);
  assert.match((await type('carrier remove north')).err, /\(carrier_in_use\)/);
  assert.equal((await type('carrier enable north')).code, 0);
  await client.until(waiting, 'sent');
});

test('a carrier that was removed is gone, and its name can be used again', async () => {
  const sent = await client.sends({ from: SENDER });
  await client.until(sent, 'sent');
  assert.equal((await type('carrier disable north')).code, 0);
  await smsc.until(() => smsc.sessions.every(({ connection }) => !connection.isOpen));
  const removed = await type('carrier remove north');
  assert.deepEqual([removed.err, removed.code], ['', 0]);
  assert.equal((await type('carrier test north')).code, 1);
  const { timeline } = await client.reads(sent);
  assert.equal(timeline.at(-1)?.carrier, 'north');
  const soFar = binds().length;
  assert.equal(
    (await type(`carrier add --name north ${at()} --system-id gateway --password-file ${passwordFile}`)).code,
    0,
  );
  await smsc.until(() => binds().length === soFar + 1);
});

test('bind test needs no gateway, and says where it fails', async () => {
  const line = `bind test ${at()} --system-id gateway --password-file ${passwordFile}`;
  const fine = await command(line.split(' '));
  assert.equal(fine.code, 0, fine.out);
  assert.match(fine.out, /ok +bind +bound as transceiver to scripted, SMPP 3\.4\nok +enquire_link .*\nok +unbind /);
  smsc.script = { bind: () => 0x0e };
  const refused = await command(line.split(' '));
  assert.equal(refused.code, 1);
  assert.match(refused.out, /failed +bind +bind_transceiver refused: ESME_RINVPASWD\n +The carrier does not take/);
  assert.equal(refused.out.includes('sesameop'), false);
  smsc.script = {};
  const asJson = await command([...line.split(' '), '--json']);
  const { steps } = JSON.parse(asJson.out) as { steps: { step: string; isOk: boolean }[] };
  assert.deepEqual(
    steps.map(({ step }) => step),
    ['address', 'connection', 'bind', 'enquire_link', 'unbind'],
  );
});

test('bind test against the port of this gateway speaks TLS, and shows the certificate and its pin', async () => {
  const ca = join(gateway.dataFolder, 'tls', 'ca.crt');
  const line = `bind test --host 127.0.0.1 --port ${gateway.smppTlsPort} --ca-file ${ca} --system-id nobody --password-file ${passwordFile}`;
  const { code, out } = await command(line.split(' '));
  assert.equal(code, 1);
  assert.match(out, /ok +tls +TLSv1\.3, .*X25519MLKEM768; certificate for .* pin [A-Za-z0-9+/]{43}=\nfailed +bind /);
  const distant = await command('bind test --host smsc.example --port 1 --no-tls --system-id a'.split(' '));
  assert.equal(distant.code, 2);
});
