import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyOf } from '../../../test/support/log-keys.ts';
import {
  formatSignerKey,
  formatVerifierKey,
  isKeyName,
  type KeyKind,
  keyKinds,
  parseSignerKey,
  parseVerifierKey,
  verifierKey,
} from './note-key.ts';

const kinds = Object.keys(keyKinds) as KeyKind[];
/** The key of the examples of Go's sumdb/note. */
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const PETER_SIGNS = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';

const withMaterial = (material: Buffer) => `k+00000000+${material.toString('base64')}`;

describe('keys that sign notes', () => {
  for (const kind of kinds) {
    it(`of the kind ${kind} are written and read`, () => {
      const key = keyOf(kind, 'log.example.com/ü', 9);
      const read = parseVerifierKey(formatVerifierKey(key));
      assert.deepEqual(
        [read?.kind, read?.name, read?.id, read?.publicKey],
        [kind, 'log.example.com/ü', key.id, key.publicKey],
      );
      const signs = parseSignerKey(formatSignerKey(key));
      assert.ok(signs !== null);
      assert.equal(formatSignerKey(signs), formatSignerKey(key));
    });

    it(`of the kind ${kind} are not read with one character changed, left out or added`, () => {
      const key = keyOf(kind, 'k', 9);
      for (const [text, parse] of [
        [formatVerifierKey(key), parseVerifierKey],
        [formatSignerKey(key), parseSignerKey],
      ] as const) {
        assert.ok(parse(text) !== null);
        for (let at = 0; at < text.length; at += at < 60 ? 1 : 37) {
          const other = text[at] === 'b' ? 'c' : 'b';
          assert.equal(parse(text.slice(0, at) + other + text.slice(at + 1)), null, `character ${at}`);
          assert.equal(parse(text.slice(0, at) + text.slice(at + 1)), null, `without character ${at}`);
        }
        for (const more of ['=', '\n', ' ', 'A', 'AAAA']) assert.equal(parse(text + more), null);
      }
    });
  }

  it('have ids of their own for each kind, name and key', () => {
    const keys = kinds.flatMap((kind) => [keyOf(kind, 'a', 1), keyOf(kind, 'b', 1), keyOf(kind, 'a', 2)]);
    assert.equal(new Set(keys.map(({ id }) => id)).size, keys.length);
  });

  it("are read as Go's sumdb/note writes them", () => {
    const key = parseVerifierKey(PETER);
    assert.deepEqual([key?.kind, key?.name, key?.id], ['ed25519', 'PeterNeumann', 0xc74f20a3]);
    const signs = parseSignerKey(PETER_SIGNS);
    assert.ok(signs !== null);
    assert.equal(formatVerifierKey(signs), PETER);
  });

  it('are not read of an unknown type, or of a known one with another length', () => {
    for (let type = 0; type < 256; type++) {
      for (const length of [0, 31, 33, 1311, 1313]) {
        assert.equal(parseVerifierKey(withMaterial(Buffer.concat([Buffer.of(type), Buffer.alloc(length)]))), null);
      }
    }
    assert.equal(verifierKey('ed25519', 'k', Buffer.alloc(31)), null);
    assert.equal(verifierKey('ed25519', 'k k', Buffer.alloc(32)), null);
  });

  it('have names without spaces and plus', () => {
    const spaces = [
      '\t',
      '\n',
      '\v',
      '\f',
      '\r',
      ' ',
      '\u0085',
      '\u00a0',
      '\u1680',
      '\u2003',
      '\u2028',
      '\u202f',
      '\u205f',
      '\u3000',
    ];
    for (const space of spaces) assert.ok(!isKeyName(`a${space}b`), JSON.stringify(space));
    for (const name of ['', '+', 'a+b', '\ud800']) assert.ok(!isKeyName(name), JSON.stringify(name));
    for (const name of ['a', 'example.com/log', 'ü', '—', '\ufeff']) assert.ok(isKeyName(name), JSON.stringify(name));
  });
});
