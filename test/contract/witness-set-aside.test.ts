import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatVerifierKey, Ledger, signerKey, Witness } from '../../src/audit/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import { command } from '../support/command-line.ts';
import { temporaryFolder } from '../support/database.ts';
import { logKey, ORIGIN } from '../support/log-keys.ts';
import { logOf } from '../support/memory-log.ts';
import { offer } from '../support/offered-checkpoint.ts';

test('a witness goes on with a restored log when its operator sets aside what it had cosigned, and that is kept', async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  const config = join(path, 'witness.yaml');
  await writeFile(
    config,
    JSON.stringify({ witnessKeyFile: 'none', stateFolder: path, logs: [formatVerifierKey(logKey)] }),
  );
  const setAside = (name: string) => command(['witness', 'set-aside', '--config', config, '--log', name, '--json']);
  const key = signerKey('ed25519-cosignature', 'witness.example', Buffer.alloc(32, 9));
  const statusOf = async (body: Buffer) => {
    using ledger = await Ledger.open(path);
    const logs = [{ origin: ORIGIN, keys: [logKey] }];
    return (await new Witness({ ledger, logs, keys: [key], clock: systemClock }).addCheckpoint(body)).status;
  };
  const log = logOf(60);
  assert.equal((await setAside(ORIGIN)).code, 2);
  assert.equal(await statusOf(await offer(log, 0, 50)), 200);
  const cosigned = await readFile(join(path, (await readdir(path)).find((name) => name.endsWith('.head'))!));
  assert.equal(await statusOf(await offer(log, 0, 40)), 409);
  {
    using _running = await Ledger.open(path);
    assert.match((await setAside(ORIGIN)).err, /data_folder_in_use/);
  }
  assert.equal((await setAside('other.example/audit')).code, 2);
  const { code, out } = await setAside(ORIGIN);
  const { size, file } = JSON.parse(out) as { size: number; file: string };
  assert.deepEqual([code, size, await readFile(file)], [0, 50, cosigned]);
  assert.equal(await statusOf(await offer(log, 0, 40)), 200);
});
