import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logOf, MemoryLog } from '../../../test/support/memory-log.ts';
import {
  vectorConsistencyProofs,
  vectorInclusionProofs,
  vectorLeaves,
  vectorRoots,
} from '../../../test/support/merkle-vectors.ts';
import { emptyRoot, leafHash } from './merkle.ts';
import {
  consistencyProof,
  inclusionProof,
  type Missing,
  provesConsistency,
  provesInclusion,
  rootOf,
} from './proofs.ts';

const hex = (hashes: readonly Buffer[]): string[] => hashes.map((hash) => hash.toString('hex'));
const fromHex = (texts: readonly string[]): Buffer[] => texts.map((text) => Buffer.from(text, 'hex'));

function had(found: Buffer[] | Missing): Buffer[] {
  assert.ok(!('missing' in found));
  return found;
}

async function headOf(log: MemoryLog, size: number) {
  const root = await rootOf(size, log.read);
  assert.ok(!('missing' in root));
  return { size, root };
}

/** Numbers that look like chance and are the same in every run (the generator of Numerical Recipes). */
function* draws(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** Each copy of the hashes with one octet changed, for every octet, by one bit that `at` chooses. */
function* flipped(proof: readonly Buffer[]): Generator<Buffer[]> {
  for (const [at, hash] of proof.entries()) {
    for (let octet = 0; octet < hash.length; octet++) {
      const changed = Buffer.from(hash);
      changed[octet]! ^= 1 << ((at + octet) % 8);
      yield proof.with(at, changed);
    }
  }
}

describe('proofs', () => {
  it('are those of the vectors of Certificate Transparency', async () => {
    const log = new MemoryLog();
    log.append(fromHex(vectorLeaves));
    for (const { index, size, proof } of vectorInclusionProofs) {
      assert.deepEqual(hex(had(await inclusionProof(index, size, log.read))), proof);
      const head = { size, root: Buffer.from(vectorRoots[size], 'hex') };
      assert.ok(provesInclusion(leafHash(log.entries[index]!), index, head, fromHex(proof)));
    }
    for (const { from, to, proof } of vectorConsistencyProofs) {
      assert.deepEqual(hex(had(await consistencyProof(from, to, log.read))), proof);
      const [older, newer] = [from, to].map((size) => ({ size, root: Buffer.from(vectorRoots[size], 'hex') }));
      assert.ok(provesConsistency(older!, newer!, fromHex(proof)));
    }
  });

  it('of every leaf and every growth in trees up to 40 hold, and for no other leaf, place or size', async () => {
    const log = logOf(40);
    const heads = await Promise.all(Array.from({ length: 41 }, (_, size) => headOf(log, size)));
    const leaves = log.entries.map(leafHash);
    for (const head of heads) {
      for (let index = 0; index < head.size; index++) {
        const proof = had(await inclusionProof(index, head.size, log.read));
        for (let place = 0; place <= 41; place++) {
          assert.equal(provesInclusion(leaves[index]!, place, head, proof), place === index);
        }
        assert.ok(!provesInclusion(leaves[(index + 1) % 40]!, index, head, proof));
      }
      for (let size = 0; size <= head.size; size++) {
        const proof = had(await consistencyProof(size, head.size, log.read));
        for (const older of heads) {
          const holds =
            older.size === size ||
            (older.size === 0 && proof.length === 0) ||
            (older.size === head.size && proof.length === 0);
          assert.equal(provesConsistency(older, head, proof), holds, `${older.size} (${size}) to ${head.size}`);
        }
      }
    }
  });

  it('in 60 trees of up to 2,000 leaves hold, and not with one octet changed anywhere', async () => {
    const chance = draws(20_261_125);
    const below = (limit: number): number => Math.floor(chance.next().value * limit);
    const log = logOf(2000);
    for (let round = 0; round < 60; round++) {
      const head = await headOf(log, 1 + below(2000));
      const index = below(head.size);
      const leaf = leafHash(log.entries[index]!);
      const proof = had(await inclusionProof(index, head.size, log.read));
      assert.ok(provesInclusion(leaf, index, head, proof), `${index} in ${head.size}`);
      for (const wrong of flipped(proof)) assert.ok(!provesInclusion(leaf, index, head, wrong));
      for (const [root] of flipped([head.root]))
        assert.ok(!provesInclusion(leaf, index, { ...head, root: root! }, proof));
      for (const [other] of flipped([leaf])) assert.ok(!provesInclusion(other!, index, head, proof));

      const older = await headOf(log, 1 + below(head.size));
      const growth = had(await consistencyProof(older.size, head.size, log.read));
      assert.ok(provesConsistency(older, head, growth), `${older.size} to ${head.size}`);
      for (const wrong of flipped(growth)) assert.ok(!provesConsistency(older, head, wrong));
      for (const [root] of flipped([head.root])) assert.ok(!provesConsistency(older, { ...head, root: root! }, growth));
      for (const [root] of flipped([older.root]))
        assert.ok(!provesConsistency({ ...older, root: root! }, head, growth));
    }
  });

  it('hold with all their hashes and no other: none left out, none twice, none cut', async () => {
    const log = logOf(1000);
    const [head, older] = [await headOf(log, 1000), await headOf(log, 600)];
    const inclusion = had(await inclusionProof(700, 1000, log.read));
    const growth = had(await consistencyProof(600, 1000, log.read));
    const isIn = (proof: Buffer[]) => provesInclusion(leafHash(log.entries[700]!), 700, head, proof);
    const grew = (proof: Buffer[]) => provesConsistency(older, head, proof);
    for (const [holds, proof] of [
      [isIn, inclusion],
      [grew, growth],
    ] as const) {
      assert.ok(holds(proof));
      for (let at = 0; at < proof.length; at++) {
        assert.ok(!holds(proof.toSpliced(at, 1)));
        assert.ok(!holds(proof.toSpliced(at, 0, proof[at]!)));
        assert.ok(!holds(proof.with(at, proof[at]!.subarray(0, 31))));
      }
      assert.ok(!holds([]));
      assert.ok(!holds([...proof, head.root]));
    }
  });

  it('are of no use for numbers that are none', async () => {
    const head = { size: 1, root: leafHash(Buffer.from('a')) };
    for (const index of [-1, 0.5, 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.ok(!provesInclusion(head.root, index, head, []));
      assert.ok(!provesConsistency({ size: index, root: head.root }, { size: 3, root: head.root }, []));
    }
    assert.ok(!provesConsistency({ size: 2, root: head.root }, head, []));
  });

  it('from an empty tree ask for its root, and let an empty one grow into nothing but itself', () => {
    const [empty, wrong] = [emptyRoot(), leafHash(Buffer.from('a'))];
    assert.ok(provesConsistency({ size: 0, root: empty }, { size: 3, root: wrong }, []));
    assert.ok(provesConsistency({ size: 0, root: empty }, { size: 0, root: empty }, []));
    assert.ok(!provesConsistency({ size: 0, root: wrong }, { size: 3, root: wrong }, []));
    assert.ok(!provesConsistency({ size: 0, root: empty }, { size: 0, root: wrong }, []));
    assert.ok(!provesConsistency({ size: 0, root: empty }, { size: 3, root: wrong }, [empty]));
  });

  it('read all tiles they need at once, none twice, and none beyond the tree', async () => {
    const log = logOf(70_000);
    await inclusionProof(65_000, 70_000, log.read);
    assert.equal(log.reads, 1);
    assert.deepEqual(log.asked, ['tile/0/253', 'tile/1/000', 'tile/1/001.p/17', 'tile/0/273.p/112']);
  });

  it('name the tile that is not there, or too short', async () => {
    const log = logOf(600);
    log.stored.set('tile/0/001', log.stored.get('tile/0/001')!.subarray(32));
    assert.deepEqual(await inclusionProof(300, 600, log.read), { missing: 'tile/0/001' });
    log.stored.delete('tile/0/001');
    assert.deepEqual(await consistencyProof(300, 600, log.read), { missing: 'tile/0/001' });
    log.stored.delete('tile/1/000.p/2');
    assert.deepEqual(await rootOf(600, log.read), { missing: 'tile/1/000.p/2' });
  });
});
