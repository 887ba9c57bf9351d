import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Secret } from '../../src/base/secret.ts';
import { openDatabase } from '../../src/store/index.ts';
import { BackupPlace } from '../support/backups.ts';
import { databaseOptions, temporaryFolder } from '../support/database.ts';
import { startForeignServer } from '../support/postgres-server.ts';
import { testCertificate } from '../support/test-certificate.ts';
import { openVault } from '../support/vault.ts';

test('a server of the operator’s own is backed up by its owner’s login, and passes the drill', async () => {
  await using root = await temporaryFolder();
  await using server = await startForeignServer(testCertificate('db.example'), []);
  const url = `postgresql://admin@localhost:${server.port}/postgres?host=${encodeURIComponent(server.host)}`;
  const dataFolder = join(root.path, 'data');
  await mkdir(dataFolder, { mode: 0o700 });
  const database = await openDatabase(databaseOptions(dataFolder, { databaseUrl: new Secret(url) }));
  try {
    const rootKey = join(dataFolder, 'root.key');
    const vault = await openVault(database.engine, rootKey);
    vault.close();
    const place = await BackupPlace.make(root.path, dataFolder);
    const made = await place.run(['backup', place.folder, '--json'], { env: { DATABASE_URL: url } });
    assert.deepEqual([made.code, made.err], [0, '']);
    const { data, keys } = JSON.parse(made.out) as Record<'data' | 'keys', { path: string; rows: number }>;
    assert.equal(keys.rows, 3);
    const pair = { data: data.path, keys: keys.path };
    const drilled = await place.run(['backup', 'drill', ...place.naming(pair), '--root-key', rootKey]);
    assert.deepEqual([drilled.code, drilled.err], [0, '']);
  } finally {
    await database.close();
  }
});
