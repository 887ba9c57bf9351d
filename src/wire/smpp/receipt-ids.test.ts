import assert from 'node:assert/strict';
import { test } from 'node:test';
import { receiptIdPairs } from '../../../test/support/receipt-variants.ts';
import { ID_VARIANTS_MAX, receiptIdVariants } from './receipt-ids.ts';

for (const [receipt, answer] of receiptIdPairs) {
  test(`${receipt} may have been answered as ${answer}`, () => {
    assert.ok(receiptIdVariants(receipt).includes(answer));
  });
}

test('an id has few variants, and none is the id itself or comes twice', () => {
  const ids = ['', '0', '000', '42', 'a', 'F', '0f', 'ffffffff', '4294967295', 'Zz', 'x'.repeat(64), '9'.repeat(64)];
  for (const id of [...ids, ...receiptIdPairs.flat()]) {
    const variants = receiptIdVariants(id);
    assert.ok(variants.length <= ID_VARIANTS_MAX);
    assert.ok(!variants.includes(id));
    assert.equal(new Set(variants).size, variants.length);
  }
});

test('what is no number is written in another case alone, and what has no case in no other way', () => {
  assert.deepEqual(receiptIdVariants('Msg_1'), ['msg_1', 'MSG_1']);
  assert.deepEqual(receiptIdVariants('6C7C7DE28BB3E961947700000000FE37'), ['6c7c7de28bb3e961947700000000fe37']);
  assert.deepEqual(receiptIdVariants('9'.repeat(21)), []);
});
