import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Id } from '../../src/base/id.ts';
import type { HandOver } from '../../src/carriers/index.ts';
import type { Part } from '../../src/messages/index.ts';
import type { HandCarrier } from '../support/hand-carrier.ts';
import { capabilityOf, type HandNode, HandRivers, SENDER, TO } from '../support/hand-river.ts';

const names = ['north', 'south'] as const;
type Name = (typeof names)[number];
const UP = { isUp: true, room: 10_000 };
const FULL = { isUp: true, room: 0 };
const DOWN = { isUp: false, room: 0 };
const LONG = { kind: 'text', text: 'x'.repeat(200) } as const;
const OTHER_ROUTE: HandOver = { kind: 'refused', code: 0x0b, next: 'other route' };
const RETRY: HandOver = { kind: 'refused', code: 8, next: 'retry' };
const FAILURES = 20;

/** The part that a carrier gets as its n-th. */
const nth = async (carrier: HandCarrier, n: number) => (await carrier.takes(n))[n - 1]!;

describe('a message whose carrier does not take it', () => {
  let rivers: HandRivers<Name>;
  let node: HandNode<Name>;
  let north: HandCarrier;
  let south: HandCarrier;
  let count = 0;
  before(async () => {
    rivers = await HandRivers.make(names, { fatal: () => undefined }, { SALLYPORT_FAILOVER_GRACE_SECONDS: '0' });
  });
  after(() => rivers[Symbol.asyncDispose]());

  async function open(links: Record<Name, { isUp: boolean; room: number }>): Promise<HandNode<Name>> {
    node = await rivers.open(links);
    ({ north, south } = node.carriers);
    return node;
  }

  const sent = (carrier: HandCarrier, part: Part) =>
    carrier.events.handedOver(part, { kind: 'sent', reference: `r${++count}` });

  it('goes to the next carrier of its route at once, and is recorded as taken there first', async () => {
    await using _ = await open({ north: UP, south: UP });
    const id = await rivers.accepted(node);
    north.events.handedOver(await nth(north, 1), OTHER_ROUTE);
    const part = await nth(south, 1);
    assert.deepEqual(await rivers.timeline(node, id), ['taken south']);
    sent(south, part);
    await rivers.until(node, id, 'sent');
    assert.deepEqual(await rivers.timeline(node, id), ['taken south', 'sent south']);
    assert.equal(north.handed.length, 1);
  });

  it('goes whole to the next where all its parts were refused, and not where one was taken', async () => {
    await using _ = await open({ north: UP, south: UP });
    const whole = await rivers.accepted(node, { content: LONG });
    for (const part of await north.takes(2)) north.events.handedOver(part, OTHER_ROUTE);
    for (const part of await south.takes(2)) sent(south, part);
    await rivers.until(node, whole, 'sent');
    const split = await rivers.accepted(node, { content: LONG });
    const [, , first, second] = await north.takes(4);
    sent(north, first!);
    north.events.handedOver(second!, OTHER_ROUTE);
    await rivers.until(node, split, 'retrying');
    await rivers.hasten(split);
    sent(north, await nth(north, 5));
    await rivers.until(node, split, 'sent');
    assert.equal(south.handed.length, 2);
  });

  it('is tried again later where every carrier refused it, and then from the first on', async () => {
    await using _ = await open({ north: UP, south: UP });
    const id = await rivers.accepted(node);
    north.events.handedOver(await nth(north, 1), OTHER_ROUTE);
    south.events.handedOver(await nth(south, 1), OTHER_ROUTE);
    await rivers.until(node, id, 'retrying');
    assert.equal(await rivers.sendsDue(id), 1);
    await rivers.hasten(id);
    sent(north, await nth(north, 2));
    await rivers.until(node, id, 'sent');
  });

  it('is in doubt with the carrier that had it last, when its answer is lost there, and is not sent again', async () => {
    await using _ = await open({ north: UP, south: UP });
    const id = await rivers.accepted(node, { class: 'otp' });
    north.events.handedOver(await nth(north, 1), OTHER_ROUTE);
    south.events.handedOver(await nth(south, 1), { kind: 'lost' });
    await rivers.until(node, id, 'in_doubt');
    assert.deepEqual(await rivers.timeline(node, id), ['taken south', 'in_doubt south']);
    await told(south);
    assert.equal(await rivers.state(node, id), 'delivered');
    assert.deepEqual([north.handed.length, south.handed.length], [1, 1]);
  });

  it('is in doubt with its new carrier after a kill', async () => {
    const killed = await open({ north: UP, south: UP });
    const id = await rivers.accepted(node, { class: 'otp' });
    north.events.handedOver(await nth(north, 1), OTHER_ROUTE);
    await nth(south, 1);
    await using _ = await open({ north: UP, south: UP });
    await rivers.until(node, id, 'in_doubt');
    assert.deepEqual(await rivers.timeline(node, id), ['taken south', 'in_doubt south']);
    await told(south);
    assert.equal(await rivers.state(node, id), 'delivered');
    assert.deepEqual([north.handed.length, south.handed.length], [0, 0]);
    await killed.stop();
  });

  /** A carrier's receipt under a reference that nobody knows. */
  async function told(carrier: HandCarrier): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const about = { outcome: 'delivered', code: 0, handset: TO, sender: SENDER } as const;
    carrier.events.receipt({ reference: `x${++count}`, ...about }, resolve);
    assert.equal(await promise, true);
  }

  it('leaves the memory of a carrier that went down for another', async () => {
    await using _ = await open({ north: FULL, south: UP });
    const ids = [await rivers.accepted(node), await rivers.accepted(node, { content: LONG })];
    north.goesDown();
    for (const part of await south.takes(3)) sent(south, part);
    for (const id of ids) await rivers.until(node, id, 'sent');
    assert.deepEqual(await rivers.timeline(node, ids[0]!), ['taken south', 'sent south']);
    north.opens(100);
    const next = await rivers.accepted(node);
    sent(north, await nth(north, 1));
    await rivers.until(node, next, 'sent');
  });

  it('stays where a part of it was handed over, or its answer was lost', async () => {
    await using _ = await open({ north: { isUp: true, room: 2 }, south: UP });
    const doubted = await rivers.accepted(node);
    const long = await rivers.accepted(node, { content: LONG });
    const [first, second] = await north.takes(2);
    north.events.handedOver(first!, { kind: 'lost' });
    sent(north, second!);
    await rivers.until(node, doubted, 'in_doubt');
    const movable = await rivers.accepted(node);
    north.goesDown();
    const part = await nth(south, 1);
    assert.deepEqual(part.message.id, movable);
    sent(south, part);
    north.opens(10);
    for (const rest of (await north.takes(4)).slice(2)) sent(north, rest);
    for (const id of [doubted, long, movable]) await rivers.until(node, id, 'sent');
    assert.equal(south.handed.length, 1);
  });

  it('leaves the store for a carrier that came up, unless its credential names no other', async () => {
    const first = await open({ north: DOWN, south: DOWN });
    const credential = { ...rivers.credential, id: 999_999, capability: capabilityOf(['north']) };
    const ids: Id[] = [];
    const staying: Id[] = [];
    for (let at = 0; at < 600; at++) {
      if (at % 100 === 50) staying.push(await rivers.accepted(node, { credential }));
      else ids.push(await rivers.accepted(node));
    }
    south.opens(10_000);
    const parts = await south.takes(ids.length);
    for (const part of parts) sent(south, part);
    await rivers.until(first, ids.at(-1)!, 'sent');
    assert.equal(new Set(parts.map(({ message }) => message.id.toString('hex'))).size, ids.length);
    north.opens(10_000);
    for (const part of await north.takes(staying.length)) sent(north, part);
    await rivers.until(first, staying.at(-1)!, 'sent');
    await first.stop();
    assert.deepEqual([north.handed.length, south.handed.length], [staying.length, ids.length]);
  });

  it('takes another carrier when it is tried again, where the one it was refused by is down', async () => {
    await using _ = await open({ north: UP, south: UP });
    const id = await rivers.accepted(node);
    north.events.handedOver(await nth(north, 1), RETRY);
    await rivers.until(node, id, 'retrying');
    north.goesDown();
    await rivers.hasten(id);
    sent(south, await nth(south, 1));
    await rivers.until(node, id, 'sent');
    assert.deepEqual((await rivers.timeline(node, id)).slice(-2), ['taken south', 'sent south']);
  });

  it('takes another carrier while its own fails again and again, and comes back when that is over', async () => {
    await using _ = await open({ north: UP, south: UP });
    for (let at = 1; at <= FAILURES; at++) {
      await rivers.accepted(node, { class: 'otp' });
      north.events.handedOver(await nth(north, at), { kind: 'lost' });
    }
    const id = await rivers.accepted(node);
    sent(south, await nth(south, 1));
    await rivers.until(node, id, 'sent');
    const question = { to: TO.slice(1), from: SENDER, class: 'otp', accountId: rivers.credential.accountId };
    assert.deepEqual(node.flow.river.explainRoute(question, names), {
      route: null,
      ways: [
        { carrier: 'north', state: 'failing' },
        { carrier: 'south', state: 'up' },
      ],
      carrier: 'south',
    });
  });
});
