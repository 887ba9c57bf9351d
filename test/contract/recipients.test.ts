import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import type { Fault } from '../../src/base/fault.ts';
import { type Recipient, Recipients, type RecipientsOptions } from '../../src/consent/index.ts';
import type { Vault } from '../../src/vault/index.ts';
import { silentLog } from '../support/database.ts';
import { ownDatabase } from '../support/hooks.ts';
import { openVault } from '../support/vault.ts';

// 100 numbers of each of these prefixes are reserved for fiction: NANP 555-01XX in many area codes, UK 07700 900XXX.
const AREAS = ['201', '202', '203', '205', '206', '207', '208', '209', '210', '212'];
const numbers = AREAS.flatMap((area) =>
  Array.from({ length: 100 }, (_, i) => `1${area}55501${String(i).padStart(2, '0')}`),
);
const ALICE = '447700900001';
const BOB = '447700900002';

let vault: Vault;
let opened: Recipients[] = [];

const db = ownDatabase(async ({ dataFolder, engine, taken }) => {
  vault = await openVault(engine, join(dataFolder, 'root.key'));
  taken.defer(() => vault.close());
  await vault.addAccount(1);
  await vault.addAccount(2);
});
afterEach(async () => {
  for (const recipients of opened) await recipients.close();
  opened = [];
  await db.owner.query('TRUNCATE recipient, vault.recipient_key');
});

/** The recipients as a gateway process of its own has them: nothing in memory yet. */
function gateway(more: Partial<RecipientsOptions> = {}): Recipients {
  const recipients = new Recipients({
    pool: db.engine,
    vault,
    log: silentLog,
    suppressed: () => Promise.resolve([]),
    ...more,
  });
  opened.push(recipients);
  return recipients;
}

const answerOf = (recipients: Recipients, digits: string, accountId = 1): Promise<Recipient | Fault> =>
  new Promise((resolve) => recipients.meet(accountId, digits, resolve));

async function meet(recipients: Recipients, digits: string, accountId = 1): Promise<Recipient> {
  const answer = await answerOf(recipients, digits, accountId);
  assert.ok(!('code' in answer), `answered ${'code' in answer && answer.code}`);
  return answer;
}

const keyOf = ({ slab, at }: Recipient): string => slab.toString('hex', at, at + 32);

