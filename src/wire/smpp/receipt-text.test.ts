import assert from 'node:assert/strict';
import { test } from 'node:test';
import { receiptForms } from '../../../test/support/receipt-variants.ts';
import { formatReceipt, parseReceipt, type ReceiptState, receiptStateOf, receiptStates } from './receipt-text.ts';

const submittedAtMs = Date.UTC(2026, 0, 2, 3, 4);
const doneAtMs = Date.UTC(2026, 0, 2, 3, 5);
const fields = { messageId: '01a2b3', submittedAtMs, doneAtMs, state: 'DELIVRD', error: '000', text: '' } as const;
const usual =
  'id:01a2b3 sub:001 dlvrd:001 submit date:2601020304 done date:2601020305 stat:DELIVRD err:000 text:Your code is';
const expected = { messageId: '01a2b3', state: 'DELIVRD', error: '000', doneAtMs };

const parse = (text: string) => parseReceipt(Buffer.from(text, 'latin1'));

test('a receipt is written as appendix B has it', () => {
  assert.equal(formatReceipt({ ...fields, text: 'Your code is' }), usual);
  assert.match(formatReceipt({ ...fields, state: 'UNDELIV', error: '7' }), / dlvrd:000 .* stat:UNDELIV err:007 text:$/);
  assert.match(formatReceipt({ ...fields, text: 'Ünï\n😀 and more than twenty' }), / text:\?n\?\?\?\? and more than\b/);
});

test('every state is written, read and numbered alike', () => {
  const numbers: Record<ReceiptState, number> = {
    SCHEDULED: 0,
    ENROUTE: 1,
    DELIVRD: 2,
    EXPIRED: 3,
    DELETED: 4,
    UNDELIV: 5,
    ACCEPTD: 6,
    UNKNOWN: 7,
    REJECTD: 8,
  };
  for (const [state, number] of Object.entries(numbers) as [ReceiptState, number][]) {
    assert.deepEqual(parse(formatReceipt({ ...fields, state })), { ...expected, state });
    assert.equal(receiptStates[state].number, number);
    assert.equal(receiptStateOf(number), state);
  }
  assert.deepEqual(Object.keys(receiptStates), Object.keys(numbers));
  assert.equal(receiptStateOf(9), 'UNDELIV');
  assert.equal(receiptStateOf(10), null);
});

for (const [name, form] of Object.entries(receiptForms)) {
  test(`read: ${name}`, () => assert.deepEqual(parse(form(usual, '01a2b3')), expected));
}

test('missing and empty fields are null', () => {
  const bare = { ...expected, error: null, doneAtMs: null };
  assert.deepEqual(parse('id:01a2b3 stat:DELIVRD'), bare);
  assert.deepEqual(parse('id:01a2b3 stat:DELIVRD err: text:'), bare);
  assert.deepEqual(parse('id:01a2b3 stat:DELIVRD err: done date:2601020305'), { ...bare, doneAtMs });
  assert.deepEqual(parse('id:01a2b3 err: submit date:2601020304 done date: stat:DELIVRD'), bare);
  assert.deepEqual(parse(`id:01a2b3 stat:DELIVRD err:${'1'.repeat(17)}`), bare);
});

test('the first and the last day of a month are dates', () => {
  for (const [date, moment] of [
    ['2603010305', '2026-03-01T03:05:00Z'],
    ['2603310305', '2026-03-31T03:05:00Z'],
    ['2802290305', '2028-02-29T03:05:00Z'],
    ['2601022359', '2026-01-02T23:59:00Z'],
  ] as const) {
    assert.equal(parse(`id:1 done date:${date} stat:DELIVRD`)?.doneAtMs, Date.parse(moment), date);
  }
});

test('a date that is none is null', () => {
  const dates = [
    '',
    '0',
    '260102030',
    '26010203055',
    '2613020305',
    '2600020305',
    '2601000305',
    '2601320305',
    '2602300305',
  ];
  const more = [
    '2601022405',
    '2601020360',
    '260102030560',
    '26o1020305',
    '260102030500000',
    '2601-02-03',
    'NaN',
    '000000000100000R',
    '26010203/5',
    '260102030:',
  ];
  for (const date of [...dates, ...more]) {
    assert.equal(parse(`id:1 done date:${date} stat:DELIVRD`)?.doneAtMs, null, date);
  }
});

test('an error is taken as it stands', () => {
  for (const error of ['0', '000', '0000', '1F', 'EC_ABSENT', '-1', '0x64'])
    assert.equal(parse(`id:1 stat:UNDELIV err:${error} text:`)?.error, error);
});

test('a receipt names the state it has, whatever the words of its vendor', () => {
  const words = {
    FAILED: 'UNDELIV',
    Rejected: 'REJECTD',
    expired: 'EXPIRED',
    QUEUED: 'ENROUTE',
    5: 'UNDELIV',
    0: 'SCHEDULED',
  };
  for (const [word, state] of Object.entries(words)) assert.equal(parse(`id:1 stat:${word}`)?.state, state);
  assert.equal(parse('id:1 stat:10'), null);
});

test('an id is taken as it stands', () => {
  for (const id of ['0', '00042', 'DEADbeef', 'a-b_c.d', 'a:b', 'x'.repeat(64)]) {
    assert.equal(parse(`id:${id} stat:DELIVRD`)?.messageId, id);
  }
});

test('what is no receipt is null', () => {
  const texts = {
    empty: '',
    'a message': 'See you at 10:30?',
    'no id': usual.replace('id:01a2b3 ', ''),
    'an empty id': usual.replace('01a2b3', ''),
    'a long id': usual.replace('01a2b3', 'x'.repeat(65)),
    'no state': usual.replace('stat:DELIVRD ', ''),
    'a state nobody knows': usual.replace('DELIVRD', 'LOST'),
    'a state of the prototype': usual.replace('DELIVRD', 'constructor'),
    'a state in the text only': 'id:1 text:stat:DELIVRD',
    'a state without its key, in the text': 'id:1 err:000 text:DELIVRD',
    'a longer key': usual.replace('stat:', 'substat:'),
    'past the first 512 octets': `${' '.repeat(512)}${usual}`,
    colons: ':'.repeat(70_000),
    'spaces and colons': ' :'.repeat(35_000),
  };
  for (const [why, text] of Object.entries(texts)) assert.equal(parse(text), null, why);
});

test('whatever happens to an octet, the answer is a receipt with an id and a state or none', () => {
  const octets = Buffer.from(usual);
  let read = 0;
  for (let at = 0; at < octets.length; at++) {
    for (const value of [0x00, 0x20, 0x3a, 0x41, 0x7f, 0xff]) {
      const altered = Buffer.from(octets);
      altered[at] = value;
      const receipt = parseReceipt(altered);
      if (receipt === null) continue;
      read++;
      assert.ok(receipt.messageId.length > 0 && receipt.state in receiptStates);
    }
    assert.equal(parseReceipt(octets.subarray(0, at)) === null, at < usual.indexOf(' err'), `cut at ${at}`);
  }
  assert.ok(read > octets.length);
});
