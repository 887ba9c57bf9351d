import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { DAY_MS, systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import { KeyWatch } from '../../src/key-watch.ts';
import { DUE_SOON_MS, keyPeriods, type RootKeys, RootLife, Vault } from '../../src/vault/index.ts';
import { silentLog } from '../support/database.ts';
import { isFault } from '../support/faults.ts';
import { HandClock } from '../support/hand-clock.ts';
import { ownDatabase } from '../support/hooks.ts';
import { KeyLog } from '../support/key-log.ts';
import { rootKeysIn } from '../support/root-keys.ts';

const YEAR_MS = keyPeriods.root.protectsMs;

const db = ownDatabase();
let path: string;
let clock: HandClock;
let log: KeyLog;
let root: RootKeys;
let vault: Vault;
let life: RootLife;
let fileCount = 0;

const open = (file = path): Promise<Vault> => {
  root = rootKeysIn(file, {}, { clock });
  const pool = db.engine;
  life = new RootLife({ pool, root, record: log.record, clock });
  return Vault.open({ pool, root, entropy: systemEntropy, clock, record: log.record });
};

beforeEach(async () => {
  await db.owner.query('TRUNCATE vault.key, vault.root_version');
  path = join(db.dataFolder, `life-${++fileCount}.key`);
  clock = new HandClock(systemClock.now());
  log = new KeyLog();
  vault = await open();
  await vault.addAccount(1);
});

const versions = async () => (await root.versions()).map(({ version }) => version);

test('a key alone in a file is as old as the oldest key under it, and one that is made says when', async () => {
  await life.keep();
  assert.deepEqual(log.words.slice(-1), ['1 root made']);
  const { sinceMs, dueAtMs } = await life.age();
  const [made] = (
    await db.owner.query<{ at: number }>(
      'SELECT min(extract(epoch FROM created_at) * 1000)::float8 AS at FROM vault.key',
    )
  ).rows;
  assert.deepEqual([sinceMs, dueAtMs], [made!.at, made!.at + YEAR_MS]);
  clock.advance(10 * DAY_MS);
  await vault.rewrapAccountKeys(true);
  const age = await life.age();
  assert.deepEqual(
    age.versions.map(({ version }) => version),
    [1, 2],
  );
  assert.ok(Math.abs(age.sinceMs! - clock.now()) < 1000, 'to the second');
  log.events.length = 0;
  await life.keep();
  assert.deepEqual(log.words, [], 'each is on record once');
});

test('a version whose maker was killed before he could say so is on record at the next look', async () => {
  await life.keep();
  await root.renew();
  log.events.length = 0;
  await life.keep();
  assert.deepEqual(log.words, ['1 root made']);
  assert.equal(log.events[0]?.version, 2);
});

test('an alarm stands from 30 days before the end of the year on, until the key is exchanged', async () => {
  const told: string[] = [];
  const alarms = {
    raise: (alarm: string, _on: readonly string[], about?: object) => told.push(`${alarm} ${JSON.stringify(about)}`),
    end: (alarm: string) => alarm === 'root_key_due' && told.push(`no ${alarm}`),
    endOthers: () => undefined,
  };
  const watch = new KeyWatch({ rootLife: life, alarms, log: silentLog });
  const at = async (ms: number) => {
    clock.advance(ms);
    await watch.round();
    return told.splice(0);
  };
  await watch.round();
  told.length = 0;
  const { leftMs } = await life.age();
  assert.deepEqual(await at(leftMs! - DUE_SOON_MS - 1), ['no root_key_due']);
  assert.deepEqual(await at(1), ['root_key_due {"daysLeft":30}']);
  assert.deepEqual(await at(DUE_SOON_MS + 1), ['root_key_due {"daysLeft":-1}']);
  await vault.rewrapAccountKeys(true);
  assert.deepEqual(await at(0), ['no root_key_due']);
});

test('a version is forgotten when nothing is wrapped under it, and not before', async () => {
  await life.keep();
  const copy = `${path}.copy`;
  copyFileSync(path, copy);
  await assert.rejects(life.forget(1), isFault('root_key_in_use'));
  await root.renew();
  await life.keep();
  await assert.rejects(life.forget(1), isFault('root_key_in_use'), 'it wraps two account keys');
  await vault.rewrapAccountKeys(false);
  await assert.rejects(life.forget(2), isFault('root_key_in_use'), 'it is the latest');
  await assert.rejects(life.forget(3), isFault('not_found'));
  log.refuses = 'destroyed';
  await assert.rejects(life.forget(1));
  assert.deepEqual(await versions(), [1, 2], 'no record, no action');
  log.refuses = null;
  log.events.length = 0;
  await life.forget(1);
  assert.deepEqual([log.words, log.events[0]?.version], [['1 root destroyed'], 1]);
  assert.deepEqual(await versions(), [2]);
  await assert.rejects(life.forget(1), isFault('not_found'));
  vault.close();
  vault = await open();
  assert.deepEqual(vault.accountIds, [1]);
});

test('a gateway that has not heard of it cannot lose an account under a version that was forgotten', async () => {
  await life.keep();
  const stale = `${path}.stale`;
  copyFileSync(path, stale);
  await vault.rewrapAccountKeys(true);
  const elsewhere = rootKeysIn(stale);
  const wrapped = await elsewhere.wrap(Buffer.alloc(32), {
    purpose: 'account key',
    accountId: 2,
    record: 0,
    revision: 1,
  });
  elsewhere.close();
  await life.forget(1);
  const insert = `INSERT INTO vault.key (account_id, kind, period, wrapped) VALUES (2, 'account', '1970-01-01', $1)`;
  await assert.rejects(db.engine.query(insert, [wrapped]), { code: '23514' });
});
