import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examplePdus } from '../../../test/support/examples.ts';
import { bytesOf, written } from '../../../test/support/pdu-bytes.ts';
import { decode, isDecodeFault } from './decode.ts';
import type { DecodeFault } from './fields.ts';
import { HEADER_BYTES } from './header.ts';
import { MessageView } from './message-view.ts';
import { outgoingMessage } from './pdu-writer.ts';
import { type StatusName, statuses, statusName } from './statuses.ts';

const SOUND = { ...outgoingMessage(), source: '72345', destination: '12025550143', text: 'hello' };
const SOURCE_AT = HEADER_BYTES + 3;
const LONG = Buffer.alloc(30, 'x');

const sound = () => written((out) => out.submitSm(1, SOUND));
const splice = (at: number, removed: number, inserted: Buffer) => {
  const bytes = sound();
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)]);
};
const withTlv = (...octets: number[]) => Buffer.concat([sound(), Buffer.from(octets)]);

const TEXT_AT = sound().indexOf('hello');
const broken: readonly [string, Buffer, string, StatusName][] = [
  ['service_type is too long', splice(HEADER_BYTES, 0, LONG), 'service_type', 'ESME_RINVSERTYP'],
  ['source_addr is too long', splice(SOURCE_AT, 0, LONG), 'source_addr', 'ESME_RINVSRCADR'],
  ['destination_addr is too long', splice(SOURCE_AT + 8, 0, LONG), 'destination_addr', 'ESME_RINVDSTADR'],
  ['schedule_delivery_time is too long', splice(TEXT_AT - 7, 0, LONG), 'schedule_delivery_time', 'ESME_RINVSCHED'],
  ['validity_period is too long', splice(TEXT_AT - 6, 0, LONG), 'validity_period', 'ESME_RINVEXPIRY'],
  ['the PDU ends in source_addr', sound().subarray(0, SOURCE_AT + 2), 'source_addr', 'ESME_RINVSRCADR'],
  ['sm_length goes beyond the PDU', splice(TEXT_AT - 1, 1, Buffer.from([200])), 'short_message', 'ESME_RINVMSGLEN'],
  ['a TLV goes beyond the PDU', withTlv(0x14, 0, 0, 9, 1), 'optional_parameters', 'ESME_RINVOPTPARSTREAM'],
  ['a TLV has half a header', withTlv(0x14, 0, 0), 'optional_parameters', 'ESME_RINVOPTPARSTREAM'],
];

const about = (fault: DecodeFault | null) => fault && { field: fault.field, status: fault.status };

for (const [title, bytes, field, status] of broken) {
  test(`${title}: the field and the status to answer are named`, () => {
    const expected = { field, status: statuses[status].value };
    const decoded = decode(bytes, 0, bytes.length);
    assert.ok(isDecodeFault(decoded));
    assert.deepEqual(about(decoded), expected);
    assert.deepEqual(about(new MessageView().read(bytes, 0, bytes.length)), expected);
  });
}

test('a text of 255 octets is read, as SMPP 5.0 §4.2.2.1 allows', () => {
  const bytes = splice(TEXT_AT - 1, 6, Buffer.concat([Buffer.from([255]), Buffer.alloc(255, 'x')]));
  const view = new MessageView();
  assert.equal(view.read(bytes, 0, bytes.length), null);
  assert.equal(view.textBytes, 255);
  assert.ok(!isDecodeFault(decode(bytes, 0, bytes.length)));
});

test('a TLV of the wrong length is refused by the table', () => {
  const bytes = withTlv(0x04, 0x27, 0, 2, 1, 1);
  assert.deepEqual(decode(bytes, 0, bytes.length), {
    kind: 'decode-fault',
    field: 'message_state',
    status: statuses.ESME_RINVPARLEN.value,
  });
});

test('a receipted_message_id without its NUL is read', () => {
  const bytes = withTlv(0x00, 0x1e, 0, 2, 0x41, 0x42);
  const pdu = decode(bytes, 0, bytes.length);
  assert.ok(!isDecodeFault(pdu));
  assert.equal(pdu.tlvs.receipted_message_id, 'AB');
});

test('short_message and message_payload together are refused', () => {
  const bytes = withTlv(0x04, 0x24, 0, 1, 0x41);
  assert.equal(new MessageView().read(bytes, 0, bytes.length)?.status, statuses.ESME_RINVMSGLEN.value);
});

test('an unknown command_id is a fault', () => {
  const bytes = sound();
  bytes.writeUInt32BE(0x99, 4);
  assert.ok(isDecodeFault(decode(bytes, 0, bytes.length)));
});

for (const example of examplePdus) {
  test(`${example.title}: cut off anywhere, it is a fault or a shorter PDU, and nothing beyond is read`, () => {
    const whole = bytesOf(example);
    for (let length = HEADER_BYTES; length < whole.length; length++) {
      const alone = Buffer.from(whole.subarray(0, length));
      assert.deepEqual(decode(whole, 0, length), decode(alone, 0, length));
    }
  });
}

/** What a length or a count may be made into. */
const WRONG = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff];

