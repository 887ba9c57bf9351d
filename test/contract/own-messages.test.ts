import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Credential } from '../../src/access/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import { type Id, IdSource, idText, inRun, runOf } from '../../src/base/id.ts';
import { type Accepted, isFault, type OctetContent, type Replacement } from '../../src/messages/index.ts';
import { capabilityOf, type HandNode, HandRivers, SENDER, TO } from '../support/hand-river.ts';
import { TESTER } from '../support/on-record.ts';

const HOUR_MS = 3_600_000;
const LATIN1 = 3;
const DOWN = { hand: { isUp: false, room: 0 } };
const UP = { hand: { isUp: true, room: 100 } };

type Node = HandNode<'hand'>;

const latin1 = (text: string): OctetContent => ({
  kind: 'octets',
  octets: Buffer.from(text, 'latin1'),
  dataCoding: LATIN1,
  hasUserDataHeader: false,
  protocolId: 0,
  tlvs: null,
  place: null,
});

const replacement = (text: string, about: Partial<Replacement> = {}): Replacement => ({
  octets: Buffer.from(text, 'latin1'),
  sendAtMs: null,
  expiresAtMs: null,
  wantsReceipt: false,
  failuresOnly: false,
  successOnly: false,
  wantsUnderway: false,
  ...about,
});

const inAnHour = () => systemClock.now() + HOUR_MS;

