import { tlvs } from '../../wire/smpp/tlvs.ts';
import { pdu, tlv, withTail } from '../octets.ts';
import {
  type Asked,
  answer,
  bound,
  type MessageFields,
  type Misbehaviour,
  type Step,
  send,
  submitPdu,
  type Wanted,
} from './misbehaviour.ts';

const USER_DATA_HEADER = 0x40;
const UCS2 = 8;
const RESERVED_CODING = 0xf9;
const UNKNOWN_TLVS = 2000;
const SM_LENGTH_FROM_END = 6;

const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

/** Binds, submits these, and waits for an answer to each. */
const submits =
  (wanted: Wanted, pdus: (asked: Asked) => readonly Buffer[]) =>
  (asked: Asked): readonly Step[] => [
    ...bound(asked),
    ...pdus(asked).flatMap((bytes) => [send(bytes), answer(bytes.readUInt32BE(12), wanted)]),
  ];

/** One message with these fields. */
const one = (wanted: Wanted, fields: MessageFields) => submits(wanted, (asked) => [submitPdu(asked, 2, fields)]);

/** Parts of a long message with user data headers: [reference, total, number] of each. */
const parts = (wanted: Wanted, ...headers: readonly (readonly [number, number, number])[]) =>
  submits(wanted, (asked) =>
    headers.map((header, at) =>
      submitPdu(asked, at + 2, {
        esm_class: USER_DATA_HEADER,
        short_message: Buffer.from([5, 0, 3, ...header, ...Buffer.from(`part ${header[2]}`)]),
      }),
    ),
  );

const header = (octets: readonly number[]): MessageFields => ({
  esm_class: USER_DATA_HEADER,
  short_message: Buffer.from([...octets, ...Buffer.from('and a text')]),
});

/** A submit_sm whose sm_length is not that of its text. */
function withTextLength(bytes: Buffer, length: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - SM_LENGTH_FROM_END] = length;
  return copy;
}

/** A submit_sm with octets of the caller's making behind it. */
const tailed = (tail: Buffer) => (asked: Asked) => [withTail(submitPdu(asked, 2), tail)];

interface Row {
  readonly name: string;
  readonly does: string;
  readonly sound: string;
  plan(asked: Asked): readonly Step[];
}

