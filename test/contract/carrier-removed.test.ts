import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Id, idText } from '../../src/base/id.ts';
import type { HandOver } from '../../src/carriers/index.ts';
import type { Submission } from '../../src/messages/index.ts';
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

describe('a message that a carrier may have, which was removed', () => {
  const LONG = { content: { kind: 'text', text: 'x'.repeat(200) } } as const;
  let rivers: HandRivers<Name>;
  before(async () => {
    rivers = await HandRivers.make(names, { fatal: () => undefined });
  });
  after(() => rivers[Symbol.asyncDispose]());

  /** Handed to north, which has the first of its parts; of the last one the answer is as told. Left by a run that has ended. */
  async function left(about: Partial<Submission>, count: number, last: HandOver): Promise<Id> {
    await using node = await rivers.open({ north: UP });
    const { north } = node.carriers;
    const id = await rivers.accepted(node, about);
    const parts = await north.takes(count);
    north.room = 0;
    for (const part of parts.slice(0, -1))
      north.events.handedOver(part, { kind: 'sent', reference: `${idText(id)} ${part.segment}` });
    north.events.handedOver(parts.at(-1)!, last);
    return id;
  }

  for (const { what, about, count, last, state } of [
    { what: 'a short one', about: {}, count: 1, last: { kind: 'lost' }, state: 'unknown' },
    { what: 'a one-time code', about: { class: 'otp' }, count: 1, last: { kind: 'lost' }, state: 'unknown' },
    { what: 'a long one', about: LONG, count: 2, last: { kind: 'lost' }, state: 'unknown' },
    {
      what: 'not a long one of which a part never left',
      about: LONG,
      count: 2,
      last: { kind: 'unsent' },
      state: 'failed',
    },
  ] as const) {
    it(`ends unknown, as it may have been delivered: ${what}`, async () => {
      const id = await left(about, count, last);
      await using node = await rivers.open({ south: UP });
      await rivers.hasten(id);
      await rivers.until(node, id, state);
      assert.deepEqual(node.carriers.south.handed, []);
    });
  }

  /** Puts a message back as a node leaves it that is killed. */
  async function asKilled(id: Id): Promise<void> {
    const { engine } = rivers.base.database;
    const key = [rivers.credential.accountId, idText(id)];
    await engine.query('DELETE FROM waiting WHERE account_id = $1 AND message_id = $2', key);
    await engine.query(
      `INSERT INTO message_event (account_id, message_id, at, state, segment, node_id, carrier_id, code)
       SELECT account_id, message_id, now(), 2, 0, node_id, carrier_id, 0 FROM message_event
       WHERE account_id = $1 AND message_id = $2 ORDER BY at DESC LIMIT 1`,
      key,
    );
    await engine.query(`UPDATE node SET ended_at = NULL, open_from = $1, events_from = now() - interval '1 hour'`, [
      idText(rivers.base.ids.next()),
    ]);
  }

  it('ends unknown where its node was killed', async () => {
    const id = await left({}, 1, { kind: 'lost' });
    await asKilled(id);
    await using node = await rivers.open({ south: UP });
    await rivers.until(node, id, 'unknown');
    assert.deepEqual(node.carriers.south.handed, []);
  });
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
