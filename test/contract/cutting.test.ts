import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { type CarrierTraits, type Cutting, Handset, type OutboundPart } from '../../src/carriers/index.ts';
import type { Content } from '../../src/messages/index.ts';
import { type HandNode, HandRivers } from '../support/hand-river.ts';

const cuttings: readonly Cutting[] = ['header-8', 'header-16', 'sar', 'whole'];
const ROOM = 20;
const NAME = 'carrier';

const texts = {
  'of 459 septets': 'Three full parts of it. '.repeat(20).slice(0, 459),
  'in UCS-2': 'Довольно длинный текст 😀 '.repeat(20),
  'in Turkish': 'Yağmur yağıyor, ışıklar söndü. '.repeat(14),
};

/** How many parts the handset gets of each text. */
const parts: Record<Cutting, Record<keyof typeof texts, number>> = {
  'header-8': { 'of 459 septets': 3, 'in UCS-2': 8, 'in Turkish': 3 },
  'header-16': { 'of 459 septets': 4, 'in UCS-2': 8, 'in Turkish': 3 },
  sar: { 'of 459 septets': 3, 'in UCS-2': 8, 'in Turkish': 3 },
  whole: { 'of 459 septets': 1, 'in UCS-2': 1, 'in Turkish': 3 },
};

/** What a handset shows of the parts that were handed over. */
function shown(handed: readonly OutboundPart[]): { text: string; parts: number }[] {
  const handset = new Handset(systemClock);
  for (const part of handed) handset.arrives(part);
  return handset.messages.map(({ text, parts: count }) => ({ text, parts: count }));
}

describe('a carrier gets long messages as it wants them', () => {
  let rivers: HandRivers<typeof NAME>;
  before(async () => {
    rivers = await HandRivers.make([NAME]);
  });
  after(() => rivers[Symbol.asyncDispose]());

  const open = (cutting: Cutting, isUp = true): Promise<HandNode<typeof NAME>> => {
    const traits: CarrierTraits = { cutting, nationalLanguages: ['turkish'] };
    return rivers.open({ [NAME]: { isUp, room: isUp ? ROOM : 0, traits } });
  };

  for (const cutting of cuttings) {
    for (const [name, text] of Object.entries(texts)) {
      const count = parts[cutting][name as keyof typeof texts];
      it(`${cutting}: a text ${name} in ${count}, as soon as it is stored and from the store alike`, async () => {
        const content: Content = { kind: 'text', text };
        await using node = await open(cutting);
        const id = await rivers.accepted(node, { content });
        const atOnce = await node.carriers[NAME].takes(count);
        assert.deepEqual(shown(atOnce), [{ text, parts: count }]);
        for (const [at, part] of atOnce.entries()) {
          const reference = `${cutting} ${name} ${at}`;
          node.carriers[NAME].events.handedOver(part, { kind: 'sent', reference });
        }
        await rivers.until(node, id, 'sent');

        await node.stop();
        await using down = await open(cutting, false);
        await rivers.accepted(down, { content });
        down.carriers[NAME].opens(ROOM);
        const later = await down.carriers[NAME].takes(count);
        assert.deepEqual(shown(later), [{ text, parts: count }]);
        for (const [at, part] of later.entries()) {
          const reference = `${cutting} ${name} later ${at}`;
          down.carriers[NAME].events.handedOver(part, { kind: 'sent', reference });
        }
      });
    }
  }
});
