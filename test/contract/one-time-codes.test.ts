import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { HOUR_MS, MINUTE_MS } from '../../src/base/clock.ts';
import { type Id, idText } from '../../src/base/id.ts';
import type { CarrierReceipt } from '../../src/carriers/index.ts';
import { classes } from '../../src/messages/classes.ts';
import { messageClasses } from '../../src/messages/contract.ts';
import { isFault } from '../../src/messages/index.ts';
import { AheadClock } from '../support/ahead-clock.ts';
import { type HandNode, HandRivers, onRecord, SENDER, TO } from '../support/hand-river.ts';
import { TESTER } from '../support/on-record.ts';

const UP = { north: { isUp: true, room: 100 } };
const DOWN = { north: { isUp: false, room: 0 } };
const CODE = { class: 'otp', content: { kind: 'text', text: 'Your code is 493021' } } as const;
const LONG_CODE = { class: 'otp', content: { kind: 'text', text: 'Your code is 493021. '.repeat(10) } } as const;

type Node = HandNode<'north'>;

interface Row {
  readonly account_id: number;
  readonly recipient_id: string;
  readonly class: number;
  readonly expires_at: Date;
  readonly body: Buffer;
}

function receipt(node: Node, reference: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const whole: CarrierReceipt = { reference, outcome: 'delivered', code: 0, handset: TO, sender: SENDER };
  node.carriers.north.events.receipt(whole, resolve);
  return promise;
}

