import assert from 'node:assert/strict';
import { cp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Database, openDatabase, type StartStep } from '../../src/store/index.ts';
import { migrationsFolder, planMigrations } from '../../src/store/migrate.ts';
import { databaseOptions, openTestDatabase, temporaryFolder } from '../support/database.ts';

const first = { name: '0001-a.sql', sha256: 'a', sql: '' };
const second = { name: '0002-b.sql', sha256: 'b', sql: '' };

describe('the plan of the migrations', () => {
  it('is what has not been applied, in order', () => {
    assert.deepEqual(planMigrations([first, second], []), [first, second]);
    assert.deepEqual(planMigrations([first, second], [first]), [second]);
    assert.deepEqual(planMigrations([first, second], [first, second]), []);
  });

  it('is refused where the database went another way', () => {
    const changed = { ...first, sha256: 'other' };
    for (const [ours, applied, why] of [
      [[first, second], [changed], /0001-a\.sql was another file when it was applied/],
      [
        [first],
        [first, second],
        /It has been through 0002-b\.sql, which this gateway does not have: start a newer gateway/,
      ],
      [[first, second], [second], /It has been through 0002-b\.sql where this gateway has 0001-a\.sql/],
    ] as const) {
      assert.throws(() => planMigrations(ours, applied), why);
    }
  });
});

describe('migrations', () => {
  it('are applied once each, whole or not at all, and never when one was changed', async () => {
    await using test = await openTestDatabase();
    await using folder = await temporaryFolder();
    await test.database.close();
    const migrations = join(folder.path, 'migrations');
    await cp(migrationsFolder, migrations, { recursive: true });
    const steps: StartStep[] = [];
    const open = () =>
      openDatabase(databaseOptions(test.dataFolder, { migrations, progress: (step) => steps.push(step) }));
    const next = join(migrations, '9001-next.sql');

    await writeFile(next, 'CREATE TABLE next (); SELECT 1/0;');
    await assert.rejects(open(), {
      fault: { code: 'migration_failed', detail: 'The migration 9001-next.sql failed (error 22012).' },
    });

    await writeFile(next, 'CREATE TABLE next ();');
    steps.length = 0;
    for (const _start of [1, 2]) await (await open()).close();
    assert.deepEqual(steps, ['start', 'migrate', 'start']);

    await writeFile(next, 'CREATE TABLE next (); -- changed');
    await assert.rejects(open(), /9001-next\.sql was another file/);
    await rename(next, join(folder.path, 'away.sql'));
    await assert.rejects(open(), /9001-next\.sql, which this gateway does not have: start a newer gateway/);
    const [earliest] = (await readdir(migrations)).toSorted();
    await rm(join(migrations, earliest!));
    await assert.rejects(open(), {
      name: 'FaultError',
      message: /^The database cannot be used\. It has been through 0001-/,
    });
  });

  it('leave nothing open behind them when they fail', async () => {
    await using test = await openTestDatabase();
    await using folder = await temporaryFolder();
    await test.database.close();
    await assert.rejects(openDatabase(databaseOptions(test.dataFolder, { migrations: folder.path })));
    const database: Database = await openDatabase(databaseOptions(test.dataFolder));
    assert.notEqual(database.pid, null);
    await database.close();
    assert.equal(database.pid, null);
  });
});