const rows: readonly Row[] = [
  {
    name: 'header-longer-than-its-text',
    does: 'Sends a user data header that says it is longer than the text it stands in.',
    sound: 'Refuses the message.',
    plan: one('refused', header([200, 0, 3, 1, 2, 1])),
  },
  {
    name: 'header-element-too-long',
    does: 'Sends a user data header with an element that reaches beyond the header.',
    sound: 'Refuses the message.',
    plan: one('refused', header([5, 0, 90, 1, 2, 1])),
  },
  {
    name: 'header-announced-and-absent',
    does: 'Says in esm_class that there is a user data header, where there is a text and none.',
    sound: 'Refuses the message.',
    plan: one('refused', { esm_class: USER_DATA_HEADER }),
  },
  {
    name: 'part-beyond-the-total',
    does: 'Sends part 3 of 2.',
    sound: 'Refuses it, or passes it on as it is; it does not wait for parts that cannot come.',
    plan: parts('any', [7, 2, 3]),
  },
  {
    name: 'part-zero',
    does: 'Sends part 0 of 0.',
    sound: 'Refuses it, or passes it on as it is.',
    plan: parts('any', [7, 0, 0]),
  },
  {
    name: 'parts-in-the-wrong-order',
    does: 'Sends the parts of a long message as 3, 1, 2.',
    sound: 'Takes each: the handset puts them in order.',
    plan: parts('any', [8, 3, 3], [8, 3, 1], [8, 3, 2]),
  },
  {
    name: 'parts-that-contradict',
    does: 'Sends parts of one reference with different totals, and one of them twice.',
    sound: 'Takes or refuses each by itself.',
    plan: parts('any', [9, 2, 1], [9, 3, 2], [9, 2, 1]),
  },
  {
    name: 'sar-part-beyond-the-total',
    does: 'Sends segment 9 of 2 with the sar_* TLVs.',
    sound: 'Refuses it, or passes it on as it is.',
    plan: submits('any', (asked) => [
      submitPdu(asked, 2, {}, { tlvs: { sar_msg_ref_num: 1, sar_total_segments: 2, sar_segment_seqnum: 9 } }),
    ]),
  },
  {
    name: 'sar-of-a-wrong-length',
    does: 'Sends a sar_total_segments of three octets.',
    sound: 'Refuses the message.',
    plan: submits(
      'refused',
      tailed(
        Buffer.concat([
          tlv(tlvs.sar_msg_ref_num.tag, Buffer.from([0, 1])),
          tlv(tlvs.sar_total_segments.tag, Buffer.from([2, 0, 0])),
          tlv(tlvs.sar_segment_seqnum.tag, Buffer.from([1])),
        ]),
      ),
    ),
  },
  {
    name: 'little-endian-ucs2',
    does: 'Sends UCS-2 with the low octet first.',
    sound: 'Passes it on as it is, or refuses it; it cannot know, and does not guess in silence.',
    plan: one('any', { data_coding: UCS2, short_message: Buffer.from('Grüße', 'utf16le') }),
  },
  {
    name: 'byte-order-mark',
    does: 'Begins a UCS-2 text with a byte order mark, of either order.',
    sound: 'Passes each on or refuses it; no octet of the text changes.',
    plan: submits('any', (asked) => [
      submitPdu(asked, 2, { data_coding: UCS2, short_message: utf16be('\ufeffhello') }),
      submitPdu(asked, 3, { data_coding: UCS2, short_message: Buffer.from('\ufeffhello', 'utf16le') }),
    ]),
  },
  {
    name: 'half-a-character',
    does: 'Sends UCS-2 with an odd number of octets.',
    sound: 'Refuses the message.',
    plan: one('refused', { data_coding: UCS2, short_message: Buffer.from([0, 0x41, 0]) }),
  },
  {
    name: 'half-a-surrogate',
    does: 'Sends UCS-2 that ends within a surrogate pair.',
    sound: 'Passes it on as it is, or refuses it.',
    plan: one('any', { data_coding: UCS2, short_message: Buffer.from([0, 0x41, 0xd8, 0x3d]) }),
  },
  {
    name: 'reserved-data-coding',
    does: 'Sends a data_coding that is reserved.',
    sound: 'Refuses the message, or passes it on as binary.',
    plan: one('any', { data_coding: RESERVED_CODING }),
  },
  {
    name: 'octets-without-a-character',
    does: 'Sends octets above 127 in the default alphabet, which has none.',
    sound: 'Refuses the message, or passes it on as it is.',
    plan: one('any', { short_message: Buffer.from([0xff, 0x80, 0xfe]) }),
  },
  {
    name: 'nonsense-ton-npi',
    does: 'Sends type and plan of the numbers as 99 and 77.',
    sound: 'Reads the addresses as they are, or refuses them.',
    plan: one('any', { source_addr_ton: 99, source_addr_npi: 77, dest_addr_ton: 99, dest_addr_npi: 77 }),
  },
  {
    name: 'no-number',
    does: 'Sends to an address that is no number.',
    sound: 'Refuses it with ESME_RINVDSTADR.',
    plan: one(['ESME_RINVDSTADR'], { destination_addr: 'nobody at all' }),
  },
  {
    name: 'foreign-sender',
    does: 'Sends from a sender that is not its own.',
    sound: 'Refuses it with ESME_RINVSRCADR.',
    plan: one(['ESME_RINVSRCADR'], { source_addr: '99999' }),
  },
  {
    name: 'text-longer-than-the-pdu',
    does: 'Sends an sm_length of 200 with five octets of text.',
    sound: 'Refuses it; it does not read on into the next PDU.',
    plan: submits('refused', (asked) => [withTextLength(submitPdu(asked, 2), 200)]),
  },
  {
    name: 'text-shorter-than-the-pdu',
    does: 'Sends an sm_length of 2 with five octets of text: the rest is no TLV.',
    sound: 'Refuses it with a status for broken optional parameters.',
    plan: submits('refused', (asked) => [withTextLength(submitPdu(asked, 2), 2)]),
  },
  {
    name: 'text-and-payload',
    does: 'Sends a text in short_message and another in message_payload.',
    sound: 'Refuses it: SMPP 3.4 §5.3.2.32 allows one of them.',
    plan: submits('refused', (asked) => [
      submitPdu(asked, 2, {}, { tlvs: { message_payload: Buffer.from('another') } }),
    ]),
  },
  {
    name: 'payload-of-64-kib',
    does: 'Sends a message_payload of 65,535 octets.',
    sound: 'Refuses it, or cuts it into parts; it stays within its limits.',
    plan: submits('any', (asked) => [
      submitPdu(
        asked,
        2,
        { short_message: Buffer.alloc(0) },
        { tlvs: { message_payload: Buffer.alloc(65_535, 'long ') } },
      ),
    ]),
  },
  {
    name: 'empty-text',
    does: 'Sends a message without a text.',
    sound: 'Refuses it, or sends an empty message.',
    plan: one('any', { short_message: Buffer.alloc(0) }),
  },
  {
    name: 'tlv-beyond-the-pdu',
    does: 'Sends a TLV whose length reaches beyond the PDU.',
    sound: 'Refuses it.',
    plan: submits('refused', tailed(tlv(0x1400, Buffer.from('vendor'), 600))),
  },
  {
    name: 'half-a-tlv',
    does: 'Sends a PDU that ends within the header of a TLV.',
    sound: 'Refuses it.',
    plan: submits('refused', tailed(Buffer.from([0x02, 0x04, 0x00]))),
  },
  {
    name: 'thousands-of-tlvs',
    does: 'Sends a message with two thousand TLVs that nobody knows.',
    sound: 'Refuses it, or passes over them; others do not notice.',
    plan: submits(
      'any',
      tailed(Buffer.concat(Array.from({ length: UNKNOWN_TLVS }, () => tlv(0x1401, Buffer.from([1]))))),
    ),
  },
  {
    name: 'times-that-are-none',
    does: 'Sends a schedule_delivery_time and a validity_period that are no times.',
    sound: 'Refuses each.',
    plan: submits('refused', (asked) => [
      submitPdu(asked, 2, { schedule_delivery_time: 'tomorrow' }),
      submitPdu(asked, 3, { validity_period: '991399999999999+' }),
    ]),
  },
  {
    name: 'address-without-end',
    does: 'Sends a source address without its NUL.',
    sound: 'Refuses it; it does not read on into the next field.',
    plan: submits('refused', (asked) => {
      const bytes = pdu('submit_sm', { source_addr: 'x'.repeat(20), destination_addr: asked.to }, { sequence: 2 });
      return [Buffer.from(bytes).fill('x', bytes.indexOf('x'), bytes.indexOf('x') + 24)];
    }),
  },
];

/** The session is sound, and what it submits is not. Whatever the answer is, the session goes on. */
export const inMessages: readonly Misbehaviour[] = rows.map((row) => ({ ...row, end: 'open' }));
