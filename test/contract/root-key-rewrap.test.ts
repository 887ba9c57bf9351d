import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, beforeEach, test } from 'node:test';
import type pg from 'pg';
import { systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import type { FaultError } from '../../src/base/fault.ts';
import { Secret } from '../../src/base/secret.ts';
import { GATEWAY_ACCOUNT, type RootKeys, type RootSettings, Vault } from '../../src/vault/index.ts';
import { CertificateShop } from '../support/certificates.ts';
import { FakeKms, KMS_KEY, KMS_TOKEN } from '../support/fake-kms.ts';
import { ownDatabase } from '../support/hooks.ts';
import { KeyLog } from '../support/key-log.ts';
import { rootKeysIn } from '../support/root-keys.ts';

const db = ownDatabase();
let settings: RootSettings['kms'];
let path: string;
let sealed: Buffer;
let fileCount = 0;

before(async () => {
  const shop = db.taken.use(new CertificateShop());
  const authority = shop.issue({ isAuthority: true });
  const { certFile, keyFile } = shop.issue({}, authority);
  const kms = db.taken.use(await FakeKms.start({ cert: shop.read(certFile), key: shop.read(keyFile) }));
  const tokenFile = join(shop.folder, 'token');
  writeFileSync(tokenFile, KMS_TOKEN);
  chmodSync(tokenFile, 0o600);
  const files = { caFile: authority.certFile, tokenFile, certificate: null };
  settings = { url: kms.url, keyId: KMS_KEY, timeoutMs: 10_000, ...files };
});

/** Keys of two accounts and the gateway under a file of their own, and a secret under them. */
beforeEach(async () => {
  await db.owner.query('TRUNCATE vault.key');
  path = join(db.dataFolder, `root-${++fileCount}.key`);
  await opened('file', async (vault) => {
    await vault.addAccount(1);
    await vault.addAccount(2);
    sealed = vault.sealSecret('carrier secret', GATEWAY_ACCOUNT, 5, new Secret('swordfish'));
  });
});

const rootKeys = (inForce: 'file' | 'kms'): RootKeys => rootKeysIn(path, { inForce, kms: settings });

interface About {
  readonly pool?: pg.Pool;
  readonly log?: KeyLog;
}

/** A vault as a process has it whose settings say which root key is in force; both are there. */
async function opened<T>(
  inForce: 'file' | 'kms',
  work: (vault: Vault) => Promise<T>,
  { pool = db.engine, log = new KeyLog() }: About = {},
): Promise<T> {
  const root = rootKeys(inForce);
  const vault = await Vault.open({ pool, root, entropy: systemEntropy, clock: systemClock, record: log.record });
  try {
    return await work(vault);
  } finally {
    vault.close();
    root.close();
  }
}

const wordsOf = (uses: Awaited<ReturnType<Vault['rootKeysInUse']>>): string[] =>
  uses.map(({ tag, version, count }) => `${tag}/${version}: ${count}`);

/** What wraps the account keys, after seeing that everything opens whichever root key is in force. */
async function opensEverywhere(): Promise<string[]> {
  for (const inForce of ['file', 'kms'] as const) {
    await opened(inForce, async (vault) => {
      assert.deepEqual(
        vault.accountIds.toSorted((a, b) => a - b),
        [1, 2],
      );
      assert.equal(vault.openSecret('carrier secret', GATEWAY_ACCOUNT, 5, sealed)?.reveal(), 'swordfish');
    });
  }
  return await opened('file', async (vault) => wordsOf(await vault.rootKeysInUse()));
}

const BEFORE = ['1/1: 3'];
const AFTER = ['3/1: 3'];

/** The pool, until the `step`th statement of a connection that is lent: there the connection is lost, before or after. */
function breakingAt(step: number, isSent: boolean): { pool: pg.Pool; statements: string[] } {
  const statements: string[] = [];
  const pool = db.engine;
  const connect = async () => {
    const client = await pool.connect();
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
    const breaking = async (...args: unknown[]) => {
      statements.push(String(args[0]).trim().split(/\s/)[0]!);
      if (statements.length !== step) return await query(...args);
      if (isSent) await query(...args);
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      throw Object.assign(new Error('the connection is lost'), { code: 'ECONNRESET' });
    };
    return Object.assign(Object.create(client) as pg.PoolClient, {
      query: breaking,
      release: () => client.release(true),
    });
  };
  const lent = Object.assign(Object.create(pool) as pg.Pool, { connect, query: pool.query.bind(pool) });
  return { pool: lent, statements };
}

for (const isSent of [false, true]) {
  test(`a crash ${isSent ? 'after' : 'before'} any statement of a rewrap leaves all under the old root key or all under the new`, async () => {
    const ends: string[] = [];
    for (let step = 1; ; step++) {
      const { pool, statements } = breakingAt(step, isSent);
      const isDone = await opened('kms', (vault) => vault.rewrapAccountKeys(false), { pool }).then(
        () => true,
        () => false,
      );
      const [under, ...more] = await opensEverywhere();
      assert.deepEqual(more, []);
      assert.ok(under !== undefined && [...BEFORE, ...AFTER].includes(under));
      ends.push(under);
      if (!isDone) continue;
      // The other SELECT is the notice to other gateways.
      assert.deepEqual(statements, ['BEGIN', 'SELECT', 'UPDATE', 'SELECT', 'COMMIT']);
      break;
    }
    const atCommit = isSent ? AFTER[0] : BEFORE[0];
    assert.deepEqual(ends, [BEFORE[0], BEFORE[0], BEFORE[0], BEFORE[0], atCommit, AFTER[0]]);
  });
}

test('what is added after a change of root key is under the new one, and a rewrap brings the others', async () => {
  await opened('kms', async (vault) => {
    await vault.addAccount(3);
    assert.deepEqual(wordsOf(await vault.rootKeysInUse()), ['1/1: 3', '3/1: 1']);
    assert.equal(await vault.rewrapAccountKeys(false), 4);
    assert.deepEqual(wordsOf(await vault.rootKeysInUse()), ['3/1: 4']);
  });
});

test('a rewrap under a new version is on record, and what is not on record is not done', async () => {
  const log = new KeyLog();
  const file = readFileSync(path);
  await opened(
    'file',
    async (vault) => {
      log.events.length = 0;
      log.refuses = 'made';
      await assert.rejects(vault.rewrapAccountKeys(true));
      assert.deepEqual(readFileSync(path), file, 'no version was made');
      log.refuses = 'rewrapped';
      await assert.rejects(vault.rewrapAccountKeys(true));
      await assert.rejects(vault.changeRootPassphrase(null, Buffer.from('correct horse battery staple')));
      assert.deepEqual(wordsOf(await vault.rootKeysInUse()), BEFORE);
      log.refuses = null;
      log.events.length = 0;
      await vault.rewrapAccountKeys(true);
      assert.deepEqual(log.words, ['1 root made', '3 account rewrapped']);
      assert.deepEqual(wordsOf(await vault.rootKeysInUse()), ['1/3: 3']);
    },
    { log },
  );
  assert.deepEqual(await opensEverywhere(), ['1/3: 3']);
});

test('keys under a root key whose settings are gone are named', async () => {
  await opened('kms', (vault) => vault.rewrapAccountKeys(false));
  const root = rootKeysIn(path);
  const about = { pool: db.engine, entropy: systemEntropy, record: new KeyLog().record };
  await assert.rejects(Vault.open({ ...about, root, clock: systemClock }), ({ fault, message }: FaultError) => {
    assert.equal(fault.code, 'root_key_missing');
    assert.match(message, /settings kms\.\*/);
    return true;
  });
  root.close();
});
