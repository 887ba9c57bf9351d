import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { HandCarrier } from '../support/hand-carrier.ts';
import { type HandNode, HandRivers } from '../support/hand-river.ts';

const names = ['north', 'south'] as const;
type Name = (typeof names)[number];
const UP = { isUp: true, room: 100 };
const ids: Record<Name, number> = { north: 1, south: 2 };

describe('a message that waits for its time', () => {
  let rivers: HandRivers<Name>;
  let node: HandNode<Name>;
  let north: HandCarrier;
  let south: HandCarrier;
  before(async () => {
    rivers = await HandRivers.make(names, { fatal: () => undefined });
  });
  after(() => rivers[Symbol.asyncDispose]());

  async function open(): Promise<HandNode<Name>> {
    node = await rivers.open({ north: UP, south: UP });
    ({ north, south } = node.carriers);
    return node;
  }

  /** A message that both carriers refused, the second one for now. */
  async function refused() {
    const id = await rivers.accepted(node);
    const [first] = await north.takes(1);
    north.events.handedOver(first!, { kind: 'refused', code: 0x0b, next: 'other route' });
    const [second] = await south.takes(1);
    south.events.handedOver(second!, { kind: 'refused', code: 8, next: 'retry' });
    await rivers.until(node, id, 'retrying');
    return id;
  }

  for (const { removed, left } of [
    { removed: 'south', left: 'north' },
    { removed: 'north', left: 'south' },
  ] as const) {
    it(`takes ${left} when it is due, where ${removed}, which refused it, was removed meanwhile`, async () => {
      await using _ = await open();
      const id = await refused();
      await node.flow.river.removeCarrier(ids[removed]);
      await rivers.hasten(id);
      const [, again] = await node.carriers[left].takes(2);
      node.carriers[left].events.handedOver(again!, { kind: 'sent', reference: `removed ${removed}` });
      assert.deepEqual(again!.message.id, id);
      await rivers.until(node, id, 'sent');
    });

    it(`takes ${left} in the next run too, where ${removed} was removed meanwhile`, async () => {
      const first = await open();
      const id = await refused();
      await first.stop();
      await using _ = await open();
      await node.flow.river.removeCarrier(ids[removed]);
      await rivers.hasten(id);
      const [again] = await node.carriers[left].takes(1);
      node.carriers[left].events.handedOver(again!, { kind: 'sent', reference: `removed later ${removed}` });
      assert.deepEqual(again!.message.id, id);
      await rivers.until(node, id, 'sent');
    });
  }
});

describe('a carrier that is being removed', () => {
  let rivers: HandRivers<'north'>;
  before(async () => {
    rivers = await HandRivers.make(['north'] as const, { fatal: () => undefined });
  });
  after(() => rivers[Symbol.asyncDispose]());

  it('is given no message from the moment it is shut, and is again when it stays', async () => {
    await using node = await rivers.open({ north: { isUp: false, room: 100 } });
    assert.equal(node.flow.river.shutCarrier(ids.north), true);
    const refused = await rivers.submit(node);
    assert.equal('code' in refused && refused.code, 'no_route');
    node.flow.river.reopenCarrier(ids.north);
    await rivers.accepted(node);
  });

  it('is not shut while a message waits for it', async () => {
    await using node = await rivers.open({ north: { isUp: false, room: 100 } });
    await rivers.accepted(node);
    assert.equal(node.flow.river.shutCarrier(ids.north), false);
    await rivers.accepted(node);
  });
});
