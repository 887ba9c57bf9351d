import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import { IdSource, idDay } from '../../src/base/id.ts';
import { Secret } from '../../src/base/secret.ts';
import { GATEWAY_ACCOUNT, type Vault } from '../../src/vault/index.ts';
import { isFault } from '../support/faults.ts';
import { eachTest, ownDatabase } from '../support/hooks.ts';
import { openVault } from '../support/vault.ts';

const ids = new IdSource(systemClock, systemEntropy);
const today = idDay(ids.next());
const words = Buffer.from('Your table is ready');
const db = ownDatabase();
const each = eachTest(() => db.owner.query('DELETE FROM vault.key'));

const rootKeyFile = (): string => join(each.folder, 'root.key');

/** A vault of this test, with its root key. */
async function vaultHere(): Promise<Vault> {
  const vault = await openVault(db.engine, rootKeyFile());
  each.taken.defer(() => vault.close());
  return vault;
}

async function vaultOf(...accountIds: number[]): Promise<Vault> {
  const vault = await vaultHere();
  for (const accountId of accountIds) await vault.addAccount(accountId);
  await vault.prepareDays(vault.accountIds, [today]);
  return vault;
}

function sealed(vault: Vault, accountId: number) {
  const message = { accountId, id: ids.next(), recipient: vault.newRecipientKey(accountId, 1024), codeEndsAtMs: null };
  const body = Buffer.alloc(vault.sealedBytes(words.length));
  vault.sealBodyInto(body, 0, message, words);
  return { message, body };
}

const isBroken = isFault('seal_broken');

test('the first start makes a root key; the next one opens what was sealed before', async () => {
  const first = await vaultOf(1);
  assert.ok(existsSync(rootKeyFile()));
  const { message, body } = sealed(first, 1);
  const hash = Buffer.from(first.hashNumber(1, '12025550143'));
  const wrapped = Buffer.alloc(75);
  first.wrapRecipientKeyInto(wrapped, 0, message.recipient);
  first.close();

  const second = await vaultHere();
  assert.deepEqual(second.accountIds, [1]);
  assert.deepEqual(second.hashNumber(1, '12025550143'), hash);
  const recipient = second.unwrapRecipientKey(1, 1024, wrapped)!;
  assert.equal(second.openBody(body, { ...message, recipient }), null, 'the key of the day is not loaded yet');
  await second.loadKeysOf([{ ...message, sealedBody: body }]);
  assert.deepEqual(second.openBody(body, { ...message, recipient }), words);
});

test('a missing root key is never replaced while the database holds keys', async () => {
  (await vaultOf(1)).close();
  rmSync(rootKeyFile());
  await assert.rejects(vaultHere(), isFault('root_key_missing'));
  assert.equal(existsSync(rootKeyFile()), false);
});

test('another root key is told from the right one', async () => {
  (await vaultOf(1)).close();
  renameSync(rootKeyFile(), join(each.folder, 'right.key'));
  const keys = await db.owner.query('SELECT * FROM vault.key');
  await db.owner.query('DELETE FROM vault.key');
  (await vaultHere()).close();
  await db.owner.query('DELETE FROM vault.key');
  await db.owner.query('INSERT INTO vault.key SELECT * FROM jsonb_populate_recordset(NULL::vault.key, $1)', [
    JSON.stringify(keys.rows.map((row) => ({ ...row, wrapped: `\\x${row.wrapped.toString('hex')}` }))),
  ]);
  await assert.rejects(vaultHere(), isFault('root_key_mismatch'));
  renameSync(join(each.folder, 'right.key'), rootKeyFile());
  assert.deepEqual((await vaultHere()).accountIds, [1]);
});

test('two gateways that add the same account and day use the same keys', async () => {
  const [a, b] = [await vaultHere(), await vaultHere()];
  await Promise.all([a.addAccount(1), b.addAccount(1)]);
  const days = [today, today + 1, today + 2];
  await Promise.all([a.prepareDays([1], days), b.prepareDays([1], days.toReversed())]);
  assert.deepEqual(Buffer.from(a.hashNumber(1, '12025550143')), b.hashNumber(1, '12025550143'));
  const { message, body } = sealed(a, 1);
  assert.deepEqual(b.openBody(body, message), words);
  const { rows } = await db.owner.query(
    "SELECT count(*)::int AS keys FROM vault.key WHERE account_id = 1 AND kind = 'day'",
  );
  assert.equal(rows[0].keys, 3);
});

test('two gateways that start at once on a new database agree on the keys of the gateway', async () => {
  const [a, b] = await Promise.all([vaultHere(), vaultHere()]);
  const secret = a.sealSecret('carrier secret', GATEWAY_ACCOUNT, 5, new Secret('swordfish'));
  assert.equal(b.openSecret('carrier secret', GATEWAY_ACCOUNT, 5, secret)?.reveal(), 'swordfish');
});

test('a day without a key, or with a destroyed one, is not opened and not made anew', async () => {
  const first = await vaultOf(1);
  const { message, body } = sealed(first, 1);
  await db.owner.query("UPDATE vault.key SET state = 'destroyed', wrapped = NULL WHERE kind = 'day'");
  const second = await vaultHere();
  await second.loadKeysOf([{ ...message, sealedBody: body }]);
  assert.equal(second.openBody(body, message), null);
  await assert.rejects(second.prepareDays([1], [today]), isFault('key_unusable'));
});

const swap = (one: string, other: string) =>
  db.owner.query(`UPDATE vault.key AS a SET wrapped = b.wrapped FROM vault.key AS b WHERE (${one}) AND (${other})`);

