import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemEntropy } from '../../src/base/entropy.ts';
import type { OutboundPart } from '../../src/carriers/carrier.ts';
import { Handset, type HandsetMessage, SandboxLink, sandboxRules } from '../../src/carriers/sandbox/index.ts';
import { encodeText } from '../../src/wire/text/encode.ts';
import { cutSegments } from '../../src/wire/text/segments.ts';
import { CarrierRecorder } from '../support/carrier-recorder.ts';
import { HandClock } from '../support/hand-clock.ts';
import { carrierContract, partFor } from './carrier-contract.ts';

function sandbox() {
  const clock = new HandClock();
  const heard = new CarrierRecorder();
  const handset = new Handset(clock);
  const link = new SandboxLink<OutboundPart>({ clock, entropy: systemEntropy, handset }, heard);
  return { clock, heard, handset, link };
}

function startedSandbox() {
  const made = sandbox();
  made.link.start();
  made.clock.advance(0);
  return made;
}

carrierContract('the sandbox', () => {
  const { clock, heard, handset, link } = sandbox();
  return Promise.resolve({
    link,
    heard,
    window: 100,
    binds: 1,
    responseMs: 10_000,
    pass: (ms) => clock.advance(ms),
    until: (holds) => {
      clock.advance(0);
      return heard.until(holds);
    },
    write: async (from, to, text) => (await handset.write({ from, to, text })) === null,
    [Symbol.asyncDispose]: async () => {
      const stopped = link.stop();
      clock.advance(60_000);
      await stopped;
      assert.equal(clock.pending, 0, 'a stopped link has no timers');
    },
  });
});

const partsOf = (text: string, reference: number, ending = 0): OutboundPart[] => {
  const { octets, dataCoding } = encodeText(text)!;
  const pieces = cutSegments(octets, dataCoding, reference);
  return pieces.map((piece) => partFor(ending, { octets: piece, dataCoding, hasHeader: pieces.length > 1 }));
};

test('the rules are for each ending once', () => {
  const endings = sandboxRules.flatMap(({ digits: [from, to] }) =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i),
  );
  assert.deepEqual(
    endings,
    Array.from({ length: 100 }, (_, i) => i),
  );
});

test('a number that is not of fiction has the fate of the first rule', () => {
  const { clock, heard, link } = startedSandbox();
  link.submit(partFor(0, { to: '447700900094' }));
  clock.advance(0);
  assert.equal(heard.reported[0]?.result.kind, 'sent');
  assert.equal(heard.receipts[0]?.outcome, 'delivered');
});

test('a delayed receipt comes after ten seconds, and then the message shows', () => {
  const { clock, heard, handset, link } = startedSandbox();
  link.submit(partFor(92));
  clock.advance(9999);
  assert.deepEqual([heard.reported.length, heard.receipts.length, handset.messages.length], [1, 0, 0]);
  clock.advance(1);
  assert.deepEqual([heard.receipts.length, handset.messages.length], [1, 1]);
});

test('when the answer is lost the receipt still comes, under a reference that was never told', () => {
  const { clock, heard, handset, link } = startedSandbox();
  const part = partFor(97);
  link.submit(part);
  clock.advance(10_000);
  assert.deepEqual(heard.order, ['handedOver', 'receipt']);
  assert.deepEqual(heard.reported[0]?.result, { kind: 'lost' });
  const [receipt] = heard.receipts;
  assert.deepEqual([receipt?.handset, receipt?.sender, receipt?.outcome], [part.to, part.from, 'delivered']);
  assert.equal(handset.messages.length, 1);
});

test('what is never answered gets no receipt either', () => {
  const { clock, heard, handset, link } = startedSandbox();
  link.submit(partFor(96));
  clock.advance(3_600_000);
  assert.deepEqual([heard.reported.length, heard.receipts.length, handset.messages.length], [1, 0, 0]);
});

test('the references of two runs differ', () => {
  const references = [startedSandbox(), startedSandbox()].map(({ clock, heard, link }) => {
    link.submit(partFor(0));
    clock.advance(0);
    return heard.receipts[0]?.reference;
  });
  assert.notEqual(references[0], references[1]);
});

