import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FaultCode } from '../../base/fault.ts';
import type { PlaceInWhole } from '../../carriers/index.ts';
import type { Language } from '../../wire/text/languages.ts';
import type { RiverContext } from '../context.ts';
import type { Content, OctetContent, Submission } from '../contract.ts';
import { Message, type Routed } from '../message.ts';
import { encodeContent } from './encode-content.ts';

const context = { maxSegments: 10 } as RiverContext;
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const ucs2 = (text: string) => Buffer.from(text, 'utf16le').swap16();
const letters = (count: number) => Buffer.alloc(count, 'x');

function routed(content: Content, nationalLanguages: readonly Language[] = []): Routed {
  const fields = { id: Buffer.alloc(16), accountId: 1, credentialId: 1, from: '10666', class: 'otp' } as const;
  const more = { reference: null, wantsReceipt: false, failuresOnly: false, successOnly: false };
  const message = new Message(
    { ...fields, ...more, wantsUnderway: false, isOneOfMany: false },
    { content } as Submission,
    null,
  );
  message.outlet = { link: { traits: { cutting: 'header-8', nationalLanguages } } } as unknown as Routed['outlet'];
  return message as Routed;
}

const octetContent = (about: Partial<OctetContent>): OctetContent => ({
  kind: 'octets',
  octets: Buffer.from('hello'),
  dataCoding: 0,
  hasUserDataHeader: false,
  protocolId: 0,
  tlvs: null,
  place: null,
  ...about,
});

const behind = (elements: string, text: Buffer) =>
  Buffer.concat([Buffer.of(hex(elements).length), hex(elements), text]);
const PART = '00 03 2a 02 01';
const WIDE_PART = '08 04 2a 2b 02 01';
const TURKISH = '24 01 01';
const place: PlaceInWhole = { reference: 0x1234, total: 3, number: 2 };

interface Taken {
  readonly name: string;
  readonly content: Partial<OctetContent>;
  readonly octets: Buffer;
  readonly dataCoding: number;
  readonly segments?: number;
  readonly hasHeader?: boolean;
}

