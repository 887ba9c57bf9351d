import assert from 'node:assert/strict';
import { readReceipt } from '../../src/carriers/smpp/receipts.ts';
import { pdu } from '../../src/simulator/octets.ts';
import { receiptForms, receiptOf } from '../../src/simulator/smsc/receipt.ts';
import { MessageView } from '../../src/wire/smpp/message-view.ts';
import { ID_VARIANTS_MAX, receiptIdVariants } from '../../src/wire/smpp/receipt-ids.ts';
import { formatReceipt, parseReceipt, receiptStates } from '../../src/wire/smpp/receipt-text.ts';
import { type Target, words } from '../target.ts';

const ID_LENGTH_MAX = 64;
const TEXT_MAX = 254;
const AT_MS = Date.UTC(2030, 0, 2, 3, 4);
const view = new MessageView();
const states = Object.keys(receiptStates) as (keyof typeof receiptStates)[];

/** What is read of a text is written and read again as the same, and a deliver_sm with it is read without fail. */
export const receipt: Target = {
  name: 'receipt',
  modules: /src\/(?:wire\/smpp\/receipt-(?:text|ids)|carriers\/smpp\/receipts)\.ts$/,
  maxBytes: 600,
  dictionary: words(
    ...states,
    'id:',
    'sub:',
    'dlvrd:',
    'submit date:',
    'done date:',
    'stat:',
    'err:',
    'text:',
    'Text:',
    ' ',
    ':',
    '\0',
    '2601010000',
    '202601010000',
    '20260101000000',
    '260101000060',
    'delivered',
    'ID:',
    'Stat:',
    '000',
    '0x1F',
    '00123',
  ),
  seeds: () =>
    receiptForms.flatMap((form) =>
      states.map((state) => Buffer.from(receiptOf({ id: 'sim-1', state, atMs: AT_MS }, form).text, 'latin1')),
    ),
  run(input) {
    const read = parseReceipt(input);
    readWhole(input.subarray(0, TEXT_MAX));
    if (read === null) return;
    const { messageId, state, error, doneAtMs } = read;
    assert.ok(messageId.length > 0 && messageId.length <= ID_LENGTH_MAX);
    assert.ok(doneAtMs === null || Number.isSafeInteger(doneAtMs));
    const variants = receiptIdVariants(messageId);
    assert.ok(variants.length <= ID_VARIANTS_MAX && new Set(variants).size === variants.length);
    if (messageId.includes(':')) return;
    const text = formatReceipt({
      messageId,
      submittedAtMs: AT_MS,
      doneAtMs: doneAtMs ?? AT_MS,
      state,
      error: error ?? '',
      text: '',
    });
    const again = parseReceipt(Buffer.from(text, 'latin1'));
    assert.deepEqual([again?.messageId, again?.state], [messageId, state]);
  },
};

function readWhole(text: Buffer): void {
  const bytes = pdu('deliver_sm', {
    source_addr: '12025550143',
    destination_addr: '10666',
    esm_class: 4,
    short_message: text,
  });
  assert.equal(view.read(bytes, 0, bytes.length), null);
  const found = readReceipt(view);
  assert.ok(found === null || Number.isSafeInteger(found.code));
}