describe('one-time codes', () => {
  let clock: AheadClock;
  let rivers: HandRivers<'north'>;
  beforeEach(async () => {
    clock = new AheadClock();
    // Behind the clock of the database, so that what is over by it is over by that of the database too.
    clock.aheadMs = -4 * HOUR_MS;
    rivers = await HandRivers.make(['north'], { clock });
  });
  afterEach(() => rivers[Symbol.asyncDispose]());

  /** As a gateway does twice a minute. */
  const timePasses = async (ms: number): Promise<void> => {
    clock.aheadMs += ms;
    await rivers.base.keyLife.keepCodes();
  };

  const engine = () => rivers.base.database.engine;

  /** What the row of a message says, read with the key of its day or that of its window. */
  async function textOf(id: Id, isOfWindow: boolean): Promise<string | null> {
    const { rows } = await engine().query<Row>('SELECT * FROM message WHERE id = $1', [idText(id)]);
    const { account_id: accountId, recipient_id: recipientId, expires_at: expiresAt, body } = rows[0]!;
    const { vault, recipients } = rivers.base;
    const found = (await recipients.find(accountId, [Number(recipientId)])).get(Number(recipientId))!;
    const codeEndsAtMs = isOfWindow ? expiresAt.getTime() : null;
    await vault.loadKeysOf([{ accountId, id, codeEndsAtMs, sealedBody: body }]);
    const { recipient } = found;
    try {
      return vault.openBody(body, { accountId, id, recipient, codeEndsAtMs })?.toString() ?? null;
    } catch {
      return null;
    }
  }

  /** The carrier takes the next parts, under these references. */
  async function takes(node: Node, id: Id, references: readonly string[]): Promise<string[]> {
    const { north } = node.carriers;
    const parts = (await north.takes(references.length)).slice(0, references.length);
    assert.ok(parts.every(({ message }) => message.id.equals(id)));
    for (const [at, part] of parts.entries())
      north.events.handedOver(part, { kind: 'sent', reference: references[at]! });
    await rivers.until(node, id, 'sent');
    return parts.map(({ octets }) => octets.toString('latin1'));
  }

  for (const name of messageClasses) {
    const { sealedFor } = classes[name];
    it(`of all classes this one is sealed as its row says: ${name}, ${sealedFor}`, async () => {
      await using node = await rivers.open(UP);
      const id = await rivers.accepted(node, { class: name });
      const isOfWindow = sealedFor === 'window';
      assert.deepEqual([await textOf(id, isOfWindow), await textOf(id, !isOfWindow)], ['Hello', null]);
      await timePasses(75 * MINUTE_MS);
      assert.equal(await textOf(id, isOfWindow), isOfWindow ? null : 'Hello');
    });
  }

  it('leave as they are, and when their time is over there is no key of them any more', async () => {
    await using node = await rivers.open(UP);
    const id = await rivers.accepted(node, CODE);
    assert.deepEqual(await takes(node, id, ['a']), [CODE.content.text]);
    const keys = () =>
      engine().query(
        `SELECT FROM vault.code_key k JOIN message m ON k.window_no = floor(extract(epoch FROM m.expires_at) / 600)
         WHERE m.id = $1`,
        [idText(id)],
      );
    assert.equal((await keys()).rowCount, 1);
    await timePasses(75 * MINUTE_MS);
    assert.equal((await keys()).rowCount, 0);
    assert.equal(await textOf(id, true), null);
  });

  it('are taken up by the next node while they are valid, and sent as they are', async () => {
    const first = await rivers.open(DOWN);
    const id = await rivers.accepted(first, CODE);
    await first.stop();
    await using second = await rivers.open(UP);
    assert.deepEqual(await takes(second, id, ['b']), [CODE.content.text]);
  });

  it('are taken up by the next node when they are over, and end as expired, on record, and are not sent', async () => {
    const first = await rivers.open(DOWN);
    const id = await rivers.accepted(first, { ...CODE, validityMs: 5 * MINUTE_MS });
    await first.stop();
    await timePasses(HOUR_MS);
    await using second = await rivers.open(UP);
    await rivers.until(second, id, 'expired');
    assert.deepEqual(second.carriers.north.handed, []);
    assert.ok((await onRecord(rivers, 'expired')).some(({ messageId }) => messageId.equals(id)));
  });

  it('that are scheduled are sealed under a key made for them, and sent at their time', async () => {
    const first = await rivers.open(DOWN);
    const sendAtMs = clock.now() + 25 * 24 * HOUR_MS;
    const id = await rivers.accepted(first, { ...CODE, sendAtMs });
    assert.equal(await textOf(id, true), CODE.content.text);
    await first.stop();
    await using second = await rivers.open(UP);
    await rivers.hasten(id);
    assert.deepEqual(await takes(second, id, ['c']), [CODE.content.text]);
  });

  it('that are scheduled are refused while there is no key for them, and nothing is stored', async () => {
    await using node = await rivers.open(DOWN);
    const owner = await rivers.connectOwner();
    try {
      await owner.query('REVOKE INSERT ON vault.code_key FROM sallyport_engine');
      const sendAtMs = clock.now() + 20 * 24 * HOUR_MS;
      const answers = await Promise.all(
        Array.from({ length: 1001 }, () => rivers.submit(node, { ...CODE, sendAtMs, reference: 'unsealed' })),
      );
      const codes = answers.map((answer) => (isFault(answer) ? answer.code : 'accepted'));
      assert.deepEqual([codes.at(-1), new Set(codes.slice(0, -1))], ['throttled', new Set(['internal'])]);
      const { rowCount } = await engine().query(`SELECT FROM message WHERE reference = 'unsealed'`);
      assert.equal(rowCount, 0);
      await owner.query('GRANT INSERT ON vault.code_key TO sallyport_engine');
      assert.equal(isFault(await rivers.submit(node, { ...CODE, sendAtMs })), false);
    } finally {
      await owner.end();
    }
  });

  it('that were replaced are sealed for the time that they have now, and leave with the text they have now', async () => {
    await using node = await rivers.open(DOWN);
    const id = await rivers.accepted(node, { ...CODE, sendAtMs: clock.now() + HOUR_MS });
    const sendAtMs = clock.now() + 10 * 24 * HOUR_MS;
    const replacement = {
      octets: Buffer.from('Your code is 776655'),
      sendAtMs,
      expiresAtMs: sendAtMs + HOUR_MS,
      wantsReceipt: false,
      failuresOnly: false,
      successOnly: false,
      wantsUnderway: false,
    };
    const asked = { credential: rivers.credential, by: TESTER, id, from: SENDER };
    assert.equal(await node.flow.river.own.replace(asked, replacement), null);
    await timePasses(3 * HOUR_MS);
    assert.equal(await textOf(id, true), null, 'the first text has had its time');
    node.carriers.north.opens(100);
    await rivers.hasten(id);
    assert.deepEqual(await takes(node, id, ['d']), ['Your code is 776655']);
  });

  it('whose key is in no backup end as failed after a restore, on record, and are not sent', async () => {
    const first = await rivers.open(DOWN);
    const id = await rivers.accepted(first, { ...CODE, sendAtMs: clock.now() + 30 * 60 * MINUTE_MS });
    await first.stop();
    // The keys go, as a restore does not bring them.
    await engine().query('DELETE FROM vault.code_key');
    await rivers.base.vault.refresh();
    await using second = await rivers.open(UP);
    await rivers.hasten(id);
    await rivers.until(second, id, 'failed');
    assert.deepEqual(second.carriers.north.handed, []);
    assert.ok((await onRecord(rivers, 'failed')).some(({ messageId }) => messageId.equals(id)));
  });

  for (const [words, about, references] of [
    ['one part', CODE, ['one']],
    ['two parts', LONG_CODE, ['of two', 'of two as well']],
  ] as const) {
    it(`of ${words} are matched to receipts that come long after their text is gone`, async () => {
      const first = await rivers.open(UP);
      const id = await rivers.accepted(first, about);
      await takes(first, id, references);
      await first.stop();
      await timePasses(3 * HOUR_MS);
      await using second = await rivers.open(UP);
      for (const reference of references) {
        assert.notEqual(await rivers.state(second, id), 'delivered');
        assert.equal(await receipt(second, reference), true);
      }
      await rivers.until(second, id, 'delivered');
    });
  }

  it('that a killed node may have handed over are in doubt when their text is gone, and are not sent again', async () => {
    const first = await rivers.open(UP);
    const id = await rivers.accepted(first, LONG_CODE);
    const [part] = await first.carriers.north.takes(1);
    first.carriers.north.events.handedOver(part!, { kind: 'sent', reference: 'the first of two' });
    while (!(await rivers.timeline(first, id)).includes('sent#1 north'));
    await first.stop();
    await timePasses(4 * HOUR_MS);
    clock.aheadMs += 2 * HOUR_MS;
    await using second = await rivers.open(UP);
    await rivers.until(second, id, 'in_doubt');
    assert.equal(await receipt(second, 'the first of two'), true);
    assert.deepEqual(second.carriers.north.handed, []);
    assert.deepEqual((await rivers.timeline(second, id)).slice(-3), [
      'in_doubt#2 north',
      'in_doubt north',
      'delivered#1 north',
    ]);
  });

  it('in doubt are matched to their receipt when their text is gone', async () => {
    // By the clock of the database, which says when a doubt ends, it is not over.
    await timePasses(4 * HOUR_MS);
    const first = await rivers.open(UP);
    const id = await rivers.accepted(first, { ...CODE, to: '+12025550147' });
    const [part] = await first.carriers.north.takes(1);
    first.carriers.north.events.handedOver(part!, { kind: 'lost' });
    await rivers.until(first, id, 'in_doubt');
    await first.stop();
    await timePasses(3 * HOUR_MS);
    await using second = await rivers.open(UP);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const about = { outcome: 'delivered', code: 0, handset: '+12025550147', sender: SENDER } as const;
    second.carriers.north.events.receipt({ reference: 'unheard of', ...about }, resolve);
    clock.aheadMs += 6000;
    assert.equal(await promise, true);
    await rivers.until(second, id, 'delivered');
    assert.deepEqual(second.carriers.north.handed, []);
  });
});
