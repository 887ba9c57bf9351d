import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS, HOUR_MS, systemClock } from '../../src/base/clock.ts';
import type { Recipient } from '../../src/consent/index.ts';
import { KeyWatch } from '../../src/key-watch.ts';
import { inTransaction } from '../../src/store/index.ts';
import { type KeyState, keyPeriods, keyStates } from '../../src/vault/index.ts';
import { readableLog, silentLog } from '../support/database.ts';
import { FakeAlarms } from '../support/fake-alarms.ts';
import { isFault } from '../support/faults.ts';
import { HandClock } from '../support/hand-clock.ts';
import { type KeyGateway, keyGateways, type SealedBody, today } from '../support/key-gateway.ts';

const ALICE = '447700900001';
const BOB = '447700900002';
const ACCOUNT = 1;

const { db, openGateway } = keyGateways('old_keys', 'old_recipient_keys', 'old_recipients');

const neverDue = {
  takeUp: () => Promise.resolve(),
  keep: () => Promise.resolve(),
  age: () => Promise.resolve({ versions: [], sinceMs: null, dueAtMs: null, leftMs: null }),
};

/** In a transaction, as retention and erasure do it. */
const inOne = <T>(work: Parameters<typeof inTransaction<T>>[1]) => inTransaction(db.engine, work);
const erase = (at: KeyGateway, ...people: Recipient[]) =>
  inOne((client) =>
    at.life.destroyRecipientKeys(
      client,
      ACCOUNT,
      people.map(({ id }) => id),
    ),
  );

const hears = (at: KeyGateway) => at.life.tellDestroyed(async (people) => at.people.forget(people));
const keyOf = ({ slab, at }: Recipient): Buffer => slab.subarray(at, at + 32);
const count = async (table: string) =>
  (await db.owner.query<{ rows: number }>(`SELECT count(*)::int4 AS rows FROM ${table}`)).rows[0]!.rows;
const wrappedIn = (state: KeyState): string => (state === 'destroyed' ? 'NULL' : "'\\x00'");

const dayStates = async (): Promise<string[]> => {
  const { rows } = await db.owner.query<{ state: string }>(
    `SELECT state FROM vault.key WHERE account_id = ${ACCOUNT} AND kind = 'day' ORDER BY period`,
  );
  return rows.map(({ state }) => state);
};

test('the database allows the changes of state that the table allows, and no other', async () => {
  await openGateway();
  const all = Object.keys(keyStates) as KeyState[];
  for (const from of all) {
    for (const to of all.filter((state) => state !== from)) {
      await db.owner.query("DELETE FROM vault.key WHERE kind = 'day'");
      await db.owner.query(
        `INSERT INTO vault.key (account_id, kind, period, state, wrapped) VALUES (9, 'day', '2030-01-01', $1, ${wrappedIn(from)})`,
        [from],
      );
      const moved = db.owner.query(`UPDATE vault.key SET state = $1, wrapped = ${wrappedIn(to)} WHERE account_id = 9`, [
        to,
      ]);
      if ((keyStates[from].next as readonly KeyState[]).includes(to)) await moved;
      else await assert.rejects(moved, { code: '23514' }, `${from} to ${to}`);
    }
  }
});

test('a key has one version that seals, whatever two gateways think', async () => {
  await openGateway();
  const second = `INSERT INTO vault.key (account_id, kind, period, version, wrapped) VALUES (1, 'record', '1970-01-01', 2, '\\x00')`;
  await assert.rejects(db.owner.query(second), { code: '23505' });
});

test('the key of a day begins and ends with it', async () => {
  const clock = new HandClock(systemClock.now());
  const here = await openGateway({ clock });
  assert.deepEqual(await dayStates(), ['active', 'active', 'pre-active']);
  clock.advance(DAY_MS);
  await here.life.keepDays();
  assert.deepEqual(await dayStates(), ['deactivated', 'active', 'active']);
  clock.advance(2 * DAY_MS);
  await here.life.keep();
  assert.deepEqual(await dayStates(), ['deactivated', 'deactivated', 'deactivated']);
  assert.deepEqual(
    here.keyLog.words.filter((words) => /day (?:de)?activated/.test(words)),
    ['2 day activated', '1 day activated', '1 day deactivated', '2 day deactivated'],
  );
});