test('keys that were exchanged in the database are refused', async () => {
  const vault = await vaultOf(1, 2);
  await vault.prepareDays([1], [today + 1]);
  const { message, body } = sealed(vault, 1);
  const stored = { ...message, sealedBody: body };
  const day = (accountId: number, plus: number, name: string) =>
    `${name}.account_id = ${accountId} AND ${name}.kind = 'day' AND ${name}.period = date 'epoch' + ${today + plus}`;
  await swap(day(1, 0, 'a'), day(2, 0, 'b'));
  await assert.rejects((await vaultHere()).loadKeysOf([stored]), isBroken);
  await swap(day(1, 0, 'a'), day(1, 1, 'b'));
  await assert.rejects((await vaultHere()).loadKeysOf([stored]), isBroken);
  await swap(`a.account_id = 1 AND a.kind = 'index'`, `b.account_id = 1 AND b.kind = 'record'`);
  await assert.rejects(vaultHere(), isBroken);
  await swap(`a.account_id = 1 AND a.kind = 'account'`, `b.account_id = 2 AND b.kind = 'account'`);
  await assert.rejects(vaultHere(), isFault('root_key_mismatch'));
});

test('a body opens for its own message, recipient and account only', async () => {
  const vault = await vaultOf(1, 2);
  const { message, body } = sealed(vault, 1);
  const other = sealed(vault, 1);
  assert.deepEqual(vault.openBody(body, message), words);
  assert.throws(() => vault.openBody(other.body, message), isBroken);
  assert.throws(() => vault.openBody(body, { ...message, id: ids.next() }), isBroken);
  assert.throws(() => vault.openBody(body, { ...message, recipient: other.message.recipient }), isBroken);
  const stranger = vault.newRecipientKey(2, 1024);
  assert.throws(() => vault.openBody(body, { ...message, accountId: 2, recipient: stranger }), isBroken);
  assert.throws(() => vault.openBody(body, { ...message, recipient: stranger }), { name: 'BrokenInvariant' });
});

test('a wrapped key and a sealed number open for their own recipient only, and do not show the length', async () => {
  const vault = await vaultOf(1);
  const recipient = vault.newRecipientKey(1, 1024);
  const [wrapped, number] = [Buffer.alloc(75), Buffer.alloc(59)];
  vault.wrapRecipientKeyInto(wrapped, 0, recipient);
  for (const digits of ['1', '12025550143', '123456789012345']) {
    vault.sealNumberInto(number, 0, recipient, digits);
    assert.equal(vault.openNumber(number, vault.unwrapRecipientKey(1, 1024, wrapped)!), digits);
  }
  assert.throws(() => vault.unwrapRecipientKey(1, 1025, wrapped), isBroken);
  assert.throws(() => vault.openNumber(number, vault.newRecipientKey(1, 1024)), isBroken);
});

test('the hash of a number differs between accounts', async () => {
  const vault = await vaultOf(1, 2);
  const one = Buffer.from(vault.hashNumber(1, '447700900123'));
  assert.equal(one.length, 16);
  assert.notDeepEqual(vault.hashNumber(2, '447700900123'), one);
});

test('a secret opens for its purpose, account and row only', async () => {
  const vault = await vaultOf(1);
  const sealedSecret = vault.sealSecret('webhook secret', 1, 1, new Secret('swordfish'));
  assert.equal(vault.openSecret('webhook secret', 1, 1, sealedSecret)?.reveal(), 'swordfish');
  assert.throws(() => vault.openSecret('carrier secret', 1, 1, sealedSecret), isBroken);
  assert.throws(() => vault.openSecret('webhook secret', GATEWAY_ACCOUNT, 1, sealedSecret), isBroken);
  assert.throws(() => vault.openSecret('webhook secret', 1, 2, sealedSecret), isBroken);
});

test('a vault that is closed seals nothing', async () => {
  const vault = await vaultOf(1);
  const { message, body } = sealed(vault, 1);
  const [slab, at] = [message.recipient.slab, message.recipient.at];
  vault.close();
  assert.deepEqual(slab.subarray(at, at + 32), Buffer.alloc(32), 'the key is wiped');
  for (const use of [
    () => vault.hashNumber(1, '12025550143'),
    () => vault.sealBodyInto(body, 0, message, words),
    () => vault.openBody(body, message),
    () => vault.wrapRecipientKeyInto(body, 0, message.recipient),
    () => vault.sealNumberInto(Buffer.alloc(59), 0, message.recipient, '12025550143'),
    () => vault.newRecipientKey(1, 1),
    () => vault.sealSecret('carrier secret', GATEWAY_ACCOUNT, 1, new Secret('swordfish')),
  ]) {
    assert.throws(use, { name: 'BrokenInvariant' });
  }
});

test('the hash of a request is the same each time, of another account another, and not to be had without the key', async () => {
  const vault = await vaultOf(1, 2);
  const said = 'body\norder-7\nYour code is 493021';
  const hashed = vault.hashRequest(1, said);
  assert.deepEqual(vault.hashRequest(1, said), hashed);
  assert.notDeepEqual(vault.hashRequest(2, said), hashed);
  assert.notDeepEqual(vault.hashRequest(1, 'body\norder-7\nYour code is 493022'), hashed);
  for (const name of ['sha256', 'blake2b512']) {
    const plain = createHash(name).update(said).digest();
    assert.notDeepEqual(plain.subarray(0, hashed.length), hashed);
  }
});