test('a receipt that is never kept is given up', () => {
  const { clock, heard, link } = startedSandbox();
  heard.keep = () => false;
  link.submit(partFor(0));
  clock.advance(3_600_000);
  assert.equal(heard.receipts.length, 10);
  assert.equal(clock.pending, 0);
});

test('there is no room while two thousand receipts are to come, and there is again when they came', () => {
  const { clock, heard, link } = startedSandbox();
  let submitted = 0;
  while (link.room > 0) {
    for (let room = link.room; room > 0; room--, submitted++) link.submit(partFor(92));
    clock.advance(0);
  }
  assert.equal(submitted, 2000);
  clock.advance(10_000);
  assert.equal(heard.receipts.length, submitted);
  assert.equal(link.room, 100);
});

test('each part of a long message has its receipt, and the handset shows it whole', () => {
  const { clock, heard, handset, link } = startedSandbox();
  const text = `${'Grüße 🎉 '.repeat(20)}end`;
  const parts = partsOf(text, 7);
  for (const part of parts.toReversed()) link.submit(part);
  clock.advance(0);
  assert.equal(heard.receipts.length, parts.length);
  const shown = { from: '12345', to: '+12025550100', text, atMs: clock.now(), parts: parts.length };
  assert.deepEqual(handset.messages, [shown]);
});

test('parts that never become whole are given up, and do not spoil what comes later', () => {
  const { clock, handset, link } = startedSandbox();
  const long = 'y'.repeat(200);
  for (let reference = 0; reference < 150; reference++) {
    link.submit(partsOf(long, reference)[0]!);
    clock.advance(0);
  }
  link.submit(partsOf(long, 149)[1]!);
  link.submit(partsOf(long, 0)[1]!);
  clock.advance(0);
  assert.deepEqual(
    handset.messages.map(({ text }) => text),
    [long],
  );
});

test('the handset shows binary by its size, and a broken header as no text', () => {
  const { clock, handset, link } = startedSandbox();
  link.submit(partFor(0, { dataCoding: 4, octets: Buffer.alloc(3) }));
  link.submit(partFor(0, { hasHeader: true, octets: Buffer.from([200, 0, 3, 1, 2, 1]) }));
  link.submit(partFor(0, { hasHeader: true, octets: Buffer.from([5, 0, 3, 1, 2, 9, 0x41]) }));
  clock.advance(0);
  assert.deepEqual(
    handset.messages.map(({ text }) => text),
    ['[3 octets in data coding 4]', '', 'A'],
  );
});

test('the handset keeps the last hundred messages and tells its watchers of each', () => {
  const { clock, handset, link } = startedSandbox();
  const watched: HandsetMessage[] = [];
  const leave = handset.watch((message) => watched.push(message));
  for (let i = 0; i < 120; i++) {
    link.submit(partFor(0, { octets: Buffer.from(`number ${i}`) }));
    clock.advance(0);
  }
  assert.equal(watched.length, 120);
  assert.deepEqual(handset.messages, watched.slice(-100));
  leave();
  link.submit(partFor(0));
  clock.advance(0);
  assert.equal(watched.length, 120);
});

test('the handset refuses what it cannot send, by the field it is about', async () => {
  const { handset, link } = startedSandbox();
  const from = '+12025550143';
  const codeOf = async (message: { from: string; to: string; text: string }) => {
    const refused = await handset.write(message);
    return [refused?.code, refused?.field];
  };
  assert.deepEqual(await codeOf({ from: '12', to: '12345', text: 'x' }), ['invalid_number', '/from']);
  assert.deepEqual(await codeOf({ from, to: '1', text: 'x' }), ['invalid_sender', '/to']);
  assert.deepEqual(await codeOf({ from, to: '12345', text: '\ud800' }), ['text_not_encodable', '/text']);
  assert.deepEqual(await codeOf({ from, to: '12345', text: 'x'.repeat(40_000) }), ['text_too_long', '/text']);
  await link.stop();
  assert.deepEqual(await codeOf({ from, to: '12345', text: 'x' }), ['no_route', undefined]);
});

test('the handset writes to a long code by its digits', async () => {
  const { handset, heard } = startedSandbox();
  assert.equal(await handset.write({ from: '+1 202 555 0143', to: '+1 202 555 0199', text: 'Hi' }), null);
  assert.deepEqual([heard.inbounds[0]?.handset, heard.inbounds[0]?.to], ['12025550143', '12025550199']);
});