test('an account key that is a year old is exchanged by itself, and not an hour earlier', async () => {
  const clock = new HandClock(systemClock.now());
  const here = await openGateway({ clock, pace: { pageKeys: 50, pauseMs: 0, silentMs: 50 } });
  clock.advance(keyPeriods.account.protectsMs - HOUR_MS);
  await here.life.keep();
  assert.deepEqual(await here.life.rotations(), []);
  clock.advance(2 * HOUR_MS);
  await here.life.keep();
  assert.ok((await here.life.rotations()).some(({ accountId, toVersion }) => accountId === ACCOUNT && toVersion === 2));
});

test('where it is told not to exchange it, an alarm stands until somebody does', async () => {
  const clock = new HandClock(systemClock.now());
  const alarms = new FakeAlarms();
  const { told } = alarms;
  const watch = new KeyWatch({ rootLife: neverDue, alarms, log: silentLog });
  const here = await openGateway({ clock, rotatesWhenDue: false, due: (ids) => watch.heedDue(ids) });
  clock.advance(keyPeriods.account.protectsMs - HOUR_MS);
  await here.life.keep();
  assert.deepEqual(told, []);
  clock.advance(2 * HOUR_MS);
  await here.life.keep();
  const both = ['key_rotation_due key:0/account', 'key_rotation_due key:1/account'];
  assert.deepEqual(new Set(told.splice(0)), new Set(both));
  assert.deepEqual(await here.life.rotations(), []);
  await here.life.rotate(ACCOUNT);
  await here.life.keep();
  assert.deepEqual(told, ['end key_rotation_due key:1/account', both[0]]);
});

/** A message of three days ago, whose key is destroyed below. */
async function messageOfOldDay(at: KeyGateway): Promise<{ message: SealedBody; day: number }> {
  const day = today() - 3;
  await at.vault.prepareDays([ACCOUNT], [day]);
  const recipient = await at.met(ALICE);
  const id = Buffer.from(at.seal(recipient, 'any').id);
  id.writeUIntBE(day * DAY_MS, 0, 6);
  const sealedBody = Buffer.alloc(at.vault.sealedBytes(5));
  at.vault.sealBodyInto(sealedBody, 0, { accountId: ACCOUNT, id, recipient, codeEndsAtMs: null }, Buffer.from('words'));
  const message = { accountId: ACCOUNT, id, recipientId: recipient.id, codeEndsAtMs: null, sealedBody, words: 'words' };
  return { message, day };
}

test('when the key of a day is destroyed, no gateway reads its messages any more', async () => {
  const [here, elsewhere] = [await openGateway(), await openGateway()];
  const { message, day } = await messageOfOldDay(here);
  assert.equal(await elsewhere.read(message), 'words');
  assert.equal(await inOne((client) => here.life.destroyDay(client, ACCOUNT, day)), true);
  for (const at of [here, elsewhere]) {
    await at.life.heed();
    assert.equal(await at.read(message), null);
  }
  assert.ok(here.keyLog.words.includes('1 day destroyed'));
  assert.equal(await inOne((client) => here.life.destroyDay(client, ACCOUNT, day)), false, 'and once only');
  await assert.rejects(here.vault.prepareDays([ACCOUNT], [day]), isFault('key_unusable'), 'nor is it made anew');
});

test('the key of a day that is in use is not destroyed', async () => {
  const here = await openGateway();
  for (const day of [today() - 1, today(), today() + 1])
    await assert.rejects(
      inOne((client) => here.life.destroyDay(client, ACCOUNT, day)),
      { name: 'BrokenInvariant' },
    );
  assert.equal((await dayStates()).includes('destroyed'), false);
});

test('a destroyed key of a person is wiped wherever it lies, and nothing is sealed under what is left', async () => {
  const [here, elsewhere] = [await openGateway(), await openGateway()];
  const alice = await here.met(ALICE);
  const message = here.seal(alice, 'words');
  const bob = await here.met(BOB);
  const same = await elsewhere.met(ALICE);
  assert.deepEqual(keyOf(same), keyOf(alice));
  assert.equal(await erase(here, await here.met(ALICE)), 1);
  for (const at of [here, elsewhere]) {
    await hears(at);
    assert.equal(await at.read(message), null);
    assert.equal(at.people.known(ACCOUNT, ALICE), null);
  }
  assert.deepEqual(keyOf(same), Buffer.alloc(32));
  assert.throws(() => elsewhere.seal(same, 'more'), isFault('key_unusable'));
  assert.equal(elsewhere.vault.openBody(message.sealedBody, { ...message, recipient: same }), null);
  assert.equal(await here.read(here.seal(bob, 'to Bob')), 'to Bob');
});

