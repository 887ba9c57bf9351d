import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headed, inboundPart, placed } from '../../../test/support/inbound-pieces.ts';
import { decodeText } from '../../wire/text/encode.ts';
import { encodeGsm7 } from '../../wire/text/gsm7.ts';
import { readHeader } from '../../wire/text/user-data-header.ts';
import { join } from './join.ts';
import { withPlace } from './numbered.ts';

const ucs2 = (text: string) => Buffer.from(text, 'utf16le').swap16();
const TURKISH = Buffer.from('240101', 'hex');
const PORTS = Buffer.from('05040b8423f0', 'hex');
const turkish = (text: string) => encodeGsm7(text, { locking: 'default', single: 'turkish' })!;

describe('the parts of a message are joined', () => {
  it('from headers: their text is one, and no header is left', () => {
    const whole = join([headed('Hello ', [1, 3]), headed('big ', [2, 3]), headed('world', [3, 3])]);
    assert.deepEqual(whole, {
      octets: Buffer.from('Hello big world'),
      dataCoding: 0,
      hasHeader: false,
      protocolId: 0,
      tlvs: null,
    });
  });

  it('from TLVs, with what else came with the first', () => {
    const tlvs = Buffer.from('1400000141', 'hex');
    const parts = [1, 2].map((number) =>
      placed(`${number}`, { reference: 1, total: 2, number }, { tlvs, protocolId: 3 }),
    );
    assert.deepEqual(join(parts.map(withPlace)), {
      octets: Buffer.from('12'),
      dataCoding: 0,
      hasHeader: false,
      protocolId: 3,
      tlvs,
    });
  });

  it('where a pair of surrogates or an escape is cut between them', () => {
    const [high, low] = [ucs2('😀').subarray(0, 2), ucs2('😀').subarray(2)];
    const about = { dataCoding: 8 };
    assert.deepEqual(join([headed(high, [1, 2], about), headed(low, [2, 2], about)])?.octets, ucs2('😀'));
    const euro = encodeGsm7('€')!;
    const cut = [headed(euro.subarray(0, 1), [1, 2]), headed(euro.subarray(1), [2, 2])];
    assert.equal(decodeText(join(cut)!.octets, 0), '€');
  });

  it('behind what all of their headers say besides', () => {
    const whole = join([
      headed(turkish('ğ'), [1, 2], { more: TURKISH }),
      headed(turkish('ş'), [2, 2], { more: TURKISH }),
    ])!;
    assert.equal(whole.hasHeader, true);
    const { bytes, shifts, concatenation } = readHeader(whole.octets);
    assert.equal(concatenation, null);
    assert.equal(decodeText(whole.octets.subarray(bytes), 0, { shifts }), 'ğş');
    const pushed = join([headed('a', [1, 2], { more: PORTS }), headed('b', [2, 2], { more: PORTS })])!;
    assert.deepEqual(readHeader(pushed.octets).ports, { destination: 2948, source: 9200 });
  });

  it('written anew where they are in different languages', () => {
    const whole = join([headed(turkish('ğ'), [1, 2], { more: TURKISH }), headed('plain', [2, 2])])!;
    assert.equal(whole.hasHeader, false);
    assert.equal(decodeText(whole.octets, whole.dataCoding), 'ğplain');
  });

  it('not where a character is cut in two octets, or their headers want different things', () => {
    const odd = [Buffer.of(4), Buffer.of(0x1f)];
    assert.equal(join(odd.map((text, at) => headed(text, [at + 1, 2], { dataCoding: 8 }))), null);
    assert.equal(join([headed('a', [1, 2], { more: PORTS }), headed('b', [2, 2])]), null);
    const binary = { dataCoding: 4, more: TURKISH };
    assert.equal(join([headed('a', [1, 2], binary), headed('b', [2, 2], { dataCoding: 4 })]), null);
  });

  it('to the last octet of the longest message', () => {
    const parts = Array.from({ length: 255 }, (_, at) => headed('x'.repeat(248), [at + 1, 255]));
    assert.equal(join(parts)?.octets.length, 255 * 248);
    assert.equal(join([inboundPart(), inboundPart()])?.octets.length, 10);
  });
});
