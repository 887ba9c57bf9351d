import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headed, inboundPart, placed } from '../../../test/support/inbound-pieces.ts';
import { splitTlvs } from '../../wire/smpp/raw-tlvs.ts';
import { numberOf, partOf, withoutPlace, withPlace } from './numbered.ts';

const place = { reference: 0x1234, total: 3, number: 2 };
const vendor = Buffer.from('1400000141', 'hex');
const raw = (header: string) => inboundPart({ hasHeader: true, octets: Buffer.from(header, 'hex') });

describe('the number of a part', () => {
  it('is read from a header with a reference of 8 or 16 bits, and from TLVs', () => {
    assert.deepEqual(numberOf(headed('a', [1, 2])), { numbering: 8, reference: 7, total: 2, number: 1 });
    const wide = headed('a', [2, 2, 0x1234], { isWide: true });
    assert.deepEqual(numberOf(wide), { numbering: 16, reference: 0x1234, total: 2, number: 2 });
    assert.deepEqual(numberOf(placed('a', place)), { numbering: 0, ...place });
  });

  it('is that of the header where both have one', () => {
    assert.equal(numberOf(headed('a', [1, 2], { place }))?.numbering, 8);
  });

  const none = {
    'a message without a header': inboundPart(),
    'the only part of one': headed('a', [1, 1]),
    'the same by TLVs': placed('a', { reference: 1, total: 1, number: 1 }),
    'part 0': raw('050003070200 41'.replace(' ', '')),
    'part 3 of 2': raw('05000307020341'),
    'one of no parts': raw('05000307000141'),
    'a number of the wrong length': raw('040002070241'),
    'a header longer than its message': raw('ff00030702'),
    'a header that is cut short': raw('0300030741'),
    'a header of nothing': raw(''),
    'two numbers that contradict each other': raw('0b000307020108040007030141'),
    'a part that is longer than an SMS': headed('x'.repeat(249), [1, 2]),
  };
  for (const [name, part] of Object.entries(none)) {
    it(`is none for ${name}`, () => assert.equal(numberOf(part), null));
  }

  it('is told of a part that is handed on alone, and of nothing else', () => {
    assert.deepEqual(partOf(headed('a', [1, 2])), { reference: 7, total: 2, number: 1 });
    assert.deepEqual(partOf(withPlace(placed('a', place))), place);
    for (const part of Object.values(none))
      assert.equal(part.octets.length > 254 ? null : partOf(withPlace(part)), null);
  });

  it('stays with a part that is kept, in the TLVs it came in, and goes from the whole', () => {
    const kept = withPlace(placed('a', place, { tlvs: vendor }));
    assert.deepEqual(
      splitTlvs(kept.tlvs!).map(({ tag, value }) => [tag, value.toString('hex')]),
      [
        [0x1400, '41'],
        [0x020c, '1234'],
        [0x020e, '03'],
        [0x020f, '02'],
      ],
    );
    assert.equal(kept.place, null);
    assert.deepEqual(withoutPlace(kept.tlvs), vendor);
    assert.equal(withoutPlace(withPlace(placed('a', place)).tlvs), null);
    const plain = headed('a', [1, 2]);
    assert.equal(withPlace(plain), plain);
  });
});