async function count(table: string): Promise<number> {
  return (await db.owner.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${table}`)).rows[0]!.rows;
}

test('a stranger is made once, and known from then on', async () => {
  const recipients = gateway();
  assert.equal(recipients.known(1, ALICE), null);
  const [first, second] = await Promise.all([meet(recipients, ALICE), meet(recipients, ALICE)]);
  assert.equal(first, second);
  assert.equal(recipients.known(1, ALICE), first);
  assert.equal(first.accountId, 1);
  assert.ok(first.id >= 1024);
  assert.deepEqual([await count('recipient'), await count('vault.recipient_key')], [1, 1]);
});

test('another gateway, and one after a restart, finds the same person with the same key', async () => {
  const made = await meet(gateway(), ALICE);
  const found = await meet(gateway(), ALICE);
  assert.notEqual(found, made);
  assert.deepEqual([found.id, keyOf(found)], [made.id, keyOf(made)]);
});

test('the same number is another person to another account', async () => {
  const recipients = gateway();
  const [one, other] = [await meet(recipients, ALICE, 1), await meet(recipients, ALICE, 2)];
  assert.notEqual(one.id, other.id);
  assert.notEqual(keyOf(one), keyOf(other));
  assert.equal(recipients.known(2, ALICE), other);
});

test('gateways that make the same people at once agree on them, and no key is left over', async () => {
  const gateways = [gateway(), gateway(), gateway()];
  const answers = await Promise.all(
    gateways.map((recipients, i) => {
      const order = i === 1 ? numbers.toReversed() : numbers;
      return Promise.all(order.map(async (digits) => [digits, await meet(recipients, digits)] as const));
    }),
  );
  for (const [digits, { id }] of answers.flat()) {
    for (const recipients of gateways) assert.equal(recipients.known(1, digits)!.id, id);
    assert.equal(new Set(gateways.map((recipients) => keyOf(recipients.known(1, digits)!))).size, 1);
  }
  assert.deepEqual([await count('recipient'), await count('vault.recipient_key')], [1000, 1000]);
  assert.equal(new Set(answers.flat().map(([, { id }]) => id)).size, 1000);
});

test('people are read back by id, with their number', async () => {
  const recipients = gateway();
  const [alice, bob] = [await meet(recipients, ALICE), await meet(recipients, BOB)];
  const found = await gateway().find(1, [alice.id, bob.id, 7]);
  assert.deepEqual(new Set(found.keys()), new Set([alice.id, bob.id]));
  assert.equal(found.get(alice.id)!.digits, ALICE);
  assert.equal(found.get(bob.id)!.digits, BOB);
  assert.equal(keyOf(found.get(bob.id)!.recipient), keyOf(bob));
  assert.equal((await recipients.find(2, [alice.id])).size, 0, 'another account has no such person');
  assert.equal((await recipients.find(1, [])).size, 0);
});

test('who is looked up is found or not, and never made', async () => {
  const made = await meet(gateway(), ALICE);
  const recipients = gateway();
  assert.equal((await recipients.lookUp(1, ALICE))!.id, made.id);
  assert.equal(await recipients.lookUp(1, BOB), null);
  assert.equal(await recipients.lookUp(2, ALICE), null);
  assert.equal(await count('recipient'), 1);
});

test('no number can be read in the tables', async () => {
  const recipients = gateway();
  await Promise.all(numbers.map((digits) => meet(recipients, digits)));
  const { rows } = await db.owner.query<{ bytes: Buffer }>(`SELECT number_hash || sealed_number AS bytes FROM recipient
    UNION ALL SELECT wrapped FROM vault.recipient_key`);
  assert.equal(rows.length, 2000);
  for (const { bytes } of rows) assert.equal(/\d{8}/.test(bytes.latin1Slice(0, bytes.length)), false);
});

test('a person who left the memory keeps key and number for whoever still holds the recipient', async () => {
  const recipients = gateway({ perGeneration: 8 });
  const held = new Map<string, { recipient: Recipient; key: string }>();
  for (const digits of numbers) {
    const recipient = await meet(recipients, digits);
    held.set(digits, { recipient, key: keyOf(recipient) });
  }
  assert.ok(numbers.filter((digits) => recipients.known(1, digits) !== null).length <= 16);
  const stored = await gateway().find(
    1,
    [...held.values()].map(({ recipient }) => recipient.id),
  );
  for (const [digits, { recipient, key }] of held) {
    assert.equal(keyOf(recipient), key);
    assert.equal(stored.get(recipient.id)!.digits, digits);
    assert.equal(keyOf(stored.get(recipient.id)!.recipient), key);
  }
});

test('one more than may wait is throttled, and the others are met', async () => {
  const recipients = gateway({ waitingMax: 10 });
  const answers = await Promise.all(numbers.slice(0, 12).map((digits) => answerOf(recipients, digits)));
  const codes = answers.map((answer) => ('code' in answer ? answer.code : 'met'));
  assert.deepEqual(codes, [...Array<string>(10).fill('met'), 'throttled', 'throttled']);
  await meet(recipients, numbers[11]!);
});

test('while the database fails everybody is told, nobody is kept, and afterwards all is as before', async () => {
  const recipients = gateway();
  const known = await meet(recipients, ALICE);
  const failsWith = async (code: string) => {
    const answers = await Promise.all(numbers.slice(0, 50).map((digits) => answerOf(recipients, digits)));
    for (const answer of answers) assert.equal('code' in answer && answer.code, code);
    for (const digits of numbers.slice(0, 50)) assert.equal(recipients.known(1, digits), null);
  };
  for (const [sqlState, code] of [
    ['53100', 'store_full'],
    ['57P01', 'store_unavailable'],
    ['XX000', 'internal'],
  ] as const) {
    await db.owner.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '${sqlState}'; END $$`);
    await db.owner.query('CREATE TRIGGER fail BEFORE INSERT ON vault.recipient_key EXECUTE FUNCTION fail()');
    await failsWith(code);
    await db.owner.query('DROP FUNCTION fail CASCADE');
  }
  assert.equal(await count('recipient'), 1, 'nothing is half made');
  assert.equal(recipients.known(1, ALICE), known);
  await Promise.all(numbers.slice(0, 50).map((digits) => meet(recipients, digits)));
  assert.deepEqual([await count('recipient'), await count('vault.recipient_key')], [51, 51]);
});

