import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { openDatabase, type StartStep } from '../../src/store/index.ts';
import { databaseOptions, openTestDatabase, type TestDatabase, temporaryFolder } from '../support/database.ts';

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('the embedded database', () => {
  let test: TestDatabase;
  before(async () => {
    test = await openTestDatabase();
  });
  after(() => test[Symbol.asyncDispose]());

  it('is made at the first start, and kept', async () => {
    await using parent = await temporaryFolder();
    const steps: StartStep[] = [];
    const options = databaseOptions(join(parent.path, 'new', 'data'), { progress: (step) => steps.push(step) });
    const first = await openDatabase(options);
    await first.engine.query(`INSERT INTO account (name) VALUES ('kept')`);
    await first.close();
    // Where root's own folders hide the programs, they are copied first.
    const made = steps.splice(0).filter((step) => step !== 'copy-programs');
    assert.deepEqual(made, ['initdb', 'start', 'migrate']);

    const second = await openDatabase(options);
    const { rows } = await second.engine.query('SELECT name FROM account');
    await second.close();
    assert.deepEqual(rows, [{ name: 'kept' }]);
    assert.deepEqual(steps, ['start']);
  });

  it('is out of the reach of others', async () => {
    for (const name of ['', 'postgres', 'run']) assert.equal(await modeOf(join(test.dataFolder, name)), 0o700, name);
    assert.equal(await modeOf(join(test.dataFolder, 'postgres.log')), 0o600);
    const { rows } = await test.database.engine.query('SHOW listen_addresses');
    assert.deepEqual(rows, [{ listen_addresses: '' }]);
  });

  it('lets in no superuser, and nobody into another database', async () => {
    const host = join(test.dataFolder, 'run');
    for (const [user, database] of [
      ['sallyport_superuser', 'sallyport'],
      ['sallyport_gateway', 'template1'],
    ] as const) {
      await assert.rejects(new Client({ host, user, database }).connect(), { code: '28000' });
    }
  });

  it('is durable, checked, and leaves no core dump', async () => {
    const { engine, pid } = test.database;
    for (const name of ['fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums']) {
      assert.deepEqual((await engine.query(`SELECT current_setting('${name}') AS is`)).rows, [{ is: 'on' }], name);
    }
    assert.match(await readFile(`/proc/${pid}/limits`, 'utf8'), /^Max core file size +0 +0 /m);
  });

  it('writes nothing of a statement, a parameter or a row to its log', async () => {
    const { engine } = test.database;
    const canary = 'canary-7b1e';
    await assert.rejects(engine.query(`SELECT '${canary}'::uuid`));
    await assert.rejects(engine.query('SELECT $1::text::int4', [canary]));
    await engine.query('INSERT INTO account (name) VALUES ($1)', [canary]);
    await assert.rejects(engine.query('INSERT INTO account (name) VALUES ($1)', [canary]), { code: '23505' });
    const log = await readFile(join(test.dataFolder, 'postgres.log'), 'utf8');
    assert.match(log, /ready to accept connections/);
    assert.doesNotMatch(log, /canary/);
  });

  it('works in a folder whose path is too long for a socket', async () => {
    await using parent = await temporaryFolder();
    const database = await openDatabase(databaseOptions(join(parent.path, 'x'.repeat(100))));
    assert.equal((await database.engine.query('SELECT')).rowCount, 1);
    await database.close();
  });
});

describe('a data folder that cannot be used', () => {
  let test: TestDatabase;
  before(async () => {
    test = await openTestDatabase();
  });
  after(() => test[Symbol.asyncDispose]());

  it('is refused while another gateway has it', async () => {
    const detail = `The data folder ${test.dataFolder} is in use by the process ${process.pid}.`;
    for (const _attempt of [1, 2]) {
      await assert.rejects(openDatabase(databaseOptions(test.dataFolder)), {
        fault: { code: 'data_folder_in_use', detail },
      });
    }
    assert.equal((await test.database.engine.query('SELECT')).rowCount, 1);
  });

  it('is refused when others may enter it', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'note'), '');
    for (const mode of [0o755, 0o710, 0o701]) {
      await chmod(folder.path, mode);
      await assert.rejects(openDatabase(databaseOptions(folder.path)), {
        name: 'FaultError',
        message: `The data folder ${folder.path} is open to others (mode ${mode.toString(8)}): run chmod 700 on it.`,
      });
    }
  });

  it('is tightened while it is empty', async () => {
    await using parent = await temporaryFolder();
    const folder = join(parent.path, 'volume');
    await mkdir(folder);
    await chmod(folder, 0o777);
    const database = await openDatabase(databaseOptions(folder));
    await database.close();
    assert.equal(await modeOf(folder), 0o700);
  });

  it('is refused when it is no folder', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'file');
    await writeFile(file, '');
    for (const [path, errno] of [
      [file, 'EEXIST'],
      [join(file, 'below'), 'ENOTDIR'],
    ] as const) {
      const detail = `The data folder ${path} cannot be used (${errno}).`;
      await assert.rejects(openDatabase(databaseOptions(path)), { fault: { code: 'data_folder_unreadable', detail } });
    }
  });

  it('is refused when another version of PostgreSQL made it', async () => {
    await test.database.close();
    await writeFile(join(test.dataFolder, 'postgres', 'PG_VERSION'), '17\n');
    await assert.rejects(
      openDatabase(databaseOptions(test.dataFolder)),
      /made by PostgreSQL 17; this gateway brings PostgreSQL 18/,
    );
  });
});
