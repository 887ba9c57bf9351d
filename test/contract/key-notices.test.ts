import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { inTransaction, listenForChanges } from '../../src/store/index.ts';
import { openTestDatabase, silentLog, temporaryFolder } from '../support/database.ts';
import { KeyGateway } from '../support/key-gateway.ts';

const ACCOUNT = 1;

test('a gateway hears by the change notices that the key of a person was destroyed, and wipes it', async () => {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await openTestDatabase());
  const pool = server.database.engine;
  const rootKeyFile = join(stack.use(await temporaryFolder()).path, 'root.key');
  const [here, elsewhere] = [
    await KeyGateway.open({ pool, rootKeyFile }, [ACCOUNT]),
    await KeyGateway.open({ pool, rootKeyFile }, [ACCOUNT]),
  ];
  stack.defer(() => here.close());
  stack.defer(() => elsewhere.close());
  const alice = await elsewhere.meet('447700900001');
  assert.ok(!('code' in alice));

  const [listening, told] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const recipientKey = async () => {
    await elsewhere.life.tellDestroyed(async (destroyed) => {
      elsewhere.people.forget(destroyed);
      if (destroyed.some(({ id }) => id === alice.id)) told.resolve();
    });
    listening.resolve(); // everything is read once when it begins to listen
  };
  const changes = listenForChanges({
    connect: () => server.database.connectEngine(),
    handlers: { recipient_key: recipientKey },
    clock: systemClock,
    log: silentLog,
  });
  stack.defer(() => changes.close());
  await listening.promise;
  await inTransaction(pool, (client) => here.life.destroyRecipientKeys(client, ACCOUNT, [alice.id]));
  await told.promise;
  assert.deepEqual(alice.slab.subarray(alice.at, alice.at + 32), Buffer.alloc(32));
});
