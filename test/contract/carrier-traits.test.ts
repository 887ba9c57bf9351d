import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { type Id, idText } from '../../src/base/id.ts';
import { type CarrierTraits, type Cutting, Handset, type OutboundPart } from '../../src/carriers/index.ts';
import type { HandCarrier } from '../support/hand-carrier.ts';
import { type HandNode, HandRivers } from '../support/hand-river.ts';

const names = ['north', 'south'] as const;
type Name = (typeof names)[number];
const ROOM = 100;
const TEXT = 'Three full parts of it. '.repeat(20).slice(0, 459);
const TURKISH = 'Yağmur yağıyor, ışıklar söndü. '.repeat(3);
const cuttings: readonly Cutting[] = ['header-8', 'header-16', 'sar', 'whole'];
const parts: Record<Cutting, number> = { 'header-8': 3, 'header-16': 4, sar: 3, whole: 1 };

/** The one message that a handset shows of the parts that were handed over. */
function shown(handed: readonly OutboundPart[]): string[] {
  const handset = new Handset(systemClock);
  for (const part of handed) handset.arrives(part);
  return handset.messages.map(({ text }) => text);
}

describe('a message that goes to a carrier of other traits than it was made for', () => {
  let rivers: HandRivers<Name>;
  let north: HandCarrier;
  let south: HandCarrier;
  let count = 0;
  before(async () => {
    rivers = await HandRivers.make(names, { fatal: () => undefined }, { SALLYPORT_FAILOVER_GRACE_SECONDS: '0' });
  });
  after(() => rivers[Symbol.asyncDispose]());

  async function open(ofNorth: Partial<CarrierTraits>, ofSouth: Partial<CarrierTraits>, room = ROOM) {
    const usual: CarrierTraits = { cutting: 'header-8', nationalLanguages: [] };
    const node: HandNode<Name> = await rivers.open({
      north: { isUp: true, room, traits: { ...usual, ...ofNorth } },
      south: { isUp: true, room: ROOM, traits: { ...usual, ...ofSouth } },
    });
    ({ north, south } = node.carriers);
    return node;
  }

  const take = (carrier: HandCarrier, handed: readonly (typeof carrier.handed)[number][]) => {
    for (const part of handed) carrier.events.handedOver(part, { kind: 'sent', reference: `traits ${++count}` });
  };

  /** Ends when a round has looked at what is due, and come to its end: the next one has looked at it again. */
  async function isLeftAlone(id: Id): Promise<void> {
    const isDue = 'SELECT FROM waiting WHERE account_id = $1 AND message_id = $2 AND due_at <= now()';
    const values = [rivers.credential.accountId, idText(id)];
    for (const _ of ['a round', 'the next']) {
      await rivers.hasten(id);
      while ((await rivers.base.database.engine.query(isDue, values)).rowCount === 1);
    }
    assert.equal(await rivers.sendsDue(id), 1);
  }

  for (const from of cuttings) {
    for (const to of cuttings) {
      it(`is cut anew where it was refused: ${from}, then ${to}`, async () => {
        await using node = await open({ cutting: from }, { cutting: to });
        const id = await rivers.accepted(node, { content: { kind: 'text', text: TEXT } });
        for (const part of await north.takes(parts[from]))
          north.events.handedOver(part, { kind: 'refused', code: 0x0b, next: 'other route' });
        const handed = await south.takes(parts[to]);
        take(south, handed);
        await rivers.until(node, id, 'sent');
        assert.deepEqual([shown(south.handed), south.handed.length], [[TEXT], parts[to]]);
      });

      it(`is cut anew where it waited in memory: ${from}, then ${to}`, async () => {
        await using node = await open({ cutting: from }, { cutting: to }, 0);
        const id = await rivers.accepted(node, { content: { kind: 'text', text: TEXT } });
        north.goesDown();
        const handed = await south.takes(parts[to]);
        take(south, handed);
        await rivers.until(node, id, 'sent');
        assert.deepEqual([shown(south.handed), south.handed.length], [[TEXT], parts[to]]);
      });
    }
  }

  for (const how of ['refused for now', 'refused here', 'waiting in memory'] as const) {
    const content = { kind: 'text', text: TURKISH } as const;

    async function leaves(node: HandNode<Name>) {
      const id = await rivers.accepted(node, { content });
      if (how !== 'waiting in memory') {
        const next = how === 'refused here' ? 'other route' : 'retry';
        for (const part of await north.takes(1)) north.events.handedOver(part, { kind: 'refused', code: 8, next });
      }
      if (how === 'refused for now') await rivers.until(node, id, 'retrying');
      north.goesDown();
      return id;
    }

    it(`goes to another whose handsets read its language: ${how}`, async () => {
      await using node = await open(
        { nationalLanguages: ['turkish'] },
        { nationalLanguages: ['spanish', 'turkish'] },
        how === 'waiting in memory' ? 0 : ROOM,
      );
      const id = await leaves(node);
      if (how === 'refused for now') await rivers.hasten(id);
      take(south, await south.takes(1));
      await rivers.until(node, id, 'sent');
      assert.deepEqual(shown(south.handed), [TURKISH]);
    });

    it(`does not go to another whose handsets do not read its language: ${how}`, async () => {
      await using node = await open(
        { nationalLanguages: ['turkish'] },
        { nationalLanguages: ['spanish'] },
        how === 'waiting in memory' ? 0 : ROOM,
      );
      const id = await leaves(node);
      if (how === 'refused here') await rivers.until(node, id, 'retrying');
      if (how !== 'waiting in memory') await isLeftAlone(id);
      const plain = await rivers.accepted(node);
      const [part] = await south.takes(1);
      assert.deepEqual(part!.message.id, plain);
      take(south, [part!]);
      north.opens(ROOM);
      if (how !== 'waiting in memory') await rivers.hasten(id);
      const mine = (await north.takes(how === 'waiting in memory' ? 1 : 2)).at(-1)!;
      take(north, [mine]);
      await rivers.until(node, id, 'sent');
      assert.deepEqual([shown([mine]), south.handed.length], [[TURKISH], 1]);
    });
  }
});
