import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { removeScratch } from '../../src/backup/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import { BackupPlace, type Pair } from '../support/backups.ts';
import { temporaryFolder } from '../support/database.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

describe('a drill that is killed', () => {
  let root: AsyncDisposable & { readonly path: string };
  let gateway: GatewayProcess;
  let place: BackupPlace;
  let pair: Pair;
  before(async () => {
    root = await temporaryFolder();
    gateway = await GatewayProcess.start({ dataFolder: join(root.path, 'data') });
    place = await BackupPlace.make(root.path, gateway.dataFolder);
    pair = await place.backUp();
  });
  after(async () => {
    await gateway[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });

  /** Begins a drill whose scratch is in a folder of its own. */
  function drill(temporary: string): { child: ChildProcess; ended: Promise<unknown[]> } {
    const rootKey = ['--root-key', join(gateway.dataFolder, 'root.key')];
    const child = spawn(process.execPath, [MAIN, 'backup', 'drill', ...place.naming(pair), ...rootKey], {
      env: { ...process.env, ...place.env, TMPDIR: temporary },
      stdio: 'ignore',
    });
    return { child, ended: once(child, 'exit') };
  }

  /** Kills one when its database is there, and gives what it left. */
  async function left(temporary: string): Promise<string> {
    await mkdir(temporary);
    const { child, ended } = drill(temporary);
    let scratch: string | undefined;
    while (scratch === undefined || !existsSync(join(scratch, 'postgres', 'postmaster.pid'))) {
      await new Promise(setImmediate);
      const [name] = readdirSync(temporary);
      scratch = name && join(temporary, name);
      assert.equal(child.exitCode, null);
    }
    child.kill('SIGSTOP');
    assert.equal(statSync(scratch).mode & 0o777, 0o700);
    await removeScratch(temporary, systemClock);
    assert.ok(existsSync(scratch), 'it is kept while its process lives');
    child.kill('SIGKILL');
    await ended;
    assert.ok(existsSync(join(scratch, 'postgres')));
    return scratch;
  }

  it('has what it left removed by the next one', async () => {
    const temporary = join(root.path, 'next-drill');
    await left(temporary);
    const next = drill(temporary);
    assert.deepEqual(await next.ended, [0, null]);
    assert.deepEqual(readdirSync(temporary), []);
  });

  it('has what it left removed by the next start of a gateway, and nothing else', async () => {
    const temporary = join(root.path, 'next-start');
    const scratch = await left(temporary);
    const others = [join(temporary, 'sallyport-restore-empty'), join(temporary, 'restore-of-somebody')];
    for (const folder of others) await mkdir(folder);
    const ofRestore = join(gateway.dataFolder, 'sallyport-restore-killed');
    assert.equal(await gateway.stop(), 0);
    await cp(join(scratch, 'gateway.lock'), join(ofRestore, 'gateway.lock')); // its database may work on, and make files
    gateway = await GatewayProcess.start({ dataFolder: gateway.dataFolder, settings: { TMPDIR: temporary } });
    while (existsSync(scratch) || existsSync(ofRestore)) await new Promise(setImmediate);
    assert.deepEqual(readdirSync(temporary).toSorted(), ['restore-of-somebody', 'sallyport-restore-empty']);
  });
});
