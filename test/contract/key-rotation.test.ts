import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { FaultError } from '../../src/base/fault.ts';
import { Secret } from '../../src/base/secret.ts';
import type { Recipient } from '../../src/consent/index.ts';
import { readableLog } from '../support/database.ts';
import { HandClock } from '../support/hand-clock.ts';
import { type KeyGateway, keyGateways, today } from '../support/key-gateway.ts';

const CHILD = join(import.meta.dirname, '../support/rotation-child.ts');
const PEOPLE = 600;
// Reserved for fiction: NANP 555-01XX of many area codes.
const AREAS = ['201', '202', '203', '205', '206', '207', '208', '209', '210', '212', '213', '214'];
const numbers = AREAS.flatMap((area) =>
  Array.from({ length: 100 }, (_, i) => `1${area}55501${String(i).padStart(2, '0')}`),
);
const known = numbers.slice(0, PEOPLE);
const strangers = numbers.slice(PEOPLE);

const { db, openGateway, rootKeyFile } = keyGateways();

async function meetAll(at: KeyGateway, digits: readonly string[]): Promise<Recipient[]> {
  const answers = await Promise.all(digits.map((each) => at.meet(each)));
  return answers.map((answer) => {
    assert.ok(!('code' in answer), `answered ${'code' in answer && answer.code}`);
    return answer;
  });
}

const seen = async <T>(sql: string): Promise<T[]> =>
  (await db.owner.query({ text: sql, rowMode: 'array' })).rows.flat();

