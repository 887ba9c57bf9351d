import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Id } from '../../src/base/id.ts';
import type { CarrierReceipt } from '../../src/carriers/index.ts';
import { AheadClock } from '../support/ahead-clock.ts';
import type { HandCarrier } from '../support/hand-carrier.ts';
import { type HandNode, HandRivers, SENDER, TO } from '../support/hand-river.ts';
import { writtenOtherwise } from '../support/receipt-variants.ts';

const OTHER = '+12025550144';
const THIRD = '+12025550145';
const LONG = { kind: 'text', text: 'x'.repeat(200) } as const;
const MINUTE_MS = 60_000;
/** After so long what was not found is looked for again. */
const SECOND_LOOK_MS = 5001;
const UP = { north: { isUp: true, room: 10_000 } };

describe('receipts', () => {
  const clock = new AheadClock();
  let rivers: HandRivers<'north'>;
  let node: HandNode<'north'>;
  let north: HandCarrier;
  let count = 0;
  before(async () => {
    rivers = await HandRivers.make(['north'], { clock });
  });
  after(() => rivers[Symbol.asyncDispose]());

  async function open(): Promise<HandNode<'north'>> {
    node = await rivers.open(UP);
    north = node.carriers.north;
    return node;
  }

  const newReference = () => `ref-${++count}`;

  /** Whether the carrier's receipt was kept. */
  function receipt(reference: string, about: Partial<CarrierReceipt> = {}): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const whole: CarrierReceipt = { reference, outcome: 'delivered', code: 0, handset: TO, sender: SENDER, ...about };
    north.events.receipt(whole, resolve);
    return promise;
  }

  /** Submits, and answers each part with one of the references. */
  async function sent(references: readonly string[], about = {}): Promise<Id> {
    const handed = north.handed.length;
    const id = await rivers.accepted(node, about);
    const parts = (await north.takes(handed + references.length)).slice(handed);
    for (const [at, part] of parts.entries())
      north.events.handedOver(part, { kind: 'sent', reference: references[at]! });
    return id;
  }

  const report = async () =>
    (await node.flow.river.receiptReport(1)).receipts.map(
      (row) => `${row.why} ${row.reference} ${row.state} ${row.count}`,
    );

  it('that come before the answer end the message when the answer comes', async () => {
    await using _ = await open();
    const reference = newReference();
    const kept = receipt(reference);
    const id = await sent([reference]);
    assert.equal(await kept, true);
    await rivers.until(node, id, 'delivered');
    assert.deepEqual(await rivers.timeline(node, id), ['sent north', 'delivered north']);
  });

  it('that come twice are told once, and are kept both times', async () => {
    await using _ = await open();
    const reference = newReference();
    const id = await sent([reference]);
    assert.deepEqual(await Promise.all([receipt(reference), receipt(reference)]), [true, true]);
    assert.equal(await receipt(reference), true);
    assert.deepEqual(await rivers.timeline(node, id), ['sent north', 'delivered north']);
  });

  it('of which a later one says otherwise: the first counts, and the other is reported', async () => {
    await using _ = await open();
    const reference = newReference();
    const id = await sent([reference]);
    assert.equal(await receipt(reference), true);
    assert.equal(await receipt(reference, { outcome: 'undelivered', code: 17 }), true);
    assert.equal(await rivers.state(node, id), 'delivered');
    assert.ok((await report()).includes(`contradicted ${reference} undelivered 1`));
  });

  it('find their message after a restart, and say otherwise there too', async () => {
    const reference = newReference();
    const first = await open();
    const id = await sent([reference]);
    await rivers.until(first, id, 'sent');
    await first.stop();
    await using _ = await open();
    assert.equal(await receipt(reference), true);
    assert.equal(await rivers.state(node, id), 'delivered');
    assert.equal(await receipt(reference, { outcome: 'expired' }), true);
    assert.ok((await report()).includes(`contradicted ${reference} expired 1`));
    assert.deepEqual(await rivers.timeline(node, id), ['sent north', 'delivered north']);
  });

  it('end a message that was given up as unknown', async () => {
    await using _ = await open();
    const reference = newReference();
    const id = await sent([reference]);
    await rivers.until(node, id, 'sent');
    await node.flow.river.desk.view(rivers.credential.accountId, id);
    const { engine } = rivers.base.database;
    await engine.query(
      `INSERT INTO message_event (account_id, message_id, at, state, segment, node_id, carrier_id, code)
       SELECT account_id, message_id, now(), 15, 0, node_id, carrier_id, 0 FROM message_event WHERE reference = $1`,
      [reference],
    );
    assert.equal(await rivers.state(node, id), 'unknown');
    assert.equal(await receipt(reference), true);
    assert.equal(await rivers.state(node, id), 'delivered');
  });

  it('come one for each part of a long message', async () => {
    await using _ = await open();
    const references = [newReference(), newReference()] as const;
    const id = await sent(references, { content: LONG });
    await rivers.until(node, id, 'sent');
    assert.equal(await receipt(references[1]), true);
    assert.equal(await rivers.state(node, id), 'sent');
    assert.equal(await receipt(references[0]), true);
    assert.equal(await rivers.state(node, id), 'delivered');
  });

  for (const [when, isEarly] of [
    ['after the answers', false],
    ['before them', true],
  ] as const) {
    it(`come one for all parts, where the carrier gives them one id: ${when}`, async () => {
      await using _ = await open();
      const reference = newReference();
      const early = isEarly ? receipt(reference) : null;
      const id = await sent([reference, reference], { content: LONG });
      if (early === null) await rivers.until(node, id, 'sent');
      assert.equal(await (early ?? receipt(reference)), true);
      await rivers.until(node, id, 'delivered');
      assert.equal(await receipt(reference), true);
    });
  }

  it('come one for all parts, after a restart', async () => {
    const reference = newReference();
    const first = await open();
    const id = await sent([reference, reference], { content: LONG });
    await rivers.until(first, id, 'sent');
    await first.stop();
    await using _ = await open();
    assert.equal(await receipt(reference), true);
    await rivers.until(node, id, 'delivered');
  });

  it('that only a handset tells go to the message that has been in doubt for longest', async () => {
    await using _ = await open();
    const ids: Id[] = [];
    for (let at = 0; at < 2; at++) {
      ids.push(await rivers.accepted(node, { class: 'otp' }));
      north.events.handedOver((await north.takes(at + 1))[at]!, { kind: 'lost' });
    }
    for (const id of ids) await rivers.until(node, id, 'in_doubt');
    assert.equal(await receipt(newReference(), { outcome: 'undelivered' }), true);
    assert.deepEqual(
      [await rivers.state(node, ids[0]!), await rivers.state(node, ids[1]!)],
      ['undelivered', 'in_doubt'],
    );
    assert.equal(await receipt(newReference()), true);
    assert.equal(await rivers.state(node, ids[1]!), 'delivered');
  });

  it('that come before their answer do not end an older message in doubt of the same handset', async () => {
    await using _ = await open();
    const older = await rivers.accepted(node, { class: 'otp', to: THIRD });
    north.events.handedOver((await north.takes(1))[0]!, { kind: 'lost' });
    await rivers.until(node, older, 'in_doubt');
    const id = await rivers.accepted(node, { class: 'otp', to: THIRD });
    const part = (await north.takes(2))[1]!;
    const reference = newReference();
    const kept = receipt(reference, { handset: THIRD });
    // Time for the look-up of the receipt.
    await rivers.until(node, await sent([newReference()]), 'sent');
    north.events.handedOver(part, { kind: 'sent', reference });
    assert.equal(await kept, true);
    await rivers.until(node, id, 'delivered');
    assert.equal(await rivers.state(node, older), 'in_doubt');
  });

  it('find the message whose answer came late', async () => {
    await using _ = await open();
    const id = await rivers.accepted(node, { class: 'otp', to: OTHER });
    const [part] = await north.takes(1);
    north.events.handedOver(part!, { kind: 'lost' });
    await rivers.until(node, id, 'in_doubt');
    const reference = newReference();
    north.events.answeredLate(part!, reference);
    await rivers.until(node, id, 'sent');
    assert.equal(await receipt(reference, { handset: '' }), true);
    assert.deepEqual(await rivers.timeline(node, id), ['in_doubt north', 'sent north', 'delivered north']);
  });

  it('nothing of a message whose refusal came late: it has its end, and takes no receipt of another', async () => {
    await using _ = await open();
    const id = await rivers.accepted(node, { class: 'otp', to: OTHER });
    const [part] = await north.takes(1);
    north.events.handedOver(part!, { kind: 'lost' });
    await rivers.until(node, id, 'in_doubt');
    north.events.refusedLate(part!, 0x45);
    await rivers.until(node, id, 'failed');
    const other = await rivers.accepted(node, { class: 'otp', to: OTHER });
    north.events.handedOver((await north.takes(2))[1]!, { kind: 'lost' });
    await rivers.until(node, other, 'in_doubt');
    assert.equal(await receipt(newReference(), { handset: OTHER }), true);
    await rivers.until(node, other, 'delivered');
    assert.deepEqual(await rivers.timeline(node, id), ['in_doubt north', 'failed north']);
  });

  it('and a message whose answer comes late is not sent again, where that can still be helped', async () => {
    await using _ = await open();
    const id = await rivers.accepted(node);
    const [part] = await north.takes(1);
    north.room = 0;
    north.events.handedOver(part!, { kind: 'lost' });
    north.events.answeredLate(part!, newReference());
    await rivers.until(node, id, 'sent');
    north.opens(10);
    const next = await sent([newReference()]);
    await rivers.until(node, next, 'sent');
    assert.equal(north.handed.length, 2);
  });

  for (const { answered, told, how } of writtenOtherwise) {
    it(`whose id is written otherwise find their message if the handset is the same: ${how}`, async () => {
      const first = await open();
      const id = await sent([answered]);
      await rivers.until(first, id, 'sent');
      const others = receipt(told, { handset: OTHER });
      await first.stop();
      assert.equal(await others, false);
      await using _ = await open();
      const kept = receipt(told);
      clock.aheadMs += SECOND_LOOK_MS;
      assert.equal(await kept, true);
      assert.equal(await rivers.state(node, id), 'delivered');
    });
  }

  it('whose id is written otherwise find their message in memory too, and no other handset', async () => {
    await using _ = await open();
    const id = await sent(['5d4c3b2a']);
    const other = await sent(['5d4c3b2b'], { to: OTHER });
    const first = receipt('5D4C3B2B', { handset: OTHER });
    clock.aheadMs += SECOND_LOOK_MS;
    assert.equal(await first, true);
    assert.equal(await rivers.state(node, id), 'sent');
    assert.equal(await receipt('5D4C3B2A'), true);
    assert.equal(await receipt('5D4C3B2A'), true);
    assert.deepEqual([await rivers.state(node, id), await rivers.state(node, other)], ['delivered', 'delivered']);
  });

  it('that come twice do not end another message of the same person, whose id is the same number otherwise written', async () => {
    await using _ = await open();
    const early = await sent(['8000010']);
    const late = await sent([String(0x8000010)]);
    assert.equal(await receipt(String(0x8000010)), true);
    assert.equal(await receipt(String(0x8000010)), true);
    assert.deepEqual([await rivers.state(node, early), await rivers.state(node, late)], ['sent', 'delivered']);
  });

  it('that come before their answer do not end another message of the same person, either', async () => {
    await using _ = await open();
    const early = await sent(['8000020']);
    const late = await rivers.accepted(node);
    const part = (await north.takes(2))[1]!;
    const kept = receipt(String(0x8000020));
    await rivers.until(node, early, 'sent');
    north.events.handedOver(part, { kind: 'sent', reference: String(0x8000020) });
    assert.equal(await kept, true);
    assert.deepEqual([await rivers.state(node, early), await rivers.state(node, late)], ['sent', 'delivered']);
  });

  it('whose id is that of a message of somebody else are about the one of their handset', async () => {
    await using _ = await open();
    const own = await sent(['8000030']);
    const strange = await sent([String(0x8000030)], { to: OTHER });
    assert.equal(await receipt(String(0x8000030)), true);
    assert.deepEqual([await rivers.state(node, own), await rivers.state(node, strange)], ['delivered', 'sent']);
  });

  it('that nobody is found for are reported after a minute, counted, and name no number', async () => {
    await using _ = await open();
    const reference = newReference();
    const kept = receipt(reference, { handset: OTHER });
    clock.aheadMs += MINUTE_MS;
    assert.equal(await kept, true);
    const again = receipt(reference, { handset: OTHER });
    clock.aheadMs += MINUTE_MS;
    assert.equal(await again, true);
    assert.ok((await report()).includes(`unmatched ${reference} delivered 2`));
    const { rows } = await rivers.base.database.engine.query<{ row: string; handset: Buffer }>(
      'SELECT r::text AS row, handset FROM unmatched_receipt r WHERE reference = $1',
      [reference],
    );
    assert.equal(rows[0]!.handset.length, 16);
    assert.equal(rows[0]!.row.includes(OTHER.slice(1)), false);
  });

  it('are left to the carrier where they come while the gateway stops', async () => {
    const first = await open();
    const kept = receipt(newReference());
    await first.stop();
    assert.equal(await kept, false);
  });

  it('of thousands of messages are looked up without a pause', async () => {
    const first = await open();
    const references = Array.from({ length: 2500 }, newReference);
    const ids: Id[] = [];
    for (const reference of references) ids.push(await sent([reference]));
    await rivers.until(first, ids.at(-1)!, 'sent');
    await first.stop();
    clock.isHalted = true;
    await using _ = await open();
    const kept = await Promise.all(references.map((reference) => receipt(reference)));
    clock.isHalted = false;
    assert.ok(kept.every(Boolean));
    for (const id of [ids[0]!, ids.at(-1)!]) assert.equal(await rivers.state(node, id), 'delivered');
  });
});