for (const example of examplePdus) {
  test(`${example.title}: with any octet as a wrong length, the answer is a status of SMPP or a PDU no longer than it`, () => {
    const whole = bytesOf(example);
    for (let at = HEADER_BYTES; at < Math.min(whole.length, 400); at++) {
      for (const value of WRONG) {
        const bytes = Buffer.from(whole);
        bytes[at] = value;
        const result = decode(bytes, 0, bytes.length);
        if (isDecodeFault(result)) assert.notEqual(statusName(result.status), null);
        else assert.ok(bytesOf({ ...result, title: '' }).length <= whole.length + 1);
      }
    }
  });
}

const multi = (body: Buffer) => {
  const bytes = written((out) => out.write('submit_multi', 0, 1, { dest_address: [{ dest_flag: 2, dl_name: '' }] }));
  return Buffer.concat([bytes.subarray(0, HEADER_BYTES + 4), body]);
};
const destinations: readonly [string, Buffer, string, StatusName][] = [
  ['no destinations', Buffer.from([0]), 'dest_address', 'ESME_RINVNUMDESTS'],
  ['a destination of no kind', Buffer.from([1, 3]), 'dest_flag', 'ESME_RINVDESTFLAG'],
  ['fewer destinations than it counts', Buffer.from([2, 2, 0x41, 0]), 'dest_flag', 'ESME_RINVCMDLEN'],
  ['an address that is too long', Buffer.from([1, 1, 1, 1, ...LONG]), 'destination_addr', 'ESME_RINVDSTADR'],
  ['a name that is too long', Buffer.from([1, 2, ...LONG]), 'dl_name', 'ESME_RINVDLNAME'],
  ['nothing behind its sender', Buffer.alloc(0), 'dest_address', 'ESME_RINVCMDLEN'],
];

for (const [title, body, field, status] of destinations) {
  test(`a submit_multi with ${title}: the field and the status to answer are named`, () => {
    const bytes = multi(body);
    const decoded = decode(bytes, 0, bytes.length);
    assert.ok(isDecodeFault(decoded));
    assert.deepEqual(about(decoded), { field, status: statuses[status].value });
  });
}

const DATA = { ...SOUND, source: 's'.repeat(64), destination: 'd'.repeat(64) };
const dataBytes = written((out) => out.dataSm(1, DATA));
const DATA_SOURCE_AT = HEADER_BYTES + 3;
const dataWith = (at: number, inserted: Buffer) =>
  Buffer.concat([dataBytes.subarray(0, at), inserted, dataBytes.subarray(at)]);
const brokenData: readonly [string, Buffer, string, StatusName][] = [
  ['service_type is too long', dataWith(HEADER_BYTES, LONG), 'service_type', 'ESME_RINVSERTYP'],
  ['source_addr has 65 octets', dataWith(DATA_SOURCE_AT, Buffer.from('x')), 'source_addr', 'ESME_RINVSRCADR'],
  [
    'destination_addr has 65 octets',
    dataWith(DATA_SOURCE_AT + 67, Buffer.from('x')),
    'destination_addr',
    'ESME_RINVDSTADR',
  ],
  ['it ends in its TLV', dataBytes.subarray(0, -1), 'optional_parameters', 'ESME_RINVOPTPARSTREAM'],
];

for (const [title, bytes, field, status] of brokenData) {
  test(`a data_sm: ${title}: the field and the status to answer are named`, () => {
    const expected = { field, status: statuses[status].value };
    const decoded = decode(bytes, 0, bytes.length);
    assert.ok(isDecodeFault(decoded));
    assert.deepEqual(about(decoded), expected);
    assert.deepEqual(about(new MessageView().readData(bytes, 0, bytes.length)), expected);
  });
}

test('a data_sm that ends in its flags has the wrong length', () => {
  const bytes = dataBytes.subarray(0, dataBytes.length - 4 - SOUND.text.length - 1);
  assert.equal(new MessageView().readData(bytes, 0, bytes.length)?.status, statuses.ESME_RINVCMDLEN.value);
});

/** A linear congruential generator: the same octets in every run. */
function* octetsFrom(seed: number): Generator<number, never> {
  for (let state = seed; ; state = (Math.imul(state, 1664525) + 1013904223) >>> 0) yield state >>> 24;
}

test('the view and the table agree on 20,000 damaged messages', () => {
  const chance = octetsFrom(20260101);
  const view = new MessageView();
  const messages = examplePdus.filter(({ command }) => command === 'submit_sm').map(bytesOf);
  let sounds = 0;
  for (let round = 0; round < 20_000; round++) {
    const bytes = Buffer.from(messages[round % messages.length]!);
    const from = HEADER_BYTES + ((chance.next().value * 256 + chance.next().value) % (bytes.length - HEADER_BYTES));
    bytes[from] = chance.next().value;
    const fault = view.read(bytes, 0, bytes.length);
    const decoded = decode(bytes, 0, bytes.length);
    if (fault === null && !isDecodeFault(decoded)) {
      sounds++;
      assert.ok(decoded.command === 'submit_sm');
      assert.equal(view.destination, decoded.fields.destination_addr);
    } else if (isDecodeFault(decoded) && decoded.status !== statuses.ESME_RINVPARLEN.value) {
      assert.equal(fault?.status, decoded.status);
    }
  }
  assert.ok(sounds > 1000 && sounds < 20_000);
});