const taken: readonly Taken[] = [
  { name: 'GSM 7-bit', content: {}, octets: Buffer.from('hello'), dataCoding: 0 },
  { name: 'GSM 7-bit of a class', content: { dataCoding: 0xf1 }, octets: Buffer.from('hello'), dataCoding: 0xf1 },
  { name: 'ASCII', content: { dataCoding: 1, octets: Buffer.from('[') }, octets: hex('1b 3c'), dataCoding: 0 },
  { name: 'Latin-1', content: { dataCoding: 3, octets: hex('e9') }, octets: hex('05'), dataCoding: 0 },
  { name: 'Cyrillic', content: { dataCoding: 6, octets: hex('b4') }, octets: ucs2('Д'), dataCoding: 8 },
  { name: 'Hebrew', content: { dataCoding: 7, octets: hex('e0') }, octets: ucs2('א'), dataCoding: 8 },
  { name: 'UCS-2', content: { dataCoding: 8, octets: ucs2('Д') }, octets: ucs2('Д'), dataCoding: 8 },
  {
    name: 'UCS-2 behind a mark of its order',
    content: { dataCoding: 8, octets: ucs2('\ufeffД😀') },
    octets: ucs2('Д😀'),
    dataCoding: 8,
  },
  {
    name: 'UCS-2 in the wrong order, where a mark says so',
    content: { dataCoding: 8, octets: Buffer.from('\ufeffД😀', 'utf16le') },
    octets: ucs2('Д😀'),
    dataCoding: 8,
  },
  { name: 'binary', content: { dataCoding: 4, octets: hex('00 ff') }, octets: hex('00 ff'), dataCoding: 4 },
  {
    name: 'long binary',
    content: { dataCoding: 2, octets: letters(141) },
    octets: letters(141),
    dataCoding: 2,
    segments: 2,
  },
  {
    name: 'a part',
    content: { hasUserDataHeader: true, octets: behind(PART, letters(153)) },
    octets: behind(PART, letters(153)),
    dataCoding: 0,
    hasHeader: true,
  },
  {
    name: 'a part with a wide reference',
    content: { hasUserDataHeader: true, octets: behind(WIDE_PART, letters(152)) },
    octets: behind(WIDE_PART, letters(152)),
    dataCoding: 0,
    hasHeader: true,
  },
  {
    name: 'a part that ends in half a pair',
    content: { hasUserDataHeader: true, dataCoding: 8, octets: behind(PART, ucs2('😀').subarray(0, 2)) },
    octets: behind(PART, ucs2('😀').subarray(0, 2)),
    dataCoding: 8,
    hasHeader: true,
  },
  {
    name: 'a part that is numbered by TLVs, behind a header of ours',
    content: { place, octets: letters(153) },
    octets: behind('00 03 34 03 02', letters(153)),
    dataCoding: 0,
    hasHeader: true,
  },
  {
    name: 'the same with a header of its own',
    content: { place, hasUserDataHeader: true, octets: behind(TURKISH, letters(149)) },
    octets: behind(`00 03 34 03 02 ${TURKISH}`, letters(149)),
    dataCoding: 0,
    hasHeader: true,
  },
  {
    name: 'a long text behind the name of its language',
    content: { hasUserDataHeader: true, octets: behind(TURKISH, letters(156)) },
    octets: behind(TURKISH, letters(156)),
    dataCoding: 0,
    segments: 2,
    hasHeader: true,
  },
  {
    name: 'a header of nothing, which is left out: what follows must not be read as one',
    content: { hasUserDataHeader: true, octets: behind('', hex('06 05 04 15 7f 00 00 41')) },
    octets: hex('06 05 04 15 7f 00 00 41'),
    dataCoding: 0,
  },
  {
    name: 'a long text behind a header of nothing',
    content: { hasUserDataHeader: true, octets: behind('', Buffer.alloc(200, 0x7f)) },
    octets: Buffer.alloc(200, 0x7f),
    dataCoding: 0,
    segments: 2,
  },
  {
    name: 'no text beside the sign of a mailbox',
    content: { dataCoding: 0xc0, octets: Buffer.alloc(0) },
    octets: Buffer.alloc(0),
    dataCoding: 0xc0,
  },
];

