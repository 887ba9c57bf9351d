import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import type { HandOver } from '../../src/carriers/index.ts';
import type { Part } from '../../src/messages/index.ts';
import { AheadClock } from '../support/ahead-clock.ts';
import type { HandCarrier } from '../support/hand-carrier.ts';
import { type HandNode, HandRivers, TO } from '../support/hand-river.ts';
import { TESTER } from '../support/on-record.ts';

const UP = { isUp: true, room: 100 };
const HOUR_MS = 3_600_000;
const LONG = { kind: 'text', text: 'x'.repeat(200) } as const;
const SLOW_DOWN: HandOver = { kind: 'refused', code: 0x58, next: 'slow down' };
const RETRY: HandOver = { kind: 'refused', code: 8, next: 'retry' };
const OTHER_ROUTE: HandOver = { kind: 'refused', code: 0x0b, next: 'other route' };
const LOST: HandOver = { kind: 'lost' };
const UNSENT: HandOver = { kind: 'unsent' };

/** What is done every half minute is done all the time. */
class HurriedClock extends AheadClock {
  override sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(Math.min(delayMs, 20), signal);
  }
}

describe('a part that waits to be handed over again', () => {
  let clock: HurriedClock;
  let rivers: HandRivers<'north' | 'south'>;
  let node: HandNode<'north' | 'south'>;
  let north: HandCarrier;
  before(async () => {
    clock = new HurriedClock();
    rivers = await HandRivers.make(['north', 'south'], { clock, fatal: () => undefined });
  });
  after(() => rivers[Symbol.asyncDispose]());
  beforeEach(() => {
    clock.aheadMs = 0;
  });

  async function open(links: Parameters<typeof rivers.open>[0] = { north: UP }) {
    node = await rivers.open(links);
    ({ north } = node.carriers);
    return node;
  }

  /** Handed to a carrier that has no room for it after that, and gives it back. */
  async function givenBack(result: HandOver, about: object = {}) {
    const handed = north.handed.length;
    const id = await rivers.accepted(node, { validityMs: HOUR_MS, ...about });
    const part = (await north.takes(handed + 1))[handed]!;
    north.room = 0;
    north.events.handedOver(part, result);
    return { id, part };
  }

  const forget = ({ message }: Part) =>
    node.flow.river.forget([{ accountId: message.accountId, id: message.recipient!.id }]);

  for (const [why, result] of [
    ['was throttled', SLOW_DOWN],
    ['had not left', UNSENT],
  ] as const) {
    it(`ends with its validity where it ${why} and its carrier stays away`, async () => {
      await using _ = await open();
      const { id } = await givenBack(result);
      north.goesDown();
      clock.aheadMs = HOUR_MS + 1000;
      await rivers.until(node, id, 'expired');
      assert.ok(node.flow.river.shutCarrier(1), 'nothing is left here for it');
    });

    it(`can be cancelled where it ${why}`, async () => {
      await using _ = await open();
      const { id } = await givenBack(result);
      const { desk } = node.flow.river;
      const view = await desk.cancel(rivers.credential.accountId, id, TESTER);
      assert.ok(!('code' in view));
      assert.equal(view.state, 'cancelled');
      north.opens(100);
      assert.equal(north.handed.length, 1);
    });
  }

  it('stays in doubt where its answer was lost before its validity ended, and its receipt still ends it', async () => {
    await using _ = await open();
    const { id, part } = await givenBack(LOST);
    while (part.state !== 'here') await rivers.state(node, id);
    north.goesDown();
    clock.aheadMs = HOUR_MS + 1000;
    while (part.state === 'here') await rivers.state(node, id);
    assert.equal(await rivers.state(node, id), 'in_doubt');
    north.opens(100);
    assert.equal(north.handed.length, 1);
    const receipt = { reference: 'r1', code: 0, handset: TO, sender: part.from } as const;
    assert.ok(await new Promise((kept) => north.events.receipt({ ...receipt, outcome: 'delivered' }, kept)));
    assert.equal(await rivers.state(node, id), 'delivered');
  });

  for (const [what, result] of [
    ['a refusal', RETRY],
    ['lost', LOST],
  ] as const) {
    it(`is sent where its first answer comes while it is handed over again, and the second is ${what}`, async () => {
      await using _ = await open();
      const { id, part } = await givenBack(LOST);
      while (part.state !== 'here') await rivers.state(node, id);
      north.opens(1);
      assert.equal(part.state, 'handed');
      north.events.answeredLate(part, `late ${what}`);
      north.events.handedOver(part, result);
      await rivers.until(node, id, 'sent');
      while (node.flow.river.messagesInHand > 0) await rivers.state(node, id);
      assert.deepEqual([await rivers.sendsDue(id), part.state], [0, 'sent']);
    });
  }

  it('is not kept from its carrier by a removal while it is recorded that its answer was lost', async () => {
    await using _ = await open();
    const { id, part } = await givenBack(LOST);
    assert.equal(node.flow.river.shutCarrier(1), false);
    while (part.state !== 'here') await rivers.state(node, id);
    assert.equal(node.flow.river.shutCarrier(1), false);
    north.opens(100);
    north.events.handedOver(part, { kind: 'sent', reference: 'r0' });
    await rivers.until(node, id, 'sent');
  });

  describe('of a message to somebody who was erased', () => {
    it('does not leave: it was throttled before', async () => {
      await using _ = await open();
      const { id, part } = await givenBack(SLOW_DOWN);
      await forget(part);
      north.opens(100);
      assert.deepEqual([await rivers.state(node, id), north.handed.length], ['cancelled', 1]);
    });

    it('does not leave: its answer was lost before', async () => {
      await using _ = await open();
      const { id, part } = await givenBack(LOST);
      while (part.state !== 'here') await rivers.state(node, id);
      await forget(part);
      north.opens(100);
      assert.deepEqual([await rivers.state(node, id), north.handed.length], ['in_doubt', 1]);
    });

    for (const [what, result, state] of [
      ['throttled', SLOW_DOWN, 'failed'],
      ['refused for now', RETRY, 'failed'],
      ['refused so that another carrier may take it', OTHER_ROUTE, 'failed'],
      ['given back', UNSENT, 'failed'],
      ['lost', LOST, 'in_doubt'],
      ['taken', { kind: 'sent', reference: 'r2' }, 'sent'],
    ] as const) {
      it(`does not leave again where it is ${what} afterwards`, async () => {
        await using _ = await open({ north: UP, south: UP });
        const id = await rivers.accepted(node);
        const [part] = await north.takes(1);
        await forget(part!);
        north.events.handedOver(part!, result);
        await rivers.until(node, id, state);
        while (node.flow.river.messagesInHand > 0) await rivers.state(node, id);
        assert.deepEqual([north.handed.length, node.carriers.south.handed.length], [1, 0]);
        assert.equal(await rivers.sendsDue(id), 0);
      });
    }

    it('does not leave where it was being read back from the store', async () => {
      node = await rivers.open({ north: { isUp: false, room: 0 } });
      await using _ = node;
      ({ north } = node.carriers);
      const id = await rivers.accepted(node);
      const { recipients } = rivers.base;
      const person = recipients.known(rivers.credential.accountId, TO.slice(1));
      assert.ok(person);
      const find = recipients.find.bind(recipients);
      const { promise: hasRead, resolve: reads } = Promise.withResolvers<void>();
      const { promise: isForgotten, resolve: goesOn } = Promise.withResolvers<void>();
      recipients.find = async (...asked) => {
        const found = await find(...asked);
        reads();
        await isForgotten;
        return found;
      };
      north.opens(100);
      await hasRead;
      recipients.find = find;
      await node.flow.river.forget([{ accountId: rivers.credential.accountId, id: person.id }]);
      goesOn();
      await rivers.until(node, id, 'failed');
      assert.equal(north.handed.length, 0);
    });

    it('does not leave where another part of it did', async () => {
      await using _ = await open();
      north.room = 1;
      const id = await rivers.accepted(node, { content: LONG });
      const [part] = await north.takes(1);
      await forget(part!);
      await rivers.until(node, id, 'failed');
      north.opens(100);
      assert.equal(north.handed.length, 1);
    });

    it('does not leave where it was on its way into the store', async () => {
      await using _ = await open();
      await rivers.accepted(node);
      const [first] = await north.takes(1);
      const stored = rivers.accepted(node);
      await forget(first!);
      const id = await stored;
      await rivers.until(node, id, 'cancelled');
      assert.equal(north.handed.length, 1);
      north.events.handedOver(first!, { kind: 'sent', reference: 'r3' });
      while (node.flow.river.messagesInHand > 0) await rivers.state(node, id);
      assert.ok(node.flow.river.shutCarrier(1), 'its place in the lane was given back');
    });
  });
});
