import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { joinTlvs, splitTlvs, tlvOctets } from './raw-tlvs.ts';

const list = [
  { tag: 0x1400, value: Buffer.from('vendor') },
  { tag: 0x130c, value: Buffer.alloc(0) },
  { tag: 0x1400, value: Buffer.alloc(300, 7) },
];

describe('TLVs in the form of the wire', () => {
  it('come back in their order, those that are repeated too', () => {
    const joined = joinTlvs(list)!;
    assert.equal(joined.length, tlvOctets(list));
    assert.deepEqual(splitTlvs(joined), list);
  });

  it('are nothing where there are none', () => {
    assert.equal(joinTlvs([]), null);
    assert.deepEqual(splitTlvs(Buffer.alloc(0)), []);
  });

  it('end before one that is cut short', () => {
    const joined = joinTlvs(list)!;
    for (let end = 0; end < joined.length; end++) {
      const found = splitTlvs(joined.subarray(0, end));
      assert.deepEqual(found, list.slice(0, found.length));
    }
  });
});
