import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { FaultError } from '../../src/base/fault.ts';
import type { Recipient } from '../../src/consent/index.ts';
import { inTransaction, listenForChanges } from '../../src/store/index.ts';
import { silentLog } from '../support/database.ts';
import { type KeyGateway, keyGateways } from '../support/key-gateway.ts';

const ACCOUNT = 1;
const ALICE = '447700900001';
const BOB = '447700900002';

const { db, openGateway } = keyGateways();

const inOne = <T>(work: Parameters<typeof inTransaction<T>>[1]) => inTransaction(db.engine, work);
const erase = (at: KeyGateway, { id }: Recipient) =>
  inOne((client) => at.life.destroyRecipientKeys(client, ACCOUNT, [id]));
const keyOf = ({ slab, at }: Recipient): Buffer => slab.subarray(at, at + 32);
const unavailable = () => Promise.reject(new FaultError('store_unavailable'));
const toldTo = async (at: KeyGateway): Promise<number[]> => {
  const ids: number[] = [];
  await at.life.tellDestroyed(async (people) => void ids.push(...people.map(({ id }) => id)));
  return ids;
};

test('a gateway hears by the change notices that the key of a person was destroyed, and wipes it', async () => {
  const [here, elsewhere] = [await openGateway(), await openGateway()];
  const alice = await elsewhere.met(ALICE);
  const [listening, told] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const recipientKey = async () => {
    await elsewhere.life.tellDestroyed(async (destroyed) => {
      elsewhere.people.forget(destroyed);
      if (destroyed.some(({ id }) => id === alice.id)) told.resolve();
    });
    listening.resolve(); // everything is read once when it begins to listen
  };
  const changes = listenForChanges({
    connect: () => db.database.connectEngine(),
    handlers: { recipient_key: recipientKey },
    clock: systemClock,
    log: silentLog,
  });
  await listening.promise;
  await erase(here, alice);
  await told.promise;
  await changes.close();
  assert.deepEqual(keyOf(alice), Buffer.alloc(32));
});

test('however many people are erased at once, each is told once, and nobody else is forgotten', async () => {
  const here = await openGateway();
  const [alice, bob] = [await here.met(ALICE), await here.met(BOB)];
  const many = 20_000;
  await inOne((client) =>
    client.query(
      `INSERT INTO vault.tombstone (account_id, kind, record)
       SELECT ${ACCOUNT}, 'recipient', id FROM generate_series(1000001, ${1_000_000 + many}) AS id`,
    ),
  );
  await erase(here, alice);
  const pages: number[] = [];
  const ids = new Set<number>();
  await here.life.tellDestroyed(async (people) => {
    pages.push(people.length);
    for (const { id } of people) ids.add(id);
    here.people.forget(people);
  });
  assert.deepEqual(pages, [10_000, 10_000, 1]);
  assert.equal(ids.size, many + 1);
  assert.ok(ids.has(alice.id) && !ids.has(bob.id));
  assert.deepEqual(keyOf(alice), Buffer.alloc(32), 'a message on its way holds it: it is wiped');
  assert.equal(here.vault.isForgotten(bob), false);
  assert.deepEqual(await toldTo(here), []);
});

test('who was told to somebody who failed is told again', async () => {
  const here = await openGateway();
  const alice = await here.met(ALICE);
  await erase(here, alice);
  await assert.rejects(here.life.tellDestroyed(unavailable), FaultError);
  assert.deepEqual(await toldTo(here), [alice.id]);
});

test('destroyed keys are told to those who come later, by transactions that end in another order', async () => {
  const here = await openGateway();
  const [alice, bob] = [await here.met(ALICE), await here.met(BOB)];
  const open = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const late = inOne(async (client) => {
    await here.life.destroyRecipientKeys(client, ACCOUNT, [alice.id]);
    begun.resolve();
    await open.promise;
  });
  await begun.promise;
  await erase(here, bob);
  assert.deepEqual(await toldTo(here), [bob.id]);
  open.resolve();
  await late;
  assert.ok((await toldTo(here)).includes(alice.id));
});
