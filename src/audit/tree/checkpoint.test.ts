import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts';

const root = Buffer.from('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=', 'base64');
const plain = { origin: 'example.com/behind-the-sofa', size: 20_852_163, root, extensions: [] };

describe('a checkpoint', () => {
  it('is the one of the specification', () => {
    const text = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
    assert.equal(formatCheckpoint(plain), text);
    assert.deepEqual(parseCheckpoint(text), plain);
  });

  it('keeps its extension lines', () => {
    const extended = { ...plain, extensions: ['one', 'two words'] };
    assert.deepEqual(parseCheckpoint(formatCheckpoint(extended)), extended);
  });

  it('has sizes that are exact numbers', () => {
    for (const size of [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      assert.equal(parseCheckpoint(formatCheckpoint({ ...plain, size }))?.size, size);
    }
    for (const size of [
      '',
      '00',
      '01',
      '-1',
      '+1',
      '1e3',
      '0x1',
      '1.0',
      ' 1',
      '1 ',
      '9007199254740992',
      '99999999999999999999',
      '١',
    ]) {
      assert.equal(parseCheckpoint(`o\n${size}\n${root.toString('base64')}\n`), null, JSON.stringify(size));
    }
  });

  it('has one spelling', () => {
    const hash = root.toString('base64');
    const wrong = [
      '',
      '\n',
      'o\n',
      'o\n1\n',
      `o\n1\n${hash}`,
      `\n1\n${hash}\n`,
      `o\n1\n${hash}\n\n`,
      `o\n1\n\n${hash}\n`,
      `o\n1\n${hash}\n\nx\n`,
      `o\r\n1\r\n${hash}\r\n`,
      `o\n1\n${hash.slice(0, -1)}\n`,
      `o\n1\n${hash}=\n`,
      `o\n1\n${hash.replaceAll('/', '_')}\n`,
      `o\n1\n${hash.slice(0, -2)}J=\n`,
      `o\n1\n${root.subarray(1).toString('base64')}\n`,
      `o\n1\n${root.toString('hex')}\n`,
      `${'o'.repeat(256)}\n1\n${hash}\n`,
    ];
    for (const text of wrong) assert.equal(parseCheckpoint(text), null, JSON.stringify(text));
    assert.ok(parseCheckpoint(`${'o'.repeat(255)}\n1\n${hash}\n`) !== null);
  });

  it('is not written of what cannot be read', () => {
    for (const origin of ['', 'a\nb', 'a\tb', 'ü'.repeat(128)])
      assert.throws(() => formatCheckpoint({ ...plain, origin }));
    for (const extension of ['', 'a\nb']) assert.throws(() => formatCheckpoint({ ...plain, extensions: [extension] }));
  });
});
