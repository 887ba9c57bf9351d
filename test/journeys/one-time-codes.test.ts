import assert from 'node:assert/strict';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { AccountClient } from '../support/account-client.ts';
import { BackupPlace } from '../support/backups.ts';
import { temporaryFolder } from '../support/database.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { HandsetWatch } from '../support/handset-watch.ts';
import { readMessages } from '../support/restored.ts';

const TO = '+12025550101';
const CODE = 'Your code is 493021';
const NEWS = 'Your parcel has left';

const inMs = (ms: number) => new Date(systemClock.now() + ms).toISOString();

test('a code that waits is sent after kill -9 as it is, and no backup that was made meanwhile can read it', async () => {
  await using root = await temporaryFolder();
  const dataFolder = join(root.path, 'data');
  const place = await BackupPlace.make(root.path, dataFolder);
  let ids: [code: string, news: string];
  let pair: Awaited<ReturnType<BackupPlace['backUp']>>;
  let client: AccountClient;
  {
    await using gateway = await GatewayProcess.start({ dataFolder });
    client = await AccountClient.open(gateway);
    using _ = client;
    ids = [
      await client.sends({ to: TO, text: CODE, class: 'otp', sendAt: inMs(20_000) }),
      await client.sends({ to: TO, text: NEWS, sendAt: inMs(20_000) }),
    ];
    pair = await place.backUp();
    await gateway.kill();
  }
  const number = TO.slice(1);
  assert.deepEqual(
    await readMessages(dataFolder, ids),
    [
      { number, text: CODE },
      { number, text: NEWS },
    ],
    'who has the database and the root key can read it while it is valid',
  );
  const into = join(root.path, 'into');
  await mkdir(into, { mode: 0o700 });
  await copyFile(join(dataFolder, 'root.key'), join(into, 'root.key'));
  const restored = await place.run(['restore', ...place.naming(pair), '--data', into]);
  assert.deepEqual([restored.code, restored.err], [0, '']);
  assert.deepEqual(await readMessages(into, ids), [
    { number, text: null },
    { number, text: NEWS },
  ]);
  const withKeysOfNow = join(root.path, 'with-keys-of-now');
  await mkdir(withKeysOfNow, { mode: 0o700 });
  await copyFile(join(dataFolder, 'root.key'), join(withKeysOfNow, 'root.key'));
  await using gateway = await GatewayProcess.start({ dataFolder });
  using handset = await HandsetWatch.open(gateway);
  const keysOf = ['--archive', pair.data, '--identity', place.identity, '--keys-of', dataFolder];
  const again = await place.run(['restore', ...keysOf, '--data', withKeysOfNow]);
  assert.deepEqual([again.code, again.err], [0, '']);
  assert.deepEqual(await readMessages(withKeysOfNow, ids), [
    { number, text: null },
    { number, text: NEWS },
  ]);
  const texts = [(await handset.shows()).text, (await handset.shows()).text];
  assert.deepEqual(texts.toSorted(), [CODE, NEWS].toSorted());
  using same = client.at(gateway);
  await same.until(ids[0], 'delivered');
});
