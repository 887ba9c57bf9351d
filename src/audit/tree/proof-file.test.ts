import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  flippedOctets,
  logKey,
  logKeyAfterQuantum,
  ORIGIN,
  otherWitnessKey,
  witnessKey,
  witnessKeyAfterQuantum,
} from '../../../test/support/log-keys.ts';
import { logOf } from '../../../test/support/memory-log.ts';
import { leafHash } from './merkle.ts';
import type { SignerKey } from './note-key.ts';
import { formatProofFile, MAX_EXTRA_BYTES, parseProofFile, verifyProofFile } from './proof-file.ts';
import { inclusionProof } from './proofs.ts';
import { openCheckpoint, signCheckpoint, type TrustPolicy } from './signed-checkpoint.ts';

const TIME_S = 1_800_000_000;
const log = logOf(1000);
const leaf = leafHash(log.entries[700]!);
const policy: TrustPolicy = { origin: ORIGIN, logKeys: [logKey], witnesses: [witnessKey, otherWitnessKey], quorum: 1 };

const checkpointBy = (...keys: SignerKey[]): string =>
  signCheckpoint({ origin: ORIGIN, size: log.size, root: log.root(), extensions: [] }, keys, TIME_S);

async function proofBy(keys: SignerKey[], extra: Buffer | null = null): Promise<Buffer> {
  const hashes = await inclusionProof(700, 1000, log.read);
  assert.ok(!('missing' in hashes));
  return Buffer.from(formatProofFile({ index: 700, hashes, checkpoint: checkpointBy(...keys), extra }));
}

const verify = (bytes: Buffer, by: Partial<TrustPolicy> = {}, of = leaf) =>
  verifyProofFile(bytes, of, { ...policy, ...by });

describe('a proof file', () => {
  it('begins as the specification says, and is read as it was written', async () => {
    const plain = await proofBy([logKey]);
    assert.match(
      plain.toString(),
      /^c2sp\.org\/tlog-proof@v1\nindex 700\n(?:[\w+/]{43}=\n){10}\nsms\.example\.com\/audit\n1000\n/,
    );
    const extra = await proofBy([logKey], Buffer.from('the entry'));
    assert.match(extra.toString(), /^c2sp\.org\/tlog-proof@v1\nextra dGhlIGVudHJ5\nindex 700\n/);
    for (const bytes of [plain, extra]) assert.equal(formatProofFile(parseProofFile(bytes)!), bytes.toString());
  });

  it('proves its entry to one who trusts the log and enough witnesses', async () => {
    const found = verifyProofFile(await proofBy([logKey, witnessKey], Buffer.from('x')), leaf, policy);
    assert.ok(typeof found !== 'string');
    assert.deepEqual([found.index, found.checkpoint.size, found.extra], [700, 1000, Buffer.from('x')]);
    assert.deepEqual(
      found.cosignatures.map(({ name, timestampS }) => [name, timestampS]),
      [[witnessKey.name, TIME_S]],
    );
  });

  it('proves nothing to others, and says why', async () => {
    const all = await proofBy([logKey, witnessKey]);
    assert.equal(verify(Buffer.from('x')), 'proof_malformed');
    assert.equal(verify(all, {}, leafHash(log.entries[701]!)), 'proof_wrong');
    assert.equal(verify(all, { origin: 'other' }), 'origin_wrong');
    assert.equal(verify(all, { quorum: 2 }), 'quorum_missed');
    assert.equal(verify(await proofBy([witnessKey])), 'signature_missing');
    assert.equal(verify(await proofBy([otherWitnessKey]), { witnesses: [] }), 'signature_missing');
    assert.equal(verify(await proofBy([logKey]), { quorum: 0, logKeys: [witnessKey] }), 'signature_missing');
    assert.equal(verify(Buffer.from(all.toString().replace(/\n\nsms[\s\S]*/, '\n\nno note\n'))), 'note_malformed');
  });

  it('counts a witness once, whatever the number of its keys', () => {
    const witnesses = [witnessKey, witnessKeyAfterQuantum, otherWitnessKey];
    const by = (...keys: SignerKey[]) =>
      openCheckpoint(Buffer.from(checkpointBy(logKey, ...keys)), { ...policy, witnesses, quorum: 2 });
    assert.equal(by(witnessKey, witnessKeyAfterQuantum), 'quorum_missed');
    assert.ok(typeof by(witnessKey, otherWitnessKey) !== 'string');
  });

  it('holds by a log key that quantum computers do not break', async () => {
    const found = verifyProofFile(await proofBy([logKey, logKeyAfterQuantum]), leaf, {
      ...policy,
      logKeys: [logKeyAfterQuantum],
      quorum: 0,
    });
    assert.ok(typeof found !== 'string');
  });

  it('proves nothing with one octet changed anywhere', async () => {
    const bytes = await proofBy([logKey, witnessKey]);
    assert.ok(typeof verifyProofFile(bytes, leaf, policy) !== 'string');
    for (const changed of flippedOctets(bytes)) {
      assert.equal(typeof verifyProofFile(changed, leaf, policy), 'string', changed.toString('latin1'));
    }
  });

  it('proves nothing when cut anywhere', async () => {
    const bytes = await proofBy([logKey, witnessKey]);
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(typeof verifyProofFile(bytes.subarray(0, length), leaf, policy), 'string', `${length} octets`);
    }
  });

  it('has one spelling', async () => {
    const good = (await proofBy([logKey], Buffer.from('x'))).toString();
    const wrong = [
      good.replace('@v1', '@v2'),
      good.replace('index 700', 'index 0700'),
      good.replace('index 700', 'index -1'),
      good.replace('index 700', 'index  700'),
      good.replace('index 700\n', ''),
      good.replace('extra eA==', 'extra eA'),
      good.replace('extra eA==', 'extra eB=='),
      good.replace('extra eA==\nindex 700', 'index 700\nextra eA=='),
      good.replace('extra eA==', 'extra eA==\nextra eA=='),
      good.replace('\n\nsms', '\nsms'),
      good.replaceAll('\n', '\r\n'),
      good.replace('index 700\n', `index 700\n${`${Buffer.alloc(32).toString('base64')}\n`.repeat(54)}`),
      good.replace('index 700\n', `index 700\n${Buffer.alloc(31).toString('base64')}\n`),
      good.replace('eA==', Buffer.alloc(MAX_EXTRA_BYTES + 1).toString('base64')),
    ];
    assert.ok(parseProofFile(Buffer.from(good)) !== null);
    for (const text of wrong) assert.equal(parseProofFile(Buffer.from(text)), null, text.slice(0, 200));
  });
});
