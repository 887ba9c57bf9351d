import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kindExamples, mixedExamples, plainExamples } from '../../../test/support/kind-examples.ts';
import { kindsOf, messageKinds } from './kinds.ts';

const headerOf = (...elements: readonly number[]) => Buffer.from([elements.length, ...elements, 0x41]);

describe('the kinds of messages', () => {
  it('all have an example that is of no other kind', () => {
    const shown = new Set(kindExamples.map(({ kinds }) => kinds.join()));
    assert.deepEqual([...shown].toSorted(), [...messageKinds].toSorted());
  });

  for (const example of [...kindExamples, ...mixedExamples, ...plainExamples]) {
    it(`${example.name} is of ${example.kinds.join(' and ') || 'none'}`, () => {
      assert.deepEqual(kindsOf(example, example.tlvs), example.kinds);
    });
  }

  it('every protocol_id but 0 is of one', () => {
    for (let protocolId = 1; protocolId < 0x100; protocolId++) {
      const kinds = kindsOf({ dataCoding: 0, protocolId, octets: Buffer.of(0x41), hasHeader: false }, []);
      assert.equal(kinds.length, 1, `0x${protocolId.toString(16)}`);
    }
  });

  it('every element of a header but those that join parts and name languages is of one', () => {
    const plain = new Set([0x00, 0x08, 0x24, 0x25]);
    for (let id = 0; id < 0x100; id++) {
      const octets = headerOf(id, 0x04, 0x00, 0x00, 0x00, 0x00);
      const kinds = kindsOf({ dataCoding: 0, protocolId: 0, octets, hasHeader: true }, []);
      assert.equal(kinds.length > 0, !plain.has(id), `0x${id.toString(16)}`);
    }
  });

  it('every data_coding is of one, but those of words without a sign', () => {
    const plain = [];
    for (let dataCoding = 0; dataCoding < 0x100; dataCoding++) {
      const kinds = kindsOf({ dataCoding, protocolId: 0, octets: Buffer.of(0x41), hasHeader: false }, []);
      if (kinds.length === 0) plain.push(dataCoding);
    }
    assert.deepEqual(plain, [0, 1, 3, 6, 7, 8, 0x11, 0x19, 0xf1]);
  });
});
