import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasExtras, packExtras, unpackExtras } from './extras.ts';

const octets = Buffer.from('hello');
const tlvs = Buffer.from('1400000141', 'hex');

describe('what goes with the octets of a message', () => {
  it('is nothing for a plain one', () => {
    assert.equal(hasExtras({ protocolId: 0, tlvs: null }), false);
  });

  for (const extras of [
    { protocolId: 0x7f, tlvs: null },
    { protocolId: 0, tlvs },
    { protocolId: 0xff, tlvs: Buffer.alloc(0xffff, 1) },
  ]) {
    it(`comes back as it was: protocol_id ${extras.protocolId}, ${extras.tlvs?.length ?? 0} octets of TLVs`, () => {
      assert.equal(hasExtras(extras), true);
      for (const text of [octets, Buffer.alloc(0)]) {
        assert.deepEqual(unpackExtras(packExtras(extras, text)), { ...extras, octets: text });
      }
    });
  }

  it('is not read from what it does not begin', () => {
    for (const body of [Buffer.alloc(0), octets, Buffer.of(1, 0, 0, 1), Buffer.of(2, 0, 0, 0)]) {
      assert.throws(() => unpackExtras(body), { name: 'BrokenInvariant' });
    }
  });
});