test('a person who is being met while the key is destroyed is not met', async () => {
  const [here, elsewhere] = [await openGateway(), await openGateway()];
  const alice = await here.met(ALICE);
  // The row is read, its key is destroyed and told, and only then the answer is dealt with.
  const meeting = elsewhere.meet(ALICE);
  elsewhere.people.forget([{ accountId: ACCOUNT, id: alice.id }]);
  await new Promise<void>((resolve) => setImmediate(resolve));
  elsewhere.people.forget([{ accountId: ACCOUNT, id: alice.id }]);
  const answer = await meeting;
  assert.equal('code' in answer && answer.code, 'throttled');
});

/** Copies of the tables of keys and people, as an older backup has them. */
const backUp = () =>
  db.owner.query(`CREATE TABLE old_keys AS SELECT * FROM vault.key; CREATE TABLE old_recipient_keys AS SELECT * FROM vault.recipient_key;
    CREATE TABLE old_recipients AS SELECT * FROM recipient`);

test('an older copy of people with the keys of now shows nobody who was erased', async () => {
  const here = await openGateway();
  const [alice, bob] = [await here.met(ALICE), await here.met(BOB)];
  const messages = [here.seal(alice, 'to Alice'), here.seal(bob, 'to Bob')];
  await backUp();
  await erase(here, await here.met(ALICE));
  await db.owner.query('TRUNCATE recipient; INSERT INTO recipient SELECT * FROM old_recipients');
  const restored = await openGateway();
  assert.deepEqual(await Promise.all(messages.map((message) => restored.read(message))), [null, 'to Bob']);
});

test('an older copy of the keys that is loaded over the tombstones brings back nothing that was destroyed', async () => {
  const here = await openGateway();
  const { message, day } = await messageOfOldDay(here);
  const bob = here.seal(await here.met(BOB), 'to Bob');
  const alice = here.seal(await here.met(ALICE), 'to Alice');
  await backUp();
  await erase(here, await here.met(ALICE));
  await inOne((client) => here.life.destroyDay(client, ACCOUNT, day));
  await db.owner.query(`TRUNCATE vault.key, vault.recipient_key; INSERT INTO vault.key SELECT * FROM old_keys;
    INSERT INTO vault.recipient_key SELECT * FROM old_recipient_keys`);
  assert.equal(await count('vault.recipient_key'), 1);
  assert.equal((await dayStates()).length, 3, 'the key of the old day was not taken back');
  const restored = await openGateway();
  for (const gone of [message, alice]) assert.equal(await restored.read(gone), null);
  assert.equal(await restored.read(bob), 'to Bob');
});

test('what comes back behind the back of the triggers is destroyed again at the next start, and told', async () => {
  const here = await openGateway();
  const { day } = await messageOfOldDay(here);
  const alice = here.seal(await here.met(ALICE), 'to Alice');
  await backUp();
  await erase(here, await here.met(ALICE));
  await inOne((client) => here.life.destroyDay(client, ACCOUNT, day));
  await db.owner.query(`ALTER TABLE vault.key DISABLE TRIGGER USER; ALTER TABLE vault.recipient_key DISABLE TRIGGER USER;
    TRUNCATE vault.key, vault.recipient_key; INSERT INTO vault.key SELECT * FROM old_keys;
    INSERT INTO vault.recipient_key SELECT * FROM old_recipient_keys;
    ALTER TABLE vault.key ENABLE TRIGGER USER; ALTER TABLE vault.recipient_key ENABLE TRIGGER USER`);
  const { log, events } = readableLog();
  const restored = await openGateway({ log });
  assert.ok(events.includes('destroyed_keys_came_back'));
  assert.equal(await restored.read(alice), null);
  assert.equal((await dayStates())[0], 'destroyed');
});

test('tombstones that are added to an older copy destroy what they are of', async () => {
  const here = await openGateway();
  const alice = await here.met(ALICE);
  await db.owner.query(
    `INSERT INTO vault.tombstone (account_id, kind, record) VALUES (${ACCOUNT}, 'recipient', ${alice.id})`,
  );
  assert.equal(await count('vault.recipient_key'), 0);
});

test('the working role can neither remove a key, nor give it the name of another one, nor alter a tombstone', async () => {
  const here = await openGateway();
  await erase(here, await here.met(ALICE));
  for (const sql of [
    'DELETE FROM vault.key',
    'TRUNCATE vault.key',
    'DELETE FROM vault.tombstone',
    'UPDATE vault.tombstone SET record = 0',
    'UPDATE vault.recipient_key SET recipient_id = recipient_id + 1',
    'UPDATE vault.key SET period = period + 1',
    'UPDATE vault.code_key SET window_no = window_no + 1',
  ])
    await assert.rejects(db.engine.query(sql), { code: '42501' }, sql);
});