/** How many keys are wrapped under each version of the key of account 1. */
const wrappedUnder = async (): Promise<Record<string, number>> => {
  const { rows } = await db.owner.query<{ version: number; count: number }>(
    `SELECT vault.wrapped_under(wrapped) AS version, count(*)::int4 AS count FROM (
       SELECT wrapped FROM vault.recipient_key WHERE account_id = 1
       UNION ALL SELECT wrapped FROM vault.key WHERE account_id = 1 AND kind <> 'account'
     ) AS every GROUP BY 1 ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ version, count }) => [version, count]));
};

const states = (kind: string) =>
  seen<string>(
    `SELECT version || ' ' || state FROM vault.key WHERE account_id = 1 AND kind = '${kind}' ORDER BY version`,
  );

/** Until no rotation is under way. */
async function finished(): Promise<void> {
  while ((await seen('SELECT account_id FROM vault.rotation')).length > 0);
}

test('while all keys are wrapped again, no read fails, here and at a gateway that is not told', async () => {
  // Time passes between reads, so that there are some for each page, however slow they are.
  const clock = new HandClock(systemClock.now());
  const [here, elsewhere] = [await openGateway({ clock }), await openGateway()];
  const bodies = (await meetAll(here, known)).map((person, i) => here.seal(person, `words ${i}`));
  const secret = here.vault.sealSecret('webhook secret', 1, 0, new Secret('swordfish'));
  const hash = Buffer.from(here.vault.hashNumber(1, known[0]!));

  await here.life.rotate(1);
  let [reads, made] = [0, 0];
  while ((await seen('SELECT account_id FROM vault.rotation')).length > 0) {
    for (const at of [here, elsewhere]) {
      const message = bodies[(reads * 7) % bodies.length]!;
      assert.equal(await at.read(message), message.words);
      await meetAll(at, [known[(reads * 11) % known.length]!]);
      if (made < strangers.length) await meetAll(at, [strangers[made++]!]);
      reads++;
    }
    clock.advance(1);
  }
  assert.ok(reads >= 10, `${reads} reads`);
  const [people] = await seen<number>('SELECT count(*)::int4 FROM vault.recipient_key');
  assert.equal(people, PEOPLE + made);
  assert.deepEqual(Object.keys(await wrappedUnder()), ['2']);
  assert.deepEqual(await states('account'), ['1 destroyed', '2 active']);
  assert.deepEqual(await states('record'), ['1 deactivated', '2 active']);

  const restarted = await openGateway();
  for (const at of [here, elsewhere, restarted]) {
    for (const message of bodies) assert.equal(await at.read(message), message.words);
    assert.equal(at.vault.openSecret('webhook secret', 1, 0, secret)?.reveal(), 'swordfish');
    assert.deepEqual(at.vault.hashNumber(1, known[0]!), hash);
  }
});

test('what is on record of a rotation: each key and what became of it', async () => {
  const here = await openGateway();
  await meetAll(here, known);
  here.keyLog.events.length = 0;
  await here.life.rotate(1);
  await finished();
  assert.deepEqual(here.keyLog.words, [
    '1 account made',
    '1 account deactivated',
    '1 account activated',
    '1 account rotated',
    '1 record made',
    '1 record deactivated',
    '1 record activated',
    '1 account destroyed',
    `${PEOPLE} recipient rewrapped`,
  ]);
});

for (const refuses of ['made', 'rotated', 'destroyed'] as const) {
  test(`what cannot be put on record does not happen: ${refuses}`, async () => {
    const { log, heard } = readableLog();
    const here = await openGateway({ log });
    await meetAll(here, known);
    here.keyLog.refuses = refuses;
    const rotated = here.life.rotate(1);
    if (refuses === 'destroyed') {
      await rotated;
      await heard('rotation_delayed');
      assert.deepEqual(await states('account'), ['1 deactivated', '2 active']);
    } else {
      await assert.rejects(rotated, FaultError);
      assert.deepEqual(await states('account'), ['1 active']);
      assert.deepEqual(Object.keys(await wrappedUnder()), ['1']);
    }
  });
}

test('a row in hand from before opens until nothing is wrapped under the old key, and is read again after', async () => {
  const here = await openGateway();
  const [alice] = await meetAll(here, known);
  const [wrapped] = await seen<Buffer>(`SELECT wrapped FROM vault.recipient_key WHERE recipient_id = ${alice!.id}`);
  const rotated = here.life.rotate(1);
  assert.notEqual(here.vault.unwrapRecipientKey(1, alice!.id, wrapped!), null, 'before');
  await rotated;
  assert.notEqual(here.vault.unwrapRecipientKey(1, alice!.id, wrapped!), null, 'meanwhile');
  await finished();
  await here.vault.refresh();
  assert.equal(here.vault.unwrapRecipientKey(1, alice!.id, wrapped!), null, 'after');
  assert.equal((await here.people.lookUp(1, known[1]!))?.accountId, 1);
});

test('who is looked up is found by a gateway that was not told of the rotation', async () => {
  const [here, elsewhere] = [await openGateway(), await openGateway()];
  const [alice] = await meetAll(here, known);
  await here.life.rotate(1);
  await finished();
  assert.equal((await elsewhere.people.lookUp(1, known[0]!))?.id, alice!.id);
});

test('a gateway that knows the old key alone wraps nothing under it any more', async () => {
  const [here, elsewhere, other] = [await openGateway(), await openGateway(), await openGateway()];
  await here.life.rotate(1);
  await finished();
  const [person] = await meetAll(elsewhere, [strangers[0]!]);
  await other.vault.prepareDays([1], [today() + 2]);
  assert.deepEqual(Object.keys(await wrappedUnder()), ['2']);
  const message = elsewhere.seal(person!, 'hello');
  assert.equal(await here.read(message), 'hello');
});

test('a rotation that was killed -9 goes on where it stood, and ends', async () => {
  const here = await openGateway();
  const bodies = (await meetAll(here, known)).map((person, i) => here.seal(person, `words ${i}`));
  const child = spawn(process.execPath, [CHILD, join(db.dataFolder, 'run'), rootKeyFile()], { stdio: 'inherit' });
  let done = 0;
  while (done === 0) [done = 0] = await seen<number>('SELECT rewrapped::int4 FROM vault.rotation WHERE done_until > 0');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const [left] = await seen<number>('SELECT rewrapped::int4 FROM vault.rotation');
  assert.ok(left! >= done && left! < PEOPLE, `it was killed in the middle: ${left} of ${PEOPLE}`);

  for (const message of bodies) assert.equal(await here.read(message), message.words);
  await here.life.heed();
  await finished();
  assert.deepEqual(Object.keys(await wrappedUnder()), ['2']);
  assert.deepEqual(await states('account'), ['1 destroyed', '2 active']);
  for (const message of bodies) assert.equal(await here.read(message), message.words);
});

test('a row that was altered is left as it is, is told, and keeps the old key from being destroyed', async () => {
  const { log, events } = readableLog();
  const here = await openGateway({ log });
  const [alice] = await meetAll(here, known);
  await db.owner.query(
    `UPDATE vault.recipient_key SET wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1) WHERE recipient_id = $1`,
    [alice!.id],
  );
  await here.life.rotate(1);
  await finished();
  assert.deepEqual(await wrappedUnder(), { 1: 1, 2: PEOPLE - 1 + 6 });
  assert.deepEqual(await states('account'), ['1 deactivated', '2 active']);
  assert.ok(events.includes('key_not_rewrapped') && events.includes('rotation_left_keys'));
});

test('a rotation that is asked for again is the same one; two gateways that begin one make one', async () => {
  const [here, elsewhere] = [await openGateway(), await openGateway()];
  await meetAll(here, known);
  const rows = await Promise.all([here.life.rotate(1), elsewhere.life.rotate(1), here.life.rotate(1)]);
  assert.deepEqual(
    rows.map(({ toVersion }) => toVersion),
    [2, 2, 2],
  );
  await finished();
  assert.deepEqual(await states('account'), ['1 destroyed', '2 active']);
});

test('a compromised key is exchanged, with the record key and the keys of the days in use and later; the report says for what', async () => {
  const [here, elsewhere] = [await openGateway(), await openGateway()];
  const people = await meetAll(here, known);
  const older = here.seal(people[0]!, 'before');
  const report = await here.life.compromiseAccount(1);
  assert.deepEqual(report, { recipients: PEOPLE, days: [today() - 1, today(), today() + 1], redrawn: 3 });
  assert.deepEqual(await states('record'), ['1 compromised', '2 active']);

  const afterwards = here.seal(people[0]!, 'after');
  assert.deepEqual(
    [older, afterwards].map(({ sealedBody }) => sealedBody.readUInt16BE(1)),
    [1, 2],
  );
  for (const at of [here, elsewhere]) {
    assert.equal(await at.read(older), 'before');
    assert.equal(await at.read(afterwards), 'after');
  }
  assert.equal(
    elsewhere.seal(people[0]!, 'later').sealedBody.readUInt16BE(1),
    2,
    'the other gateway has learned of it',
  );
  await finished();
  assert.deepEqual(await states('account'), ['1 destroyed', '2 active']);
  const { words } = here.keyLog;
  for (const kind of ['account', 'record', 'day']) assert.ok(words.includes(`1 ${kind} compromised`), kind);
});

test('a key that is compromised while it is being rotated is exchanged once more', async () => {
  const here = await openGateway({ pace: { pageKeys: 10, pauseMs: 5, silentMs: 1000 } });
  const bodies = (await meetAll(here, known)).map((person, i) => here.seal(person, `words ${i}`));
  await here.life.rotate(1);
  await here.life.compromiseAccount(1);
  assert.deepEqual(await states('account'), ['1 deactivated', '2 compromised', '3 active']);
  await finished();
  assert.deepEqual(Object.keys(await wrappedUnder()), ['3']);
  assert.deepEqual(await states('account'), ['1 destroyed', '2 destroyed', '3 active']);
  for (const message of bodies) assert.equal(await here.read(message), message.words);
});

test('the compromised key of a day is drawn anew as long as anything is sealed under it: until the day after', async () => {
  const here = await openGateway();
  const [person] = await meetAll(here, known.slice(0, 1));
  const older = here.seal(person!, 'before');
  assert.deepEqual(await here.life.compromiseDay(1, today()), { recipients: 0, days: [today()], redrawn: 1 });
  assert.equal(here.seal(person!, 'after').sealedBody.readUInt16BE(1), 2);
  assert.equal(await here.read(older), 'before');
  assert.deepEqual(await here.life.compromiseDay(1, today() - 1), { recipients: 0, days: [today() - 1], redrawn: 1 });
  assert.equal(await here.life.compromiseDay(1, today() - 9), null);
  const days = `SELECT version || ' ' || state FROM vault.key WHERE account_id = 1 AND kind = 'day' ORDER BY period, version`;
  assert.deepEqual(await seen(days), ['1 compromised', '2 active', '1 compromised', '2 active', '1 pre-active']);
});
