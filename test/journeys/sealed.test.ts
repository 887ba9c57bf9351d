import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { command } from '../support/command-line.ts';
import { temporaryFolder } from '../support/database.ts';
import { Esme } from '../support/esme.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { RecordReader } from '../support/recorded.ts';
import { SoftHsm } from '../support/soft-hsm.ts';

const PASSPHRASE = 'correct horse battery staple';
const GUESS = 'tr0ub4dor and three';
const hello = { to: '+12025550143', from: '10666', text: 'Hello' };
const SYSTEM_ERROR = 8;

const typed = (gateway: GatewayProcess, line: string, input?: string) =>
  command(line.split(' '), {
    socketPath: join(gateway.dataFolder, 'control.sock'),
    ...(input === undefined ? {} : { input }),
  });

const codeOf = (answer: { body: unknown }) => (answer.body as { code: string }).code;

/** Who has unsealed the gateway, as it is on record. */
async function unsealedBy(dataFolder: string): Promise<[who: string, from: string | null]> {
  await using record = await RecordReader.open(dataFolder);
  const { who, from } = await record.until(({ what }) => what === 'gateway.unsealed');
  return [who, from];
}

/** A stopped gateway whose root key has a passphrase, and the key of its sandbox. */
async function withPassphrase() {
  const folder = await temporaryFolder();
  const dataFolder = join(folder.path, 'data');
  await using gateway = await GatewayProcess.start({ dataFolder });
  const file = join(folder.path, 'passphrase');
  writeFileSync(file, `${PASSPHRASE}\n`, { mode: 0o600 });
  const { code, out } = await typed(gateway, `root-key passphrase --new-file ${file}`);
  assert.equal(code, 0, out);
  const key = gateway.sandboxKey;
  assert.equal(await gateway.stop(), 0);
  return { folder, dataFolder, file, key };
}

async function refusesAll(gateway: GatewayProcess, key: string): Promise<void> {
  const asked = [
    await gateway.ask('GET', '/v1/health', undefined, { key: '' }),
    await gateway.ask('POST', '/v1/messages', hello, { key }),
    await gateway.ask('GET', '/v1/nothing', undefined, { key: '' }),
    await gateway.control('GET', '/v1/keys'),
    await gateway.control('GET', '/v1/status'),
  ];
  for (const answer of asked) assert.deepEqual([answer.status, codeOf(answer)], [503, 'sealed']);
  assert.equal(JSON.stringify(asked.slice(0, 3)).includes('passphrase'), false, 'why is for the operator');
  using esme = await Esme.plain(gateway);
  esme.sends('bind_transceiver', { system_id: 'anyone', password: 'secret', interface_version: 0x34 });
  await esme.hears('bind_transceiver_resp', { status: SYSTEM_ERROR });
}

async function sends(gateway: GatewayProcess, key: string): Promise<void> {
  const sent = await gateway.ask('POST', '/v1/messages', hello, { key });
  assert.equal(sent.status, 202);
}

test('a gateway whose root key has a passphrase starts sealed, refuses all work, and is unsealed', async () => {
  const { folder, dataFolder, key } = await withPassphrase();
  await using _folder = folder;
  await using gateway = await GatewayProcess.start({ dataFolder, isSealed: true });
  await refusesAll(gateway, key);
  const status = await typed(gateway, 'status');
  assert.equal(status.code, 1);
  assert.match(status.err, /passphrase.*\(sealed\)\nOpen it with: npx sallyport unseal/);

  const wrong = await typed(gateway, 'unseal', `${GUESS}\n`);
  assert.deepEqual([wrong.code, /\((\w+)\)/.exec(wrong.err)?.[1]], [1, 'passphrase_wrong']);
  assert.equal(`${wrong.err}${gateway.rawLog}`.includes(GUESS), false);
  await refusesAll(gateway, key);

  let unsealed = await typed(gateway, 'unseal', `${PASSPHRASE}\n`);
  while (unsealed.err.includes('passphrase_too_soon')) unsealed = await typed(gateway, 'unseal', `${PASSPHRASE}\n`);
  assert.equal(unsealed.code, 0, unsealed.err);
  await gateway.ready();
  await sends(gateway, key);
  assert.match((await typed(gateway, 'unseal')).err, /\(not_sealed\)/);
  assert.deepEqual(await unsealedBy(dataFolder), ['operator:local', 'control socket']);
  assert.equal(gateway.rawLog.includes(PASSPHRASE), false);
  assert.deepEqual(
    gateway.log.filter(({ event }) => event.includes('sealed')).map(({ event }) => event),
    ['sealed', 'unsealed'],
  );
  assert.equal(await gateway.stop(), 0);
});

test('a sealed gateway stops when it is told to, and starts by itself with a file of its passphrase', async () => {
  const { folder, dataFolder, file, key } = await withPassphrase();
  await using _folder = folder;
  await using sealed = await GatewayProcess.start({ dataFolder, isSealed: true });
  assert.equal(await sealed.stop(), 0);
  const settings = { SALLYPORT_VAULT_PASSPHRASE_FILE: file };
  await using gateway = await GatewayProcess.start({ dataFolder, settings });
  await sends(gateway, key);
});

test('a gateway moves to a token, and starts sealed while that is not there', async () => {
  using hsm = new SoftHsm();
  await using folder = await temporaryFolder();
  const dataFolder = join(folder.path, 'data');
  await using first = await GatewayProcess.start({ dataFolder });
  const key = first.sandboxKey;
  await first.stop();

  const settings = { ...hsm.environment, SALLYPORT_VAULT_ROOT_KEY: 'pkcs11' };
  await using moving = await GatewayProcess.start({ dataFolder, settings });
  const before = await typed(moving, 'root-key status');
  assert.match(before.out, /In force +pkcs11[\s\S]*file +1 +2\n[\s\S]*root-key rewrap/);
  const after = await typed(moving, 'root-key rewrap');
  assert.match(after.out, /pkcs11 +1 +2\n$/);
  assert.doesNotMatch(after.out, /\nfile/);
  await moving.stop();

  hsm.pull();
  await using sealed = await GatewayProcess.start({ dataFolder, settings, isSealed: true });
  assert.match(sealed.output, /No token with the label .* is there/);
  await refusesAll(sealed, key);
  hsm.plugIn();
  await sealed.ready();
  await sends(sealed, key);
});

test('a wrong PIN is tried once, and again only when a person says so', async () => {
  using hsm = new SoftHsm();
  hsm.writePin('wrong-pin-of-tests');
  const settings = { ...hsm.environment, SALLYPORT_VAULT_ROOT_KEY: 'pkcs11' };
  await using gateway = await GatewayProcess.start({ settings, isSealed: true });
  assert.match(gateway.output, /The token refuses the PIN/);
  const again = await typed(gateway, 'unseal');
  assert.match(again.err, /\(token_pin_refused\)/);
  hsm.rightPin();
  assert.equal((await typed(gateway, 'unseal')).code, 0);
  await gateway.ready();
  await sends(gateway, gateway.sandboxKey);
  assert.equal(`${gateway.rawLog}${gateway.output}`.includes('wrong-pin'), false);
});
