import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cutting } from '../../carriers/index.ts';
import { countSegments } from '../../wire/text/segments.ts';
import { readHeader } from '../../wire/text/user-data-header.ts';
import { Message } from '../message.ts';
import type { PartRow } from '../message-store.ts';
import { countParts, cut, cuttingFor } from './cut.ts';

const ID = Buffer.from('0190000000007000800000000000abcd', 'hex');
const none = { successOnly: false, wantsUnderway: false, isOneOfMany: false };
const TURKISH = Buffer.from('03240101', 'hex');
const cuttings: readonly Cutting[] = ['header-8', 'header-16', 'sar', 'whole'];

function messageOf(
  octets: Buffer,
  about: Partial<Pick<Message, 'dataCoding' | 'hasHeader' | 'cutting'>> = {},
): Message {
  const fields = { id: ID, accountId: 1, credentialId: 1, from: '10666', class: 'otp', reference: null } as const;
  const message = new Message({ ...fields, wantsReceipt: false, failuresOnly: false, ...none }, null, null);
  Object.assign(message, about);
  message.octets = octets;
  const header = message.hasHeader ? readHeader(octets) : null;
  const elements = octets.subarray(1, header?.bytes ?? 1);
  message.segments = header?.concatenation
    ? 1
    : countSegments(octets.subarray(header?.bytes ?? 0), message.dataCoding, { cutting: 'header-8', elements });
  return message;
}

const text = (length: number) => Buffer.from(Array.from({ length }, (_, at) => 0x41 + (at % 26)));

/** The text of the parts, without their headers. */
const joined = ({ parts }: Message) =>
  Buffer.concat(parts.map(({ octets, hasHeader }) => octets.subarray(hasHeader ? readHeader(octets).bytes : 0)));

describe('a message is cut as its carrier wants it', () => {
  for (const cutting of cuttings) {
    it(`in one part where it is short: ${cutting}`, () => {
      const message = messageOf(text(160), { cutting });
      cut(message);
      assert.equal(countParts(message), 1);
      assert.deepEqual(
        message.parts.map(({ segment, octets, hasHeader, place }) => ({ segment, octets, hasHeader, place })),
        [{ segment: 0, octets: text(160), hasHeader: false, place: null }],
      );
    });

    for (const length of [161, 306, 307, 459, 1530]) {
      it(`in as many parts as were counted, with all of ${length} septets: ${cutting}`, () => {
        const message = messageOf(text(length), { cutting });
        const count = countParts(message);
        cut(message);
        assert.equal(message.parts.length, count);
        assert.equal(message.partsOpen, count);
        assert.deepEqual(joined(message), text(length));
        for (const { octets } of message.parts) assert.ok(count === 1 || octets.length <= 160);
      });
    }

    it(`with the language of the text in each part: ${cutting}`, () => {
      const message = messageOf(Buffer.concat([TURKISH, text(400)]), { cutting, hasHeader: true });
      cut(message);
      assert.equal(message.parts.length, countParts(message));
      assert.ok(message.parts.length > 1, 'a header of its own is read differently beside sar_* and message_payload');
      for (const part of message.parts) {
        assert.equal(part.place, null);
        assert.equal(readHeader(part.octets).shifts.single, 'turkish');
      }
      assert.deepEqual(joined(message), text(400));
    });

    it(`not again where the application has cut it: ${cutting}`, () => {
      const octets = Buffer.concat([Buffer.from('0500032a0201', 'hex'), text(153)]);
      const message = messageOf(octets, { cutting, hasHeader: true });
      cut(message);
      assert.deepEqual(
        message.parts.map((part) => [part.octets, part.hasHeader, part.place]),
        [[octets, true, null]],
      );
    });
  }

  it('behind a reference of 8 or of 16 bits that comes from its id', () => {
    const places = (['header-8', 'header-16'] as const).map((cutting) => {
      const message = messageOf(text(200), { cutting });
      cut(message);
      return message.parts.map(({ octets }) => readHeader(octets).concatenation);
    });
    assert.deepEqual(places, [
      [1, 2].map((number) => ({ reference: 0xcd, isWide: false, total: 2, number })),
      [1, 2].map((number) => ({ reference: 0xabcd, isWide: true, total: 2, number })),
    ]);
  });

  it('into bare parts whose place is told beside them', () => {
    const message = messageOf(text(200), { cutting: 'sar' });
    cut(message);
    assert.deepEqual(
      message.parts.map(({ hasHeader, place }) => ({ hasHeader, place })),
      [1, 2].map((number) => ({ hasHeader: false, place: { reference: 0xabcd, total: 2, number } })),
    );
  });

  it('with the shorter reference where the longer makes more parts than can be numbered', () => {
    const message = messageOf(text(255 * 153), { cutting: 'header-16' });
    cut(message);
    assert.equal(message.parts.length, 255);
    assert.equal(countParts(message), 255);
    assert.equal(readHeader(message.parts[254]!.octets).concatenation?.isWide, false);
  });
});

describe('a message of which another carrier has parts', () => {
  const sent: PartRow = { segment: 1, state: 'sent', reference: 'a', carrierId: 7 };
  const fits: Record<Cutting, Record<Cutting, Cutting>> = {
    'header-8': { 'header-8': 'header-8', 'header-16': 'header-8', sar: 'header-8', whole: 'header-8' },
    'header-16': { 'header-8': 'header-16', 'header-16': 'header-16', sar: 'header-16', whole: 'header-16' },
    sar: { 'header-8': 'header-8', 'header-16': 'header-8', sar: 'sar', whole: 'header-8' },
    whole: { 'header-8': 'header-8', 'header-16': 'header-8', sar: 'header-8', whole: 'whole' },
  };
  for (const then of cuttings) {
    for (const now of cuttings) {
      it(`is cut as it was: ${then}, then ${now}`, () => {
        assert.equal(
          cuttingFor(now, [sent], (id) => (id === 7 ? then : null)),
          fits[then][now],
        );
      });
    }
  }

  it('is cut in the new way where nothing of it has left, or it left whole', () => {
    for (const recorded of [[], [{ ...sent, state: 'retrying' as const }], [{ ...sent, segment: 0 }]]) {
      assert.equal(
        cuttingFor('sar', recorded, () => 'header-16'),
        'sar',
      );
    }
  });
});
