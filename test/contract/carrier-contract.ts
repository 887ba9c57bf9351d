import assert from 'node:assert/strict';
import { afterEach, beforeEach, suite, test } from 'node:test';
import type { CarrierLink, HandOver, OutboundPart } from '../../src/carriers/carrier.ts';
import type { CarrierRecorder } from '../support/carrier-recorder.ts';

/** A link whose other side follows `sandboxRules`, and everything the link reports. */
export interface CarrierHarness extends AsyncDisposable {
  readonly link: CarrierLink<OutboundPart>;
  readonly heard: CarrierRecorder;
  /** Of all binds together. */
  readonly window: number;
  /** How many take parts. */
  readonly binds: number;
  readonly responseMs: number;
  /** Lets time pass. */
  pass(ms: number): void;
  /** Waits for what needs no time, until it `holds`. */
  until(holds: () => boolean): Promise<void>;
  /** Sends a message from a handset, and tells whether it was kept. */
  write(from: string, to: string, text: string): Promise<boolean>;
}

const SENDER = '12345';
const THROTTLED = 0x58;
const SYSTEM_ERROR = 0x08;
const INVALID_DESTINATION = 0x0b;

/** A part for the number of fiction with this ending, whose fate it tells. */
export function partFor(ending: number, about: Partial<OutboundPart> = {}): OutboundPart {
  const to = `120255501${String(ending).padStart(2, '0')}`;
  const expiresAtMs = Date.UTC(2031, 0, 1);
  const plain = { dataCoding: 0, hasHeader: false, protocolId: 0, tlvs: null, place: null };
  return { to, from: SENDER, ...plain, octets: Buffer.from('Hello'), expiresAtMs, ...about };
}