test('a connection that the database ended is replaced', async () => {
  const recipients = gateway();
  await meet(recipients, ALICE);
  const other = await db.database.connectEngine();
  await other.query('SET ROLE NONE');
  const { rows } = await other.query<{ ended: boolean }>(
    `SELECT pg_terminate_backend(pid, 5000) AS ended FROM pg_stat_activity
     WHERE pid <> pg_backend_pid() AND usename = session_user`,
  );
  await other.end();
  assert.ok(rows.some(({ ended }) => ended));
  // Whether the first one meets the broken connection or a new one is a race; the one after it is not.
  await answerOf(recipients, BOB);
  await meet(recipients, numbers[0]!);
});

test('a row that was altered is the trouble of its recipient alone', async () => {
  const made = await Promise.all([ALICE, BOB].map((digits) => meet(gateway(), digits)));
  await db.owner.query(`UPDATE vault.recipient_key SET wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1)
    WHERE recipient_id = ${made[0]!.id}`);
  const recipients = gateway();
  const [alice, bob] = await Promise.all([answerOf(recipients, ALICE), answerOf(recipients, BOB)]);
  assert.equal('code' in alice && alice.code, 'seal_broken');
  assert.equal((bob as Recipient).id, made[1]!.id);
  assert.equal(recipients.known(1, ALICE), null);
  assert.deepEqual(
    [
      ...(
        await recipients.find(
          1,
          made.map(({ id }) => id),
        )
      ).keys(),
    ],
    [made[1]!.id],
  );
  await assert.rejects(recipients.lookUp(1, ALICE), { fault: { code: 'seal_broken' } });
});

test('keys exchanged between two people are refused', async () => {
  const made = await Promise.all([ALICE, BOB].map((digits) => meet(gateway(), digits)));
  await db.owner.query(`UPDATE vault.recipient_key AS a SET wrapped = b.wrapped FROM vault.recipient_key AS b
    WHERE a.recipient_id <> b.recipient_id`);
  assert.equal(
    (
      await gateway().find(
        1,
        made.map(({ id }) => id),
      )
    ).size,
    0,
  );
  const answer = await answerOf(gateway(), ALICE);
  assert.equal('code' in answer && answer.code, 'seal_broken');
});

test('hashes exchanged between two people are refused: what is for one is never sent to the other', async () => {
  const made = await Promise.all([ALICE, BOB].map((digits) => meet(gateway(), digits)));
  const { rows } = await db.owner.query<{ id: string; hash: Buffer }>('SELECT id, number_hash AS hash FROM recipient');
  await db.owner.query(`UPDATE recipient SET number_hash = set_byte(number_hash, 0, get_byte(number_hash, 0) # 1)`);
  for (const { id, hash } of rows)
    await db.owner.query('UPDATE recipient SET number_hash = $1 WHERE id <> $2', [hash, id]);
  const recipients = gateway();
  for (const digits of [ALICE, BOB]) {
    const answer = await answerOf(recipients, digits);
    assert.equal('code' in answer && answer.code, 'seal_broken');
    assert.equal(recipients.known(1, digits), null);
    await assert.rejects(recipients.lookUp(1, digits), { fault: { code: 'seal_broken' } });
  }
  assert.equal(made.length, await count('recipient'));
});

test('a person whose key was destroyed is not read back and not given another key', async () => {
  const made = await meet(gateway(), ALICE);
  await db.owner.query('DELETE FROM vault.recipient_key');
  const recipients = gateway();
  assert.equal((await recipients.find(1, [made.id])).size, 0);
  const answer = await answerOf(recipients, ALICE);
  assert.equal('code' in answer && answer.code, 'internal');
  assert.equal(await count('vault.recipient_key'), 0);
});

test('after closing nobody new is met', async () => {
  const recipients = gateway();
  const last = answerOf(recipients, ALICE);
  await recipients.close();
  const answer = await last;
  assert.equal('code' in answer && answer.code, 'stopping');
  assert.equal('code' in (await answerOf(recipients, BOB)), true);
  assert.equal(await count('recipient'), 0);
});
