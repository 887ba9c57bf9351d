import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ID_VARIANTS_MAX, receiptIdVariants } from './receipt-ids.ts';

/** What a receipt says, and what the submit_sm_resp had said. */
const pairs: readonly (readonly [receipt: string, answer: string])[] = [
  ['0489708364', '1d305b4c'],
  ['489708364', '1D305B4C'],
  ['1D305B4C', '489708364'],
  ['1d305b4c', '0489708364'],
  ['00BBA622', 'BBA622'],
  ['BBA622', '00BBA622'],
  ['12297762', '00bba622'],
  ['0000000042', '42'],
  [`${'0'.repeat(30)}42`, '42'],
  [`${'0'.repeat(30)}42`, '2a'],
  [`${'0'.repeat(50)}1EA`, '490'],
  ['479ab700', '479AB700'],
  ['12345678', '305419896'],
  ['18446744073709551615', 'ffffffffffffffff'],
  ['FFFFFFFFFFFFFFFF', '18446744073709551615'],
  ['01890A5D-AC96-774B-BCCE-B302099A8057', '01890a5d-ac96-774b-bcce-b302099a8057'],
];

for (const [receipt, answer] of pairs) {
  test(`${receipt} may have been answered as ${answer}`, () => {
    assert.ok(receiptIdVariants(receipt).includes(answer));
  });
}

test('an id has few variants, and none is the id itself or comes twice', () => {
  const ids = ['', '0', '000', '42', 'a', 'F', '0f', 'ffffffff', '4294967295', 'Zz', 'x'.repeat(64), '9'.repeat(64)];
  for (const id of [...ids, ...pairs.flat()]) {
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
