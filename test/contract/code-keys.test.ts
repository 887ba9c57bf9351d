import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR_MS, MINUTE_MS } from '../../src/base/clock.ts';
import { GATEWAY_ACCOUNT } from '../../src/vault/index.ts';
import { AheadClock } from '../support/ahead-clock.ts';
import { type KeyGateway, keyGateways, type SealedBody } from '../support/key-gateway.ts';

const ALICE = '447700900001';
const WINDOW_MS = 10 * MINUTE_MS;
/** How long after its window a code is read at most: the clocks of two gateways may differ by that. */
const LATE_MS = MINUTE_MS;

const { db, openGateway } = keyGateways('old_code_keys');

/** Behind the clock of the database, so that what is over by it is over by that of the database too. */
function clockBehind(): AheadClock {
  const clock = new AheadClock();
  clock.aheadMs = -6 * HOUR_MS;
  return clock;
}

/** The first millisecond of the window after the one that the time is in. */
const endOf = (atMs: number): number => (Math.floor(atMs / WINDOW_MS) + 1) * WINDOW_MS;

/** Moves a clock to a time. */
function moveTo(clock: AheadClock, atMs: number): void {
  clock.aheadMs += atMs - clock.now();
}

async function keysOf(endsAtMs: number): Promise<number[]> {
  const { rows } = await db.owner.query<{ version: number }>(
    'SELECT version FROM vault.code_key WHERE window_no = $1 ORDER BY created_at',
    [Math.floor(endsAtMs / WINDOW_MS)],
  );
  return rows.map(({ version }) => version);
}

async function code(at: KeyGateway, endsAtMs: number): Promise<SealedBody> {
  return at.seal(await at.met(ALICE), '493021', endsAtMs);
}

test('a code is read by every gateway until its ten minutes are over, and by nobody from then on', async () => {
  const clocks = [clockBehind(), clockBehind()] as const;
  const here = await openGateway({ clock: clocks[0] });
  const there = await openGateway({ clock: clocks[1] });
  const endsAtMs = clocks[0].now() + 5 * MINUTE_MS;
  const sealed = await code(here, endsAtMs);
  const overAtMs = endOf(endsAtMs) + LATE_MS;
  for (const clock of clocks) moveTo(clock, overAtMs - 5000);
  for (const at of [here, there]) {
    await at.life.keepCodes();
    assert.equal(await at.read(sealed), sealed.words, 'a code outlives its validity by no more than its window');
  }
  for (const clock of clocks) moveTo(clock, overAtMs);
  for (const at of [here, there]) assert.equal(await at.read(sealed), null, 'before anything was destroyed');
  here.keyLog.events.length = 0;
  await here.life.keepCodes();
  assert.deepEqual(await keysOf(endsAtMs), []);
  assert.ok(
    here.keyLog.events.some(({ what, kind, accountId }) => `${what} ${kind} ${accountId}` === 'destroyed code 0'),
  );
  // One whose clock is set back still has what it holds in memory, until it is told the time: then that is wiped too.
  await there.life.keepCodes();
  moveTo(clocks[1], endsAtMs);
  assert.equal(await there.read(sealed), null);
});

test('a code that ends with a window belongs to the next one', async () => {
  const clock = clockBehind();
  const here = await openGateway({ clock });
  const endMs = endOf(clock.now());
  const [last, first] = [await code(here, endMs - 1), await code(here, endMs)];
  moveTo(clock, endMs + LATE_MS);
  await here.life.keepCodes();
  assert.deepEqual([await here.read(last), await here.read(first)], [null, first.words]);
  assert.deepEqual([(await keysOf(endMs - 1)).length, (await keysOf(endMs)).length], [0, 1]);
});

test('a gateway whose clock is ahead destroys no keys of codes that others may still read', async () => {
  const here = await openGateway({ clock: new AheadClock() });
  const endsAtMs = new AheadClock().now() + 5 * MINUTE_MS;
  const sealed = await code(here, endsAtMs);
  const clock = new AheadClock();
  clock.aheadMs = 3 * HOUR_MS;
  const ahead = await openGateway({ clock });
  await ahead.life.keepCodes();
  assert.equal(await ahead.read(sealed), null);
  assert.equal((await keysOf(endsAtMs)).length, 1);
  assert.equal(await here.read(sealed), sealed.words);
});

test('no key is made for a window that is over, and none that comes back is loaded', async () => {
  const clock = clockBehind();
  const here = await openGateway({ clock });
  const endsAtMs = clock.now();
  const sealed = await code(here, endsAtMs);
  await db.owner.query('CREATE TABLE old_code_keys AS SELECT * FROM vault.code_key');
  moveTo(clock, endOf(endsAtMs) + LATE_MS);
  await here.life.keepCodes();
  await here.vault.prepareCodeKey(endsAtMs);
  assert.equal(here.vault.hasCodeKey(endsAtMs), false);
  assert.deepEqual(await keysOf(endsAtMs), []);
  await db.owner.query('INSERT INTO vault.code_key SELECT * FROM old_code_keys ON CONFLICT DO NOTHING');
  assert.equal((await keysOf(endsAtMs)).length, 1);
  assert.equal(await here.read(sealed), null);
  assert.equal(await (await openGateway({ clock })).read(sealed), null);
  assert.deepEqual(await keysOf(endsAtMs), [], 'and it is destroyed at the start of a gateway');
});

