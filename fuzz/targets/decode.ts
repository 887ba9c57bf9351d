import assert from 'node:assert/strict';
import { decode, isDecodeFault } from '../../src/wire/smpp/decode.ts';
import { examplePdus } from '../../test/support/examples.ts';
import { bytesOf } from '../../test/support/pdu-bytes.ts';
import type { Target } from '../target.ts';
import { pduWords } from './words.ts';

const HEADER_BYTES = 16;

/** A PDU as its reader gets it: at least a header, and its command_length true. */
export function asPdu(input: Buffer): Buffer {
  const bytes = Buffer.alloc(Math.max(HEADER_BYTES, input.length));
  input.copy(bytes);
  bytes.writeUInt32BE(bytes.length, 0);
  return bytes;
}

/** What can be read is written and read again as the same. */
export const decoding: Target = {
  name: 'decode',
  modules: /src\/wire\/smpp\/(?:decode|encode|fields|pdu-writer|octet-writer|tlvs|pdus)\.ts$/,
  maxBytes: 2048,
  dictionary: pduWords,
  seeds: () => examplePdus.map(bytesOf),
  run(input) {
    const bytes = asPdu(input);
    const pdu = decode(bytes, 0, bytes.length);
    if (isDecodeFault(pdu)) return assert.ok(pdu.status > 0 && pdu.field !== '', 'a fault says what and where');
    const again = bytesOf({ title: '', ...pdu });
    const pduAgain = decode(again, 0, again.length);
    assert.ok(!isDecodeFault(pduAgain), 'what was read is written as what can be read');
    if (pdu.status === 0) assert.deepEqual(pduAgain, pdu);
  },
};