const flawed = (octets: Buffer, dataCoding = 0) => ({ hasUserDataHeader: true, octets, dataCoding });
const refused: readonly { name: string; content: Partial<OctetContent>; code: FaultCode }[] = [
  { name: 'nothing', content: { octets: Buffer.alloc(0) }, code: 'text_empty' },
  { name: 'an octet that is no septet', content: { octets: hex('41 80') }, code: 'text_not_encodable' },
  { name: 'an octet that is not ASCII', content: { dataCoding: 1, octets: hex('80') }, code: 'text_not_encodable' },
  { name: 'an octet that is no Hebrew', content: { dataCoding: 7, octets: hex('d0') }, code: 'text_not_encodable' },
  { name: 'half a character', content: { dataCoding: 8, octets: hex('04 1f 04') }, code: 'text_not_encodable' },
  { name: 'a lone high surrogate', content: { dataCoding: 8, octets: hex('d83d') }, code: 'text_not_encodable' },
  { name: 'a lone low surrogate', content: { dataCoding: 8, octets: hex('de00') }, code: 'text_not_encodable' },
  {
    name: 'two high surrogates',
    content: { dataCoding: 8, octets: hex('d83d d83d de00') },
    code: 'text_not_encodable',
  },
  { name: 'more than the most segments', content: { octets: letters(1531) }, code: 'text_too_long' },
  { name: 'no header where one is promised', content: flawed(Buffer.alloc(0)), code: 'header_invalid' },
  { name: 'a header longer than the message', content: flawed(hex('05 00 03')), code: 'header_invalid' },
  { name: 'an element cut short', content: flawed(hex('03 00 03 2a 41')), code: 'header_invalid' },
  { name: 'a part number of the wrong length', content: flawed(hex('04 00 02 2a 02 41')), code: 'header_invalid' },
  { name: 'part 3 of 2', content: flawed(behind('00 03 2a 02 03', letters(1))), code: 'header_invalid' },
  { name: 'part 0', content: flawed(behind('00 03 2a 02 00', letters(1))), code: 'header_invalid' },
  { name: 'one of no parts', content: flawed(behind('00 03 2a 00 01', letters(1))), code: 'header_invalid' },
  {
    name: 'two numbers that contradict each other',
    content: flawed(behind(`${PART} 08 04 00 2a 03 01`, letters(1))),
    code: 'header_invalid',
  },
  { name: 'a part that is too long', content: flawed(behind(PART, letters(154))), code: 'text_too_long' },
  { name: 'a wide part that is too long', content: flawed(behind(WIDE_PART, letters(153))), code: 'text_too_long' },
  {
    name: 'a part of UCS-2 that is too long',
    content: flawed(behind(PART, ucs2('x'.repeat(68))), 8),
    code: 'text_too_long',
  },
  {
    name: 'a part of 8-bit data that is too long',
    content: flawed(behind(PART, letters(135)), 4),
    code: 'text_too_long',
  },
  { name: 'a part numbered by TLVs that is too long', content: { place, octets: letters(154) }, code: 'text_too_long' },
  { name: 'a part in Latin-1', content: flawed(behind(PART, letters(1)), 3), code: 'text_not_encodable' },
  {
    name: 'a part in little-endian order',
    content: flawed(behind(PART, Buffer.from('\ufeffД', 'utf16le')), 8),
    code: 'text_not_encodable',
  },
  {
    name: 'a part that is numbered twice',
    content: { place, ...flawed(behind(PART, letters(1))) },
    code: 'parameter_not_allowed',
  },
  {
    name: 'a long text behind a header that leaves it no room',
    content: flawed(behind(`0a 50 ${'00'.repeat(0x50)}`, letters(160))),
    code: 'text_too_long',
  },
];

describe('content is encoded', () => {
  for (const { name, content, octets, dataCoding, segments = 1, hasHeader = false } of taken) {
    it(`from ${name}`, () => {
      const message = routed(octetContent(content));
      assert.equal(encodeContent(message, context).go, 'on');
      assert.deepEqual(
        {
          octets: message.octets,
          dataCoding: message.dataCoding,
          segments: message.segments,
          hasHeader: message.hasHeader,
        },
        { octets, dataCoding, segments, hasHeader },
      );
    });
  }

  for (const { name, content, code } of refused) {
    it(`not from ${name}: ${code}`, () => {
      const verdict = encodeContent(routed(octetContent(content)), context);
      assert.equal(verdict.go === 'refuse' && verdict.fault.code, code);
    });
  }

  it('in a national language where the carrier’s handsets read it, and in UCS-2 where they do not', () => {
    const content = { kind: 'text', text: 'ğ'.repeat(75) } as const;
    const abroad = routed(content);
    encodeContent(abroad, context);
    assert.deepEqual([abroad.dataCoding, abroad.segments, abroad.hasHeader], [8, 2, false]);
    const atHome = routed(content, ['turkish']);
    encodeContent(atHome, context);
    assert.deepEqual([atHome.dataCoding, atHome.segments, atHome.hasHeader], [0, 1, true]);
  });

  it('not from a text that is not well-formed', () => {
    const verdict = encodeContent(routed({ kind: 'text', text: 'half \ud83d' }), context);
    assert.equal(verdict.go === 'refuse' && verdict.fault.code, 'text_not_encodable');
  });

  it('with what goes beside it', () => {
    const tlvs = hex('1400 0001 41');
    const message = routed(octetContent({ protocolId: 0x41, tlvs }));
    encodeContent(message, context);
    assert.deepEqual([message.protocolId, message.tlvs], [0x41, tlvs]);
  });
});