/** What every link is held to. */
export function carrierContract(name: string, makeHarness: () => Promise<CarrierHarness>): void {
  suite(`a carrier: ${name}`, () => {
    let carrier: CarrierHarness;
    beforeEach(async () => {
      carrier = await makeHarness();
      carrier.link.start();
      await carrier.until(() => carrier.link.room === carrier.window && carrier.heard.changes > 0);
    });
    afterEach(() => carrier[Symbol.asyncDispose]());

    const results = () => carrier.heard.reported.map(({ result }) => result);
    const kinds = () => results().map(({ kind }) => kind);
    const submit = (part: OutboundPart) => carrier.link.submit(part);
    /** Submits a part and gives what is reported of it next. */
    const outcomeOf = async (part: OutboundPart): Promise<HandOver> => {
      const before = carrier.heard.reported.length;
      submit(part);
      await carrier.until(() => carrier.heard.reported.length > before);
      return carrier.heard.reported.at(-1)!.result;
    };

    test('room is the window less what is not answered, and comes back with the answers', async () => {
      const { link, heard, window } = carrier;
      for (let room = window; room > 0; room--) {
        assert.equal(link.room, room);
        submit(partFor(0));
      }
      assert.equal(link.room, 0);
      const before = heard.changes;
      await carrier.until(() => heard.reported.length === window && link.room === window);
      assert.ok(heard.changes > before);
    });

    test('each part is reported once, with a reference of its own', async () => {
      const parts = [partFor(1), partFor(2), partFor(2)];
      for (const part of parts) submit(part);
      await carrier.until(() => carrier.heard.reported.length === 3);
      assert.deepEqual(new Set(carrier.heard.reported.map(({ part }) => part)), new Set(parts));
      const references = results().map((result) => result.kind === 'sent' && result.reference);
      assert.equal(new Set(references).size, 3);
      assert.ok(references.every((reference) => typeof reference === 'string' && reference.length > 0));
      carrier.pass(carrier.responseMs + 1000);
      assert.equal(carrier.heard.reported.length, 3);
    });

    test('what is refused for good is to fail', async () => {
      const refused = { kind: 'refused', code: INVALID_DESTINATION, next: 'fail' };
      assert.deepEqual(await outcomeOf(partFor(94)), refused);
      assert.equal(carrier.link.room, carrier.window);
    });

    test('what is refused for now is to be tried again', async () => {
      const refused = { kind: 'refused', code: SYSTEM_ERROR, next: 'retry' };
      assert.deepEqual(await outcomeOf(partFor(95)), refused);
      assert.deepEqual(await outcomeOf(partFor(95)), refused);
      assert.equal((await outcomeOf(partFor(95))).kind, 'sent');
    });

    test('a throttled bind takes nothing for a second, then goes on', async () => {
      const { link, heard, window, binds } = carrier;
      for (let refusals = 0; refusals < 2; refusals++) {
        const refused = { kind: 'refused', code: THROTTLED, next: 'slow down' };
        assert.deepEqual(await outcomeOf(partFor(93)), refused);
        assert.equal(link.room, window - window / binds);
        assert.equal(link.isUp, true);
        const before = heard.changes;
        carrier.pass(2000);
        assert.equal(link.room, window);
        assert.ok(heard.changes > before);
      }
      assert.equal((await outcomeOf(partFor(93))).kind, 'sent');
    });

    test('a part that is never answered is lost after the response time, and makes room', () => {
      submit(partFor(96));
      carrier.pass(carrier.responseMs - 1000);
      assert.deepEqual(kinds(), []);
      assert.equal(carrier.link.room, carrier.window - 1);
      carrier.pass(2000);
      assert.deepEqual(kinds(), ['lost']);
      assert.equal(carrier.link.room, carrier.window);
    });

    for (const [ending, outcome] of [
      [0, 'delivered'],
      [90, 'undelivered'],
      [91, 'expired'],
    ] as const) {
      test(`a receipt tells what became of a message: ${outcome}`, async () => {
        const part = partFor(ending);
        const sent = await outcomeOf(part);
        assert.ok(sent.kind === 'sent');
        await carrier.until(() => carrier.heard.receipts.length === 1);
        const named = { reference: sent.reference, handset: part.to, sender: SENDER };
        assert.deepEqual(carrier.heard.receipts, [{ ...named, outcome, code: 0 }]);
      });
    }

    test('a receipt may come before the answer it belongs to', async () => {
      const { heard } = carrier;
      submit(partFor(98));
      await carrier.until(() => heard.receipts.length === 1);
      carrier.pass(1000);
      await carrier.until(() => heard.reported.length === 1);
      assert.deepEqual(heard.order, ['receipt', 'handedOver']);
      assert.deepEqual(results(), [{ kind: 'sent', reference: heard.receipts[0]!.reference }]);
    });

    test('a receipt that comes twice is told twice', async () => {
      const { heard } = carrier;
      submit(partFor(99));
      await carrier.until(() => heard.receipts.length === 2);
      assert.deepEqual(heard.receipts[0], heard.receipts[1]);
    });

    test('a receipt that is not kept comes again', async () => {
      const { heard } = carrier;
      let refusals = 1;
      heard.keep = () => refusals-- <= 0;
      submit(partFor(0));
      await carrier.until(() => heard.receipts.length >= 1);
      carrier.pass(1000);
      await carrier.until(() => heard.receipts.length === 2);
      assert.deepEqual(heard.receipts[0], heard.receipts[1]);
    });

    test('a message from a handset comes in, and its sender learns that it was kept', async () => {
      const isKept = await carrier.write('12025550143', SENDER, 'STOP');
      assert.equal(isKept, true);
      const inbound = {
        handset: '12025550143',
        to: SENDER,
        dataCoding: 0,
        hasHeader: false,
        protocolId: 0,
        tlvs: null,
        place: null,
      };
      assert.deepEqual(carrier.heard.inbounds, [{ ...inbound, octets: Buffer.from('STOP') }]);
    });

    test('a long message from a handset comes in parts with headers', async () => {
      await carrier.write('12025550143', SENDER, 'x'.repeat(200));
      const [first, second] = carrier.heard.inbounds;
      assert.deepEqual([first?.hasHeader, second?.hasHeader], [true, true]);
      assert.deepEqual([first?.octets.length, second?.octets.length], [6 + 153, 6 + 47]);
    });

    test('a message from a handset that is not kept is refused', async () => {
      carrier.heard.keep = () => false;
      assert.equal(await carrier.write('12025550143', SENDER, 'STOP'), false);
    });

    test('a stop waits for the answers that are due, and takes nothing more', async () => {
      const { link, heard } = carrier;
      submit(partFor(0));
      const stopped = link.stop();
      assert.deepEqual([link.room, link.isUp], [0, false]);
      carrier.pass(0);
      await stopped;
      assert.deepEqual(kinds(), ['sent']);
      assert.equal(link.status, 'stopped');
      const told = heard.order.length;
      carrier.pass(60_000);
      assert.equal(heard.order.length, told);
      assert.equal(link.isUp, false);
    });

    test('a stop reports what is not answered in time as lost', async () => {
      submit(partFor(96));
      const stopped = carrier.link.stop();
      carrier.pass(carrier.responseMs + 2000);
      await stopped;
      assert.deepEqual(kinds(), ['lost']);
    });
  });
}
