import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import { FaultError } from '../../src/base/fault.ts';
import { Secret } from '../../src/base/secret.ts';
import { GATEWAY_ACCOUNT, RootLife, Vault } from '../../src/vault/index.ts';
import { ownDatabase } from '../support/hooks.ts';
import { KeyLog } from '../support/key-log.ts';
import { rootKeysIn } from '../support/root-keys.ts';

const CHILD = join(import.meta.dirname, '../support/root-key-child.ts');
const OLD = 'correct horse battery staple';
const NEW = 'another battery of horses';

let path: string;
let sealed: Buffer;
const db = ownDatabase(({ dataFolder }) => {
  path = join(dataFolder, 'killed.key');
});

/** A vault as the next process opens it, with the passphrase that the file takes. */
async function opened<T>(passphrase: string | null, work: (vault: Vault, life: RootLife) => Promise<T>): Promise<T> {
  const pool = db.engine;
  const { record } = new KeyLog();
  const root = rootKeysIn(path);
  try {
    if (passphrase !== null) await root.unlock(Buffer.from(passphrase));
    const vault = await Vault.open({ pool, root, entropy: systemEntropy, clock: systemClock, record });
    try {
      return await work(vault, new RootLife({ pool, root, record, clock: systemClock }));
    } finally {
      vault.close();
    }
  } finally {
    root.close();
  }
}

/** Two account keys under a new root key, with a passphrase or without; and a secret under one of them. */
async function begin(passphrase: string | null): Promise<void> {
  await db.owner.query('TRUNCATE vault.key, vault.root_version');
  rmSync(path, { force: true });
  await opened(null, async (vault, life) => {
    await vault.addAccount(1);
    await life.keep();
    sealed = vault.sealSecret('carrier secret', GATEWAY_ACCOUNT, 5, new Secret('swordfish'));
    if (passphrase !== null) await vault.changeRootPassphrase(null, Buffer.from(passphrase));
  });
}

/** Whether it came to its end before it was killed at that step. */
async function isDoneBefore(step: number, what: string, ...passphrases: string[]): Promise<boolean> {
  const host = join(db.dataFolder, 'run');
  const argv = [CHILD, host, path, what, String(step), ...passphrases];
  const said = await new Promise<string>((resolve) => execFile(process.execPath, argv, (_error, out) => resolve(out)));
  return said === 'done';
}

const whole = (passphrase: string | null) =>
  opened(passphrase, async (vault) => {
    assert.deepEqual(vault.accountIds, [1]);
    assert.equal(vault.openSecret('carrier secret', GATEWAY_ACCOUNT, 5, sealed)?.reveal(), 'swordfish');
    return (await vault.rootKeysInUse()).map(({ version, count }) => `${version}: ${count}`);
  });

/** False only where it is another passphrase: any other trouble fails the test. */
const isOpenedBy = (passphrase: string): Promise<boolean> =>
  whole(passphrase).then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof FaultError) || error.fault.code !== 'passphrase_wrong') throw error;
      return false;
    },
  );

test('kill -9 at any step of a rewrap under a new version: every key opens, and it is done again to the end', async () => {
  const seen = new Set<string>();
  for (let step = 1; ; step++) {
    await begin(null);
    const isDone = await isDoneBefore(step, 'rewrap');
    const under = await whole(null);
    assert.ok(under.length === 1 && ['1: 2', '2: 2'].includes(under[0]!), `step ${step}: ${under.join()}`);
    const left = await opened(null, async (vault, life) => {
      await life.keep();
      const { versions } = await life.age();
      await vault.rewrapAccountKeys(false);
      for (const { version } of versions.slice(0, -1)) await life.forget(version);
      return versions.length;
    });
    seen.add(`${under[0]} of ${left}`);
    assert.deepEqual((await whole(null)).length, 1);
    assert.ok(!existsSync(`${path}.next`), 'nothing of a file that was cut short is left');
    if (!isDone) continue;
    assert.ok(step > 10, `${step} steps`);
    break;
  }
  // Before the new version was there, after it, and after all keys were wrapped under it.
  assert.deepEqual([...seen].toSorted(), ['1: 2 of 1', '1: 2 of 2', '2: 2 of 2']);
});

test('kill -9 at any step of a change of passphrase: the file opens with the old one or the new one, and holds the key', async () => {
  const opens = { [OLD]: 0, [NEW]: 0 };
  await begin(OLD);
  const kept = `${path}.kept`;
  copyFileSync(path, kept);
  for (let step = 1; ; step++) {
    copyFileSync(kept, path);
    const isDone = await isDoneBefore(step, 'passphrase', OLD, NEW);
    const now = (await isOpenedBy(OLD)) ? OLD : NEW;
    opens[now]++;
    assert.deepEqual(await whole(now), ['1: 2']);
    if (!isDone) continue;
    assert.equal(now, NEW);
    break;
  }
  assert.ok(opens[OLD] > 3 && opens[NEW] > 1, JSON.stringify(opens));
});
