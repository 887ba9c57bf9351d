import assert from 'node:assert/strict';
import { createPublicKey, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { flippedOctets, logKey, ORIGIN, witnessKey, witnessKeyAfterQuantum } from '../../../test/support/log-keys.ts';
import { formatCheckpoint } from './checkpoint.ts';
import { signText, verifyText } from './cosignature.ts';
import { openNote, parseNote, parseSignature } from './note.ts';
import { parseVerifierKey } from './note-key.ts';

const TIME_S = 1_679_315_147;
const text = formatCheckpoint({ origin: ORIGIN, size: 42, root: Buffer.alloc(32, 7), extensions: [] });
const keys = [logKey, witnessKey, witnessKeyAfterQuantum];

describe('signatures over a checkpoint', () => {
  for (const key of keys) {
    it(`of the kind ${key.kind} hold, and say their time`, () => {
      const expected = { timestampS: key === logKey ? null : TIME_S };
      assert.deepEqual(verifyText(key, text, signText(key, text, TIME_S)), expected);
    });

    it(`of the kind ${key.kind} do not hold with any octet changed, cut or added`, () => {
      const signature = signText(key, text, TIME_S);
      for (const changed of flippedOctets(signature)) assert.equal(verifyText(key, text, changed), null);
      for (let length = 0; length < signature.length; length++) {
        assert.equal(verifyText(key, text, signature.subarray(0, length)), null);
      }
      assert.equal(verifyText(key, text, Buffer.concat([signature, Buffer.of(0)])), null);
    });

    it(`of the kind ${key.kind} do not hold for a text with any octet changed`, () => {
      const signature = signText(key, text, TIME_S);
      for (const changed of flippedOctets(Buffer.from(text))) {
        assert.equal(verifyText(key, changed.toString('latin1'), signature), null);
      }
    });
  }

  it('of a witness are over the lines of the specification', () => {
    const message = Buffer.from(`cosignature/v1\ntime ${TIME_S}\n${text}`);
    const publicKey = createPublicKey({
      key: witnessKey.publicKey,
      format: 'raw-public',
      asymmetricKeyType: 'ed25519',
    });
    const signature = signText(witnessKey, text, TIME_S);
    assert.equal(signature.readBigUInt64BE(0), BigInt(TIME_S));
    assert.ok(verify(null, message, publicKey, signature.subarray(8)));
  });

  it('of a witness carry their time as the example of the specification does', () => {
    const line =
      '— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==';
    const found = parseSignature(line);
    assert.deepEqual([found?.id, found?.signature.readBigUInt64BE(0)], [0x8d66cf3f, BigInt(TIME_S)]);
  });

  it('with ML-DSA-44 are those of another program (torchwood 0.10, cmd/litewitness/testdata)', () => {
    const file = readFileSync(join(import.meta.dirname, '../../../test/support/mldsa-checkpoint.txt'), 'utf8');
    const end = file.indexOf('\n');
    const key = parseVerifierKey(file.slice(0, end))!;
    const opened = openNote(parseNote(Buffer.from(file.slice(end + 1)))!, [key]);
    assert.ok(typeof opened !== 'string');
    assert.deepEqual(
      opened.verified.map(({ name, timestampS }) => [name, timestampS]),
      [['example.com/mldsa-log', 0]],
    );
  });

  it('with ML-DSA-44 vouch for no extension line, as the specification says, and for no text that is no checkpoint', () => {
    const signature = signText(witnessKeyAfterQuantum, text, TIME_S);
    assert.ok(verifyText(witnessKeyAfterQuantum, `${text}extension\n`, signature) !== null);
    assert.equal(verifyText(witnessKeyAfterQuantum, 'no checkpoint\n', signature), null);
    assert.throws(() => signText(witnessKeyAfterQuantum, 'no checkpoint\n', TIME_S), /signs checkpoints/);
  });

  it('have times that are exact', () => {
    for (const time of [-1, 0.5, Number.NaN, 2 ** 53])
      assert.throws(() => signText(witnessKey, text, time), /whole seconds/);
    const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${2n ** 53n}\n${text}`), witnessKey.signWith);
    const tooLate = Buffer.concat([Buffer.from('0020000000000000', 'hex'), signature]);
    assert.equal(verifyText(witnessKey, text, tooLate), null);
  });
});
