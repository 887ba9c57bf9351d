import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { numberedEntries } from '../../../test/support/memory-log.ts';
import { vectorLeaves, vectorRoots } from '../../../test/support/merkle-vectors.ts';
import { Frontier, hashLeafInto, leafHash, nodeHash, subtreeLevels } from './merkle.ts';

const sha256 = (...parts: readonly Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

/** MTH of RFC 6962 §2.1, word by word. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return sha256(Buffer.of(0), leaves[0]!);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Buffer.of(1), treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

describe('the hashes of the tree', () => {
  it('of leaves of every length up to 2,000 octets are those of RFC 6962', () => {
    const entry = Buffer.alloc(2000, 'x');
    for (let length = 0; length <= 2000; length++) {
      const leaf = entry.subarray(0, length);
      assert.deepEqual(leafHash(leaf), sha256(Buffer.of(0), leaf), `${length} octets`);
    }
  });

  it('of a leaf in a buffer of many is that of the leaf alone', () => {
    const out = Buffer.alloc(40, 0xee);
    hashLeafInto(Buffer.from('before, this one, after'), 8, 16, out, 4);
    assert.deepEqual(
      out,
      Buffer.concat([Buffer.alloc(4, 0xee), leafHash(Buffer.from('this one')), Buffer.alloc(4, 0xee)]),
    );
  });

  it('of a node are those of RFC 6962', () => {
    const [left, right] = [sha256(Buffer.of(1)), sha256(Buffer.of(2))];
    assert.deepEqual(nodeHash(left, right), sha256(Buffer.of(1), left, right));
  });
});

describe('a frontier', () => {
  it('has the roots of the vectors of Certificate Transparency', () => {
    const frontier = new Frontier();
    const roots = [frontier.root()];
    for (const leaf of vectorLeaves) {
      frontier.append(leafHash(Buffer.from(leaf, 'hex')));
      roots.push(frontier.root());
    }
    assert.deepEqual(
      roots.map((root) => root.toString('hex')),
      vectorRoots,
    );
  });

  it('has the root of RFC 6962 at every size up to 300', () => {
    const entries = numberedEntries(0, 300);
    const frontier = new Frontier();
    for (const [at, entry] of entries.entries()) {
      frontier.append(leafHash(entry));
      assert.deepEqual(frontier.root(), treeHash(entries.slice(0, at + 1)), `size ${at + 1}`);
    }
  });

  it('is not changed by asking for its root', () => {
    const frontier = new Frontier();
    for (const entry of numberedEntries(0, 7)) frontier.append(leafHash(entry));
    const before = frontier.root();
    assert.deepEqual([frontier.size, frontier.root()], [7, before]);
  });

  it('grows beyond 2^32 leaves', () => {
    const size = 2 ** 40 + 2 ** 33 + 3;
    const nodes = subtreeLevels(size).map((level) => leafHash(Buffer.from(`subtree ${level}`)));
    const frontier = Frontier.of(size, nodes);
    const leaf = leafHash(Buffer.from('one more'));
    frontier.append(leaf);
    assert.equal(frontier.size, size + 1);
    const [top, upper, two, one] = nodes as [Buffer, Buffer, Buffer, Buffer];
    assert.deepEqual(frontier.root(), nodeHash(top, nodeHash(upper, nodeHash(two, nodeHash(one, leaf)))));
  });
});
