import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flippedOctets, keyOf, logKey, otherWitnessKey, witnessKey } from '../../../test/support/log-keys.ts';
import { formatNote, MAX_NOTE_BYTES, type Note, openNote, parseNote, parseSignatures, signNoteText } from './note.ts';
import { parseVerifierKey } from './note-key.ts';

const TIME_S = 1_800_000_000;
const text = 'one line\n\nanother, behind an empty one\n';
const note = (...keys: Parameters<typeof signNoteText>[0][]): Note => ({
  text,
  signatures: keys.map((key) => signNoteText(key, text, TIME_S)),
});
const bytesOf = (of: Note): Buffer => Buffer.from(formatNote(of));
const names = (signatures: readonly { readonly name: string }[]) => signatures.map(({ name }) => name);

function opened(...args: Parameters<typeof openNote>) {
  const found = openNote(...args);
  assert.ok(typeof found !== 'string');
  return found;
}

describe('a signed note', () => {
  it('is read as it was written', () => {
    const signed = note(logKey, witnessKey);
    assert.deepEqual(parseNote(bytesOf(signed)), signed);
  });

  it("of the documentation of Go's sumdb/note verifies", () => {
    const peter = parseVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')!;
    const message =
      'If you think cryptography is the answer to your problem,\n' +
      "then you don't know what your problem is.\n\n" +
      '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
    assert.equal(opened(parseNote(Buffer.from(message))!, [peter]).verified.length, 1);
  });

  it('says who signed, and keeps signatures of strangers', () => {
    const found = opened(note(logKey, witnessKey, otherWitnessKey), [logKey, otherWitnessKey]);
    assert.deepEqual(names(found.verified), [logKey.name, otherWitnessKey.name]);
    assert.deepEqual(
      found.verified.map(({ timestampS }) => timestampS),
      [null, TIME_S],
    );
    assert.deepEqual(names(found.unknown), [witnessKey.name]);
  });

  it('counts a key once, however often it signed', () => {
    const twice = note(witnessKey, logKey, witnessKey);
    assert.deepEqual(names(opened(twice, [witnessKey]).verified), [witnessKey.name]);
    assert.deepEqual(names(opened(twice, [witnessKey, witnessKey]).verified), [witnessKey.name]);
  });

  it('is believed by nobody whose keys did not sign it', () => {
    const sameName = keyOf('ed25519', logKey.name, 77);
    assert.equal(openNote(note(logKey), []), 'signature_missing');
    assert.equal(openNote(note(logKey), [witnessKey]), 'signature_missing');
    assert.equal(openNote(note(logKey), [sameName]), 'signature_missing');
  });

  it('is spoilt by one wrong signature of a known key, whatever else is good', () => {
    const other = { text: 'other\n', signatures: note(witnessKey).signatures };
    const mixed = { text: 'other\n', signatures: [signNoteText(logKey, 'other\n', 0), ...other.signatures] };
    assert.equal(openNote(mixed, [logKey, witnessKey]), 'signature_invalid');
    assert.deepEqual(names(opened(mixed, [logKey]).unknown), [witnessKey.name]);
    const repeated = { text: 'other\n', signatures: [...mixed.signatures.slice(0, 1), ...note(logKey).signatures] };
    assert.equal(openNote(repeated, [logKey]), 'signature_invalid');
  });

  it('with one octet changed anywhere is not believed', () => {
    const bytes = bytesOf(note(logKey));
    for (const changed of flippedOctets(bytes)) {
      const read = parseNote(changed);
      assert.ok(read === null || typeof openNote(read, [logKey]) === 'string', changed.toString('latin1'));
    }
  });

  it('has one spelling', () => {
    const good = formatNote(note(logKey));
    const [body = '', line = ''] = good.split('\n\n—');
    const wrong: readonly string[] = [
      '',
      '\n',
      text,
      `${text}\n`,
      good.slice(0, -1),
      `${good}\n`,
      `${good}— \n`,
      `${good}not a signature\n`,
      `${good}— name\n`,
      `${good}— name \n`,
      `${good}— name AAAA\n`,
      `${good}— name AAAAAA==\n`,
      `${good}— name AAAAAAA\n`,
      `${good}— name AAAAAAB=\n`,
      `${good}— name AAAAAAA=A\n`,
      `${good}— na+me AAAAAAA=\n`,
      `${good}— na me AAAAAAA=\n`,
      `${good}— na\u00a0me AAAAAAA=\n`,
      `${good}-- name AAAAAAA=\n`,
      `${good}—  name AAAAAAA=\n`,
      `${body}\n—${line}`,
      good.replaceAll('\n', '\r\n'),
      `\t${good}`,
      `\u0000${good}`,
    ];
    for (const spelling of wrong) assert.equal(parseNote(Buffer.from(spelling)), null, JSON.stringify(spelling));
    assert.equal(parseNote(Buffer.concat([Buffer.of(0xff), Buffer.from(good)])), null);
    assert.ok(parseNote(Buffer.from(good)) !== null);
  });

  it('is bounded: 100 signatures, and half a mebibyte', () => {
    const line = '— name AAAAAAA=\n';
    assert.equal(parseNote(Buffer.from(`a\n\n${line.repeat(100)}`))?.signatures.length, 100);
    assert.equal(parseNote(Buffer.from(`a\n\n${line.repeat(101)}`)), null);
    const rest = Buffer.byteLength(`\n\n${line}`);
    assert.ok(parseNote(Buffer.from(`${'a'.repeat(MAX_NOTE_BYTES - rest)}\n\n${line}`)) !== null);
    assert.equal(parseNote(Buffer.from(`${'a'.repeat(MAX_NOTE_BYTES - rest + 1)}\n\n${line}`)), null);
    assert.equal(parseSignatures(''), null);
  });

  it('is not written of what cannot be read', () => {
    const { signatures } = note(logKey);
    for (const wrong of ['', 'no newline', 'a\tb\n', '\ud800\n']) {
      assert.throws(() => formatNote({ text: wrong, signatures }), /text of a note/);
    }
    assert.throws(() => formatNote({ text, signatures: [] }), /1 to 100/);
  });
});