test('keys of the next two hours are made ahead, and of a later window when they are asked for, once', async () => {
  const clock = clockBehind();
  const [here, there] = [await openGateway({ clock }), await openGateway({ clock })];
  const windows = await db.owner.query<{ keys: number; windows: number }>(
    'SELECT count(*)::int4 AS keys, count(DISTINCT window_no)::int4 AS windows FROM vault.code_key',
  );
  assert.equal(windows.rows[0]!.keys, windows.rows[0]!.windows);
  assert.ok(here.vault.hasCodeKey(clock.now() + 2 * HOUR_MS));
  const laterMs = clock.now() + 30 * 24 * HOUR_MS;
  assert.deepEqual([here.vault.hasCodeKey(laterMs), await keysOf(laterMs)], [false, []]);
  await Promise.all([here, there, here, there].map((at) => at.vault.prepareCodeKey(laterMs)));
  assert.equal((await keysOf(laterMs)).length, 1);
  const many = Array.from({ length: 20 }, (_, at) => laterMs + at * WINDOW_MS);
  await Promise.all(many.flatMap((atMs) => [here, there].map((at) => at.vault.prepareCodeKey(atMs))));
  for (const atMs of many) assert.equal((await keysOf(atMs)).length, 1);
  const sealed = await code(here, laterMs);
  assert.equal(await there.read(sealed), sealed.words);
});

test('a code whose key is gone is noise, also where its window has another key', async () => {
  const clock = clockBehind();
  const here = await openGateway({ clock });
  const endsAtMs = clock.now() + 5 * MINUTE_MS;
  const sealed = await code(here, endsAtMs);
  // As after a restore, whose sequence goes on where that of the backup stood.
  await db.owner.query('DELETE FROM vault.code_key');
  const restored = await openGateway({ clock });
  assert.equal(restored.vault.hasCodeKey(endsAtMs), true);
  assert.equal(await restored.read(sealed), null);
});

test('the key of the gateway is exchanged, and every code can be read before, meanwhile and after', async () => {
  const clock = clockBehind();
  const [here, there] = [await openGateway({ clock }), await openGateway({ clock })];
  const endsAtMs = clock.now() + 5 * MINUTE_MS;
  const sealed = await code(here, endsAtMs);
  await here.life.rotate(GATEWAY_ACCOUNT);
  while ((await here.life.rotations()).length > 0);
  const { rows } = await db.owner.query<{ under: number }>(
    'SELECT DISTINCT vault.wrapped_under(wrapped) AS under FROM vault.code_key',
  );
  assert.deepEqual(rows, [{ under: 2 }]);
  for (const at of [here, there, await openGateway({ clock })]) assert.equal(await at.read(sealed), sealed.words);
  const later = endsAtMs + 3 * HOUR_MS;
  await there.vault.prepareCodeKey(later);
  assert.equal((await keysOf(later)).length, 1, 'also by a gateway that was not told of the new key');
});

test('when the key of the gateway is compromised, codes are sealed under new keys, and those of before can be read', async () => {
  const clock = clockBehind();
  const [here, there] = [await openGateway({ clock }), await openGateway({ clock })];
  const endsAtMs = clock.now() + 5 * MINUTE_MS;
  const older = await code(here, endsAtMs);
  await here.life.compromiseAccount(GATEWAY_ACCOUNT);
  for (const at of [here, there]) await at.life.heed();
  const [old, current] = await keysOf(endsAtMs);
  const newer = await code(there, endsAtMs);
  assert.deepEqual(
    [older, newer].map(({ sealedBody }) => sealedBody.readUInt16BE(1)),
    [old, current],
  );
  for (const at of [here, there]) assert.deepEqual([await at.read(older), await at.read(newer)], ['493021', '493021']);
});

test('what cannot be put on record does not happen: a key is neither made nor destroyed in the store', async () => {
  const clock = clockBehind();
  const here = await openGateway({ clock });
  const endsAtMs = clock.now() + 5 * MINUTE_MS;
  const sealed = await code(here, endsAtMs);
  moveTo(clock, endOf(endsAtMs) + LATE_MS);
  here.keyLog.refuses = 'destroyed';
  await assert.rejects(here.life.keepCodes());
  assert.equal((await keysOf(endsAtMs)).length, 1);
  assert.equal(await here.read(sealed), null, 'but here nobody reads it all the same');
  here.keyLog.refuses = 'made';
  await assert.rejects(here.vault.prepareCodeKey(clock.now() + 24 * HOUR_MS));
  assert.deepEqual(await keysOf(clock.now() + 24 * HOUR_MS), []);
});

test('a person who is erased takes the codes along', async () => {
  const clock = clockBehind();
  const here = await openGateway({ clock });
  const sealed = await code(here, clock.now() + 5 * MINUTE_MS);
  const { recipientId } = sealed;
  await db.owner.query(`INSERT INTO vault.tombstone (account_id, kind, record) VALUES (1, 'recipient', $1)`, [
    recipientId,
  ]);
  await here.life.tellDestroyed(async (people) => here.people.forget(people));
  assert.equal(await here.read(sealed), null);
});

test('keys of codes are counted in the inventory', async () => {
  const here = await openGateway({ clock: clockBehind() });
  const counted = (await here.life.count()).find(({ kind }) => kind === 'code');
  const { rows } = await db.owner.query<{ count: number }>('SELECT count(*)::int4 AS count FROM vault.code_key');
  assert.deepEqual([counted?.state, counted?.count], ['active', rows[0]!.count]);
  assert.ok(rows[0]!.count >= 12);
});