describe('what an application asks about its own messages', () => {
  let rivers: HandRivers<'hand'>;
  let others: Credential;
  before(async () => {
    rivers = await HandRivers.make(['hand']);
    const made = await rivers.base.credentials.create(
      {
        accountId: rivers.credential.accountId,
        kind: 'api_key',
        name: 'another of the account',
        capability: capabilityOf(['hand']),
        expiresAtMs: systemClock.now() + 24 * HOUR_MS,
      },
      TESTER,
    );
    assert.ok('credential' in made);
    others = made.credential;
  });
  after(() => rivers[Symbol.asyncDispose]());

  const scheduled = (node: Node, text = 'first', about: object = {}): Promise<Id> =>
    rivers.accepted(node, { content: latin1(text), sendAtMs: inAnHour(), ...about });
  const asked = (id: Id, about: object = {}) => ({
    credential: rivers.credential,
    by: TESTER,
    id,
    from: SENDER,
    ...about,
  });

  /** The parts of a message, when so many have reached the carrier; it takes them. */
  async function partsOf(node: Node, id: Id, count: number): Promise<Buffer[]> {
    const { hand } = node.carriers;
    for (let handed = 1; ; handed++) {
      const parts = (await hand.takes(handed)).filter(({ message }) => message.id.equals(id));
      if (parts.length < count) continue;
      for (const part of parts)
        hand.events.handedOver(part, { kind: 'sent', reference: `${idText(id)} ${part.segment}` });
      await rivers.until(node, id, 'sent');
      return parts.map(({ octets }) => octets);
    }
  }

  /** Lets what waits for its time go, and gives the text that reaches the carrier. */
  async function leaves(node: Node, id: Id): Promise<string> {
    node.carriers.hand.opens(100);
    await rivers.hasten(id);
    return (await partsOf(node, id, 1))[0]!.toString('latin1');
  }

  it('is how far it has come, and nothing about others', async () => {
    await using node = await rivers.open(DOWN);
    const { own } = node.flow.river;
    const id = await scheduled(node);
    const known = { id, state: 'scheduled', doneAtMs: null, code: 0 };
    assert.deepEqual(await own.progress(asked(id)), known);
    const none = { code: 'message_not_found' };
    assert.deepEqual(await own.progress(asked(id, { from: '99999' })), none);
    assert.deepEqual(await own.progress(asked(id, { credential: others })), none);
    assert.deepEqual(await own.progress(asked(inRun(id, 1))), none);
    const blind = { ...rivers.credential, capability: { ...rivers.credential.capability, verbs: ['send'] as const } };
    assert.deepEqual(await own.progress(asked(id, { credential: blind })), { code: 'verb_not_allowed' });
    assert.equal(await own.cancel({ ...asked(id), to: null }), null);
    const ended = await own.progress(asked(id));
    assert.ok('state' in ended && ended.state === 'cancelled' && ended.doneAtMs !== null);
  });

  it('is to cancel it, from whom and to whom it says', async () => {
    await using node = await rivers.open(DOWN);
    const { own } = node.flow.river;
    const id = await scheduled(node);
    const none = { code: 'message_not_found' };
    assert.deepEqual(await own.cancel({ ...asked(id), to: '+12025550199' }), none);
    assert.deepEqual(await own.cancel({ ...asked(id, { credential: others }), to: null }), none);
    assert.equal(await rivers.state(node, id), 'scheduled');
    assert.equal(await own.cancel({ ...asked(id), to: TO }), null);
    assert.equal(await rivers.state(node, id), 'cancelled');
  });

  it('is to cancel all that wait from one address to another, of one service or of all', async () => {
    await using node = await rivers.open(DOWN);
    const { own } = node.flow.river;
    const to = '+12025550150';
    const which = { credential: rivers.credential, by: TESTER, from: SENDER, to, serviceType: null };
    assert.deepEqual(await own.cancelWaiting(which), { cancelled: 0, refusal: { code: 'message_not_found' } });
    const plain = await scheduled(node, 'plain', { to });
    const ofService = await scheduled(node, 'of a service', { to, serviceType: 'news' });
    const inBacklog = await rivers.accepted(node, { to });
    const elsewhere = await scheduled(node, 'to another', { to: '+12025550151' });
    assert.deepEqual(await own.cancelWaiting({ ...which, serviceType: 'news' }), { cancelled: 1, refusal: null });
    assert.deepEqual(
      [await rivers.state(node, plain), await rivers.state(node, ofService)],
      ['scheduled', 'cancelled'],
    );
    assert.deepEqual(await own.cancelWaiting(which), { cancelled: 2, refusal: null });
    for (const id of [plain, inBacklog]) assert.equal(await rivers.state(node, id), 'cancelled');
    assert.equal(await rivers.state(node, elsewhere), 'scheduled');
  });

  it('is to cancel at most a hundred at once, and to hear that there are more', async () => {
    await using node = await rivers.open(DOWN);
    const to = '+12025550152';
    const ids = await Promise.all(Array.from({ length: 101 }, () => scheduled(node, 'one of many', { to })));
    const which = { credential: rivers.credential, by: TESTER, from: SENDER, to, serviceType: null };
    const answer = await node.flow.river.own.cancelWaiting(which);
    assert.deepEqual([answer.cancelled, answer.refusal?.code], [100, 'message_not_cancellable']);
    assert.deepEqual(await node.flow.river.own.cancelWaiting(which), { cancelled: 1, refusal: null });
    for (const id of ids) assert.equal(await rivers.state(node, id), 'cancelled');
  });

  it('is to put another text in its place, in the data coding it came in', async () => {
    await using node = await rivers.open(DOWN);
    const id = await scheduled(node, 'the first text');
    assert.equal(await node.flow.river.own.replace(asked(id), replacement('à côté')), null);
    assert.equal(await node.flow.river.own.replace(asked(id), replacement('e')), null);
    assert.equal(await node.flow.river.own.replace(asked(id), replacement('ou là')), null);
    const { rows } = await rivers.base.database.engine.query<{ body: Buffer }>(
      'SELECT body FROM message_replacement WHERE message_id = $1',
      [idText(id)],
    );
    assert.equal(rows.length, 3);
    assert.ok(rows.every(({ body }) => !body.includes('ou l')));
    // 'à' is 0x7f in the GSM 7-bit default alphabet.
    assert.equal(await leaves(node, id), 'ou l\x7f');
    assert.deepEqual((await rivers.timeline(node, id)).slice(0, 3), ['scheduled -', 'scheduled -', 'scheduled -']);
  });

  it('also where the text is longer, and the node another one by then', async () => {
    const first = await rivers.open(DOWN);
    const id = await scheduled(first, 'short');
    const long = 'x'.repeat(200);
    assert.equal(await first.flow.river.own.replace(asked(id), replacement(long)), null);
    assert.equal((await first.flow.river.desk.view(rivers.credential.accountId, id))?.segments, 2);
    await first.stop();
    await using second = await rivers.open(UP);
    await rivers.hasten(id);
    const parts = await partsOf(second, id, 2);
    assert.equal(parts.map((octets) => octets.toString('latin1', 6)).join(''), long);
  });

  it('is another time and another validity', async () => {
    await using node = await rivers.open(DOWN);
    const { own, desk } = node.flow.river;
    const id = await scheduled(node);
    const sendAtMs = systemClock.now() + 2 * HOUR_MS;
    assert.equal(
      await own.replace(asked(id), replacement('later', { sendAtMs, expiresAtMs: sendAtMs + HOUR_MS })),
      null,
    );
    const expires = async () => (await desk.view(rivers.credential.accountId, id))?.expiresAtMs;
    assert.equal(await expires(), sendAtMs + HOUR_MS);
    // A validity alone is told from now on, whenever the message leaves.
    const expiresAtMs = sendAtMs + 1000;
    assert.equal(await own.replace(asked(id), replacement('for a second', { expiresAtMs })), null);
    assert.equal(await expires(), expiresAtMs);
    const overBefore = replacement('over before it leaves', { expiresAtMs: sendAtMs - 1000 });
    assert.equal((await own.replace(asked(id), overBefore))?.code, 'invalid_validity');
    const tooLate = replacement('never', { sendAtMs: systemClock.now() + 1000 * HOUR_MS });
    assert.equal((await own.replace(asked(id), tooLate))?.code, 'invalid_schedule');
    const tooLong = replacement('for ever', { expiresAtMs: systemClock.now() + 1000 * HOUR_MS });
    assert.equal((await own.replace(asked(id), tooLong))?.code, 'invalid_validity');
    assert.equal((await own.replace(asked(id), replacement('')))?.code, 'text_empty');
  });

  it('but not in the place of one that is others, was cancelled, or does not wait for its time', async () => {
    await using node = await rivers.open(DOWN);
    const { own } = node.flow.river;
    const id = await scheduled(node);
    const asOther = await own.replace(asked(id, { credential: others }), replacement('stolen'));
    assert.deepEqual(asOther, { code: 'message_not_found' });
    await own.cancel({ ...asked(id), to: null });
    assert.equal((await own.replace(asked(id), replacement('late')))?.code, 'message_not_replaceable');
    const inBacklog = await rivers.accepted(node);
    assert.equal((await own.replace(asked(inBacklog), replacement('late')))?.code, 'message_not_replaceable');
    assert.equal(await own.cancel({ ...asked(inBacklog), to: null }), null);
  });

  it('and where it is due at the same moment, either the new text leaves, or it is refused and the old one does', async () => {
    await using node = await rivers.open(UP);
    for (let round = 0; round < 5; round++) {
      const id = await scheduled(node, 'old');
      const leaving = rivers.hasten(id);
      const answer = await node.flow.river.own.replace(asked(id), replacement('new', { sendAtMs: systemClock.now() }));
      await leaving;
      const [octets] = await partsOf(node, id, 1);
      assert.equal(octets?.toString('latin1'), answer === null ? 'new' : 'old');
    }
  });

  it('is a message in the place of the last that waits, where there is one', async () => {
    await using node = await rivers.open(DOWN);
    const to = '+12025550160';
    const submitInPlace = async (text: string, about: object = {}): Promise<Accepted> => {
      const { promise, resolve } = Promise.withResolvers<Parameters<Parameters<typeof own.submitInPlace>[2]>[0]>();
      const { own } = node.flow.river;
      const base = {
        credential: rivers.credential,
        to,
        from: SENDER,
        class: 'transactional',
        reference: null,
      } as const;
      const wishes = { wantsReceipt: false, failuresOnly: false, successOnly: false, wantsUnderway: false };
      const rest = { validityMs: null, serviceType: null, isOneOfMany: false, id: null, sendAtMs: inAnHour() };
      await own.submitInPlace({ ...base, ...wishes, ...rest, content: latin1(text), ...about }, TESTER, resolve);
      const answer = await promise;
      assert.ok(!isFault(answer));
      return answer;
    };
    const { id } = await submitInPlace('first');
    assert.deepEqual((await submitInPlace('second')).id, id);
    assert.notDeepEqual((await submitInPlace('of a service', { serviceType: 'news' })).id, id);
    assert.equal(await leaves(node, id), 'second');
  });

  it('is about all of several that were asked for under one id', async () => {
    await using node = await rivers.open(DOWN);
    const { own } = node.flow.river;
    const first = runOf(new IdSource(systemClock, rivers.options.entropy).next());
    const numbers = ['+12025550170', '+12025550171', '+12025550172'];
    for (const [place, to] of numbers.entries())
      await scheduled(node, 'to many', { to, id: inRun(first, place + 1), isOneOfMany: true });
    const progress = await own.progress(asked(first));
    assert.ok('state' in progress && progress.state === 'scheduled');
    assert.equal((await own.replace(asked(first), replacement('x')))?.code, 'message_not_replaceable');
    assert.equal(await own.cancel({ ...asked(first), to: numbers[1]! }), null);
    const states = () => Promise.all([1, 2, 3].map((place) => rivers.state(node, inRun(first, place))));
    assert.deepEqual(await states(), ['scheduled', 'cancelled', 'scheduled']);
    assert.equal(await own.cancel({ ...asked(first), to: null }), null);
    assert.deepEqual(await states(), ['cancelled', 'cancelled', 'cancelled']);
  });
});
