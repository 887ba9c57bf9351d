import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import type { Pool } from 'pg';
import { systemClock } from '../../src/base/clock.ts';
import { openDatabase, type StartStep } from '../../src/store/index.ts';
import { databaseOptions, openTestDatabase, readableLog, type TestDatabase } from '../support/database.ts';

const CHILD = join(import.meta.dirname, '../support/database-child.ts');
const RETRY_MS = 10;

interface Holder {
  readonly process: ChildProcess;
  readonly server: number;
  readonly steps: StartStep[];
}

/** Another process that holds the database, and has stored an account named after itself. */
async function startHolder(dataFolder: string): Promise<Holder> {
  const child = spawn(process.execPath, [CHILD, dataFolder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { process: child, ...(JSON.parse(line) as { server: number; steps: StartStep[] }) };
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Opens the folder, and answers how that went and which accounts are there. */
async function reopened(dataFolder: string): Promise<{ steps: StartStep[]; accounts: string[] }> {
  const steps: StartStep[] = [];
  const database = await openDatabase(databaseOptions(dataFolder, { progress: (step) => steps.push(step) }));
  const { rows } = await database.engine.query<{ name: string }>('SELECT name FROM account');
  await database.close();
  return { steps, accounts: rows.map(({ name }) => name) };
}

async function answersAgain(pool: Pool, sql: string): Promise<unknown[]> {
  for (;;) {
    const rows = await pool.query(sql).then(
      (answer) => answer.rows as unknown[],
      () => null,
    );
    if (rows !== null) return rows;
    await systemClock.sleep(RETRY_MS);
  }
}

/** The shells that are to end the database with its gateway. */
async function guardsOf(pid: number): Promise<number[]> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean);
  const commands = await Promise.all(children.map((child) => readFile(`/proc/${child}/cmdline`, 'utf8')));
  return children.filter((_, at) => commands[at]!.includes('read -r _')).map(Number);
}

/** Zombies count as ended: who reaps them is not ours to say. */
async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tX');
  return !/^State:\t[XZ]/m.test(status);
}

describe('the embedded database recovers', () => {
  const { log, heard } = readableLog();
  let test: TestDatabase;
  before(async () => {
    test = await openTestDatabase({ log });
  });
  after(() => test[Symbol.asyncDispose]());

  it('when its postmaster is killed', async () => {
    const { engine, pid } = test.database;
    await engine.query(`INSERT INTO account (name) VALUES ('committed')`);
    process.kill(pid!, 'SIGKILL');
    await heard('database.recovers');
    assert.deepEqual(await answersAgain(engine, 'SELECT name FROM account'), [{ name: 'committed' }]);
    assert.notEqual(test.database.pid, pid);
    await test.database.close();
  });

  it('when its gateway is killed', async () => {
    const holder = await startHolder(test.dataFolder);
    await killed(holder.process);
    const { accounts } = await reopened(test.dataFolder);
    assert.ok(accounts.includes(`account of ${holder.process.pid}`));
    assert.equal(await isAlive(holder.server), false);
  });

  it('when both are killed', async () => {
    const holder = await startHolder(test.dataFolder);
    holder.process.kill('SIGSTOP');
    process.kill(holder.server, 'SIGKILL');
    await killed(holder.process);
    const { steps, accounts } = await reopened(test.dataFolder);
    assert.deepEqual(steps, ['start', 'recover']);
    assert.ok(accounts.includes(`account of ${holder.process.pid}`));
  });

  it('when its gateway is killed and nothing ended it', async () => {
    const holder = await startHolder(test.dataFolder);
    const guards = await guardsOf(holder.process.pid!);
    assert.equal(guards.length, 1);
    for (const guard of guards) process.kill(guard, 'SIGKILL');
    await killed(holder.process);
    assert.equal(await isAlive(holder.server), true);
    const { steps, accounts } = await reopened(test.dataFolder);
    assert.deepEqual(steps, ['start', 'recover']);
    assert.ok(accounts.includes(`account of ${holder.process.pid}`));
    assert.equal(await isAlive(holder.server), false);
  });

  it('when the locks it left name a stranger that lives', async () => {
    const lock = `${process.pid}\n${join(test.dataFolder, 'postgres')}\n0\n5432\n${join(test.dataFolder, 'run')}\n\n`;
    await writeFile(join(test.dataFolder, 'postgres', 'postmaster.pid'), lock);
    await writeFile(join(test.dataFolder, 'run', '.s.PGSQL.5432.lock'), lock);
    const { steps } = await reopened(test.dataFolder);
    assert.deepEqual(steps, ['start', 'recover']);
  });

  it('but not while a living gateway has it', async () => {
    const holder = await startHolder(test.dataFolder);
    const inUse = new RegExp(`in use by the process ${holder.process.pid}\\.$`);
    await assert.rejects(reopened(test.dataFolder), { message: inUse });
    assert.equal(await isAlive(holder.server), true);
    holder.process.stdin!.end();
    assert.deepEqual(await once(holder.process, 'exit'), [0, null]);
    assert.equal(await isAlive(holder.server), false);
    assert.deepEqual(await readdir(join(test.dataFolder, 'run')), []);
  });
});
