import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { type FaultCode, FaultError } from '../../src/base/fault.ts';
import { Secret } from '../../src/base/secret.ts';
import { KeyWatch } from '../../src/key-watch.ts';
import { GATEWAY_ACCOUNT, type RootKeys, RootLife, type Vault } from '../../src/vault/index.ts';
import { silentLog } from '../support/database.ts';
import { FakeAlarms } from '../support/fake-alarms.ts';
import { eachTest, ownDatabase } from '../support/hooks.ts';
import { KeyLog, unrecorded } from '../support/key-log.ts';
import { rootKeysIn } from '../support/root-keys.ts';
import { openVault } from '../support/vault.ts';

const db = ownDatabase();
const each = eachTest(() => db.owner.query('TRUNCATE vault.key, vault.root_version, vault.tombstone'));
const PASSPHRASE = Buffer.from('correct horse battery staple');

interface Node {
  readonly vault: Vault;
  readonly root: RootKeys;
  readonly life: RootLife;
}

let here: Node;
let there: Node;
let sealed: Buffer;

const fileOf = (name: string): string => join(each.folder, `${name}.key`);

/** A gateway, as far as it has to do with keys. */
async function start(name: string): Promise<Node> {
  const root = rootKeysIn(fileOf(name));
  each.taken.defer(() => root.close());
  const { record } = new KeyLog();
  const vault = await openVault(db.engine, fileOf(name), { root, record });
  each.taken.defer(() => vault.close());
  const life = new RootLife({ pool: db.engine, root, record: unrecorded, clock: systemClock });
  await life.keep();
  return { vault, root, life };
}

const isFault = (code: FaultCode) => (error: unknown) => error instanceof FaultError && error.fault.code === code;
const versions = async (node: Node) => (await node.root.versions()).map(({ version }) => version);
const inUse = async () => (await here.vault.rootKeysInUse()).map(({ version, count }) => [version, count]);

/** Everything that was wrapped before is open, and what comes is wrapped and opened again. */
async function works(node: Node, accountId: number): Promise<void> {
  await node.vault.addAccount(accountId);
  const opened = node.vault.openSecret('carrier secret', GATEWAY_ACCOUNT, 5, sealed);
  assert.equal(opened?.reveal(), 'swordfish');
}

beforeEach(async () => {
  here = await start('shared');
  there = await start('shared');
  await here.vault.addAccount(1);
  await there.vault.addAccount(1);
  sealed = here.vault.sealSecret('carrier secret', GATEWAY_ACCOUNT, 5, new Secret('swordfish'));
});

test('a version that one gateway makes is taken up by another, which wraps under it from then on', async () => {
  await here.vault.rewrapAccountKeys(true);
  await there.life.takeUp();
  assert.deepEqual(await versions(there), [1, 2]);
  await works(there, 2);
  assert.deepEqual(await inUse(), [[2, 3]]);
  await here.life.forget(1);
  await there.life.takeUp();
  assert.deepEqual(await versions(there), [2]);
  await works(there, 3);
  await works(await start('shared'), 3);
});

test('it is told of at once', async () => {
  const client = await db.database.connectEngine();
  const heard: string[] = [];
  let wake = Promise.withResolvers<void>();
  client.on('notification', ({ payload = '' }) => {
    heard.push(payload);
    wake.resolve();
  });
  await client.query('LISTEN sallyport_changes');
  for (const exchange of [() => here.vault.rewrapAccountKeys(true), () => here.life.forget(1)]) {
    await exchange();
    await wake.promise;
    wake = Promise.withResolvers();
  }
  assert.deepEqual(heard, ['key', 'key']);
  await client.end();
});

test('a key under a version that nobody has told of is opened', async () => {
  await here.vault.rewrapAccountKeys(true);
  await here.vault.addAccount(2);
  await works(there, 2);
  assert.deepEqual(await versions(there), [1, 2]);
});

test('versions that two gateways make one after the other, or at once, are all kept', async () => {
  await here.vault.rewrapAccountKeys(true);
  await there.vault.rewrapAccountKeys(true);
  await Promise.all([here, there].map(({ vault }) => vault.rewrapAccountKeys(true)));
  await here.life.takeUp();
  await there.life.takeUp();
  for (const node of [here, there, await start('shared')]) {
    assert.deepEqual(await versions(node), [1, 2, 3, 4, 5]);
    await works(node, 2);
  }
});

test('a gateway whose file was left behind says so, works with what it holds, and takes the file when it is there', async () => {
  copyFileSync(fileOf('shared'), fileOf('left'));
  const left = await start('left');
  const alarms = new FakeAlarms();
  const watch = new KeyWatch({ rootLife: left.life, alarms, log: silentLog });
  await left.vault.addAccount(1);
  await watch.heedRoot();
  assert.deepEqual(alarms.names, []);
  await here.vault.rewrapAccountKeys(true);
  await watch.heedRoot();
  assert.deepEqual(alarms.names, ['root_key_not_taken key:all/root']);
  await works(left, 2);
  copyFileSync(fileOf('shared'), fileOf('left'));
  await watch.heedRoot();
  assert.deepEqual(alarms.names, []);
  assert.deepEqual(await versions(left), [1, 2]);
});

test('an older file, another key and a file that others may read are not taken up; nothing changes', async () => {
  copyFileSync(fileOf('shared'), fileOf('older'));
  await here.vault.rewrapAccountKeys(true);
  await there.life.takeUp();
  copyFileSync(fileOf('shared'), fileOf('newer'));
  const bad: readonly (readonly [FaultCode, () => void])[] = [
    ['root_key_mismatch', () => copyFileSync(fileOf('older'), fileOf('shared'))],
    ['root_key_mismatch', () => writeFileSync(fileOf('shared'), Buffer.alloc(32, 7))],
    ['root_key_unsafe', () => writeFileSync(fileOf('shared'), 'no key')],
    ['root_key_unsafe', () => chmodSync(fileOf('shared'), 0o644)],
  ];
  for (const [at, [code, spoil]] of bad.entries()) {
    spoil();
    await assert.rejects(there.life.takeUp(), isFault(code));
    await assert.rejects(there.vault.rewrapAccountKeys(true), isFault(code));
    assert.deepEqual(await versions(there), [1, 2]);
    await works(there, 10 + at);
  }
  chmodSync(fileOf('shared'), 0o600);
  copyFileSync(fileOf('newer'), fileOf('shared'));
  await there.life.takeUp();
});

test('a version under a passphrase is taken up by who had the passphrase; another passphrase is asked for', async () => {
  await here.vault.changeRootPassphrase(null, PASSPHRASE);
  await assert.rejects(there.life.takeUp(), isFault('passphrase_needed'));
  await works(there, 2);
  await there.root.unlock(PASSPHRASE);
  await here.vault.rewrapAccountKeys(true);
  await there.life.takeUp();
  assert.deepEqual(await versions(there), [1, 2]);
  await here.vault.changeRootPassphrase(PASSPHRASE, null);
  await there.life.takeUp();
  assert.equal(there.root.hasPassphrase, false);
  await works(there, 3);
});
