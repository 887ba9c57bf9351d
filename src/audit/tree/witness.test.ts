import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  flippedOctets,
  keyOf,
  logKey,
  ORIGIN,
  otherWitnessKey,
  witnessKey,
  witnessKeyAfterQuantum,
} from '../../../test/support/log-keys.ts';
import { logOf, type MemoryLog, numberedEntries } from '../../../test/support/memory-log.ts';
import { emptyRoot } from './merkle.ts';
import { type Note, parseNote } from './note.ts';
import type { SignerKey } from './note-key.ts';
import { consistencyProof, rootOf, type TreeHead } from './proofs.ts';
import { signCheckpoint } from './signed-checkpoint.ts';
import {
  type Accepted,
  type Admitted,
  admit,
  cosign,
  decide,
  formatConflict,
  parseAddCheckpoint,
  type Refusal,
} from './witness.ts';
import { addCheckpointBody, readWitnessAnswer } from './witness-client.ts';

const TIME_S = 1_800_000_000;
const logs = [{ origin: ORIGIN, keys: [logKey] }];
const log = logOf(1000);

async function headOf(of: MemoryLog, size: number): Promise<TreeHead> {
  const root = await rootOf(size, of.read);
  assert.ok(!('missing' in root));
  return { size, root };
}

const signed = ({ size, root }: TreeHead, key: SignerKey = logKey, origin = ORIGIN): string =>
  signCheckpoint({ origin, size, root, extensions: [] }, [key], 0);

/** A request as a log makes it, from one of its sizes to another. */
async function request(from: number, to: number, of = log): Promise<string> {
  const proof = await consistencyProof(from, to, of.read);
  assert.ok(!('missing' in proof));
  return addCheckpointBody(from, proof, signed(await headOf(of, to)));
}

/** What a witness with that memory answers. */
function answer(body: string | Buffer, last: TreeHead | null): Accepted | Refusal {
  const found = admit(Buffer.from(body), logs);
  return found.status === 'admitted' ? decide(found, last) : found;
}

function admitted(body: string): Admitted {
  const found = admit(Buffer.from(body), logs);
  assert.ok(found.status === 'admitted');
  return found;
}

const noteOf = (checkpoint: string): Note => parseNote(Buffer.from(checkpoint))!;

describe('a witness', () => {
  it('cosigns the first checkpoint it sees of a log, and each that the last one grew into', async () => {
    let last: TreeHead | null = null;
    for (const [from, to] of [
      [0, 0],
      [0, 1],
      [1, 1],
      [1, 255],
      [255, 256],
      [256, 1000],
      [1000, 1000],
    ] as const) {
      const decided = answer(await request(from, to), last);
      assert.deepEqual(decided, { status: 200, head: await headOf(log, to) }, `${from} to ${to}`);
      last = decided.head;
    }
  });

  it('refuses what is older than what it cosigned, and says what it knows', async () => {
    const last = await headOf(log, 600);
    for (const [from, to] of [
      [0, 1000],
      [0, 300],
      [300, 600],
      [300, 1000],
      [599, 600],
      [700, 1000],
    ] as const) {
      assert.deepEqual(answer(await request(from, to), last), { status: 409, why: 'old_size_differs', size: 600 });
    }
    assert.deepEqual(answer(await request(5, 9), null), { status: 409, why: 'old_size_differs', size: 0 });
  });

  it('refuses a log that goes back, whatever it says its old size is', async () => {
    const last = await headOf(log, 600);
    const body = addCheckpointBody(600, [], signed(await headOf(log, 300)));
    assert.deepEqual(answer(body, last), { status: 400, why: 'old_size_beyond_checkpoint' });
  });

  it('refuses a fork: another root at the same size, or one that did not grow from it', async () => {
    const fork = logOf(500);
    fork.append([Buffer.from('another past')]);
    fork.append(numberedEntries(501, 1000));
    const last = await headOf(log, 600);
    assert.deepEqual(answer(await request(600, 600, fork), last), { status: 409, why: 'root_differs', size: 600 });
    assert.deepEqual(answer(await request(600, 1000, fork), last), { status: 422, why: 'proof_wrong' });
  });

  it('refuses a proof where none belongs, and none where one does', async () => {
    const last = await headOf(log, 600);
    const to = signed(await headOf(log, 1000));
    const hash = Buffer.alloc(32);
    assert.deepEqual(answer(addCheckpointBody(0, [hash], to), null), { status: 422, why: 'proof_wrong' });
    assert.deepEqual(answer(addCheckpointBody(600, [], to), last), { status: 422, why: 'proof_wrong' });
    const same = signed(last);
    assert.deepEqual(answer(addCheckpointBody(600, [hash], same), last), { status: 422, why: 'proof_wrong' });
  });

  it('refuses an empty tree with a root that is none', () => {
    const body = addCheckpointBody(0, [], signed({ size: 0, root: Buffer.alloc(32) }));
    assert.deepEqual(answer(body, null), { status: 409, why: 'root_differs', size: 0 });
    assert.equal(answer(addCheckpointBody(0, [], signed({ size: 0, root: emptyRoot() })), null).status, 200);
  });

  it('refuses logs it does not know, and keys it does not trust', async () => {
    const head = await headOf(log, 10);
    const of = (key: SignerKey, origin?: string) => answer(addCheckpointBody(0, [], signed(head, key, origin)), null);
    assert.deepEqual(of(logKey, 'other.example.com'), { status: 404, why: 'origin_unknown' });
    assert.deepEqual(of(keyOf('ed25519', ORIGIN, 66)), { status: 403, why: 'signature_missing' });
    const wrong = signed(head).replace('\n10\n', '\n11\n');
    assert.deepEqual(answer(addCheckpointBody(0, [], wrong), null), { status: 403, why: 'signature_invalid' });
  });

  it('takes a request with one octet changed anywhere for nothing it may cosign', async () => {
    const last = await headOf(log, 600);
    const body = Buffer.from(await request(600, 1000));
    assert.equal(answer(body, last).status, 200);
    for (const changed of flippedOctets(body)) {
      assert.notEqual(answer(changed, last).status, 200, changed.toString('latin1'));
    }
  });

  it('reads requests in one spelling', async () => {
    const good = await request(600, 1000);
    const hash = `${Buffer.alloc(32).toString('base64')}\n`;
    const wrong = [
      '',
      'old 600\n',
      good.replace('old 600', 'old 0600'),
      good.replace('old 600', 'old -1'),
      good.replace('old 600', 'new 600'),
      good.replace('old 600\n', ''),
      good.replace('\n\nsms', '\nsms'),
      good.replace('old 600\n', `old 600\n${hash.repeat(64)}`),
      good.replace('old 600\n', 'old 600\nAAAA\n'),
      good.replace(/\n\nsms[\s\S]*/, '\n\nno note\n'),
      good.replace('\n1000\n', '\n01000\n'),
      good.replaceAll('\n', '\r\n'),
    ];
    assert.ok(parseAddCheckpoint(Buffer.from(good)) !== null);
    for (const text of wrong) {
      assert.deepEqual(answer(text, null), { status: 400, why: 'request_malformed' }, JSON.stringify(text));
    }
  });
});

describe('a log that asks a witness', () => {
  const keys = [witnessKey, witnessKeyAfterQuantum];

  it('hears its cosignatures, of each of its keys, and leaves out those of others', async () => {
    const body = await request(600, 1000);
    const text = cosign(admitted(body), [...keys, otherWitnessKey], TIME_S);
    const heard = readWitnessAnswer(200, text, admitted(body).note, keys);
    assert.ok(heard.go === 'cosigned');
    assert.deepEqual(
      heard.cosignatures.map(({ key, timestampS }) => [key, timestampS]),
      keys.map((key) => [key, TIME_S]),
    );
  });

  it('hears which size the witness knows', () => {
    const note = noteOf(signed({ size: 5, root: Buffer.alloc(32) }));
    assert.deepEqual(readWitnessAnswer(409, formatConflict(20), note, keys), { go: 'conflict', size: 20 });
    for (const wrong of ['', '20', '020\n', '-1\n', '20\n\n', '20 \n', 'x\n']) {
      assert.deepEqual(readWitnessAnswer(409, wrong, note, keys), {
        go: 'refused',
        why: 'answer_malformed',
        status: 409,
      });
    }
  });

  it('believes no cosignature of another checkpoint, or with an octet changed, and no other answer', async () => {
    const body = await request(600, 1000);
    const text = cosign(admitted(body), [witnessKey], TIME_S);
    const { note } = admitted(body);
    const other = noteOf(signed(await headOf(log, 999)));
    assert.deepEqual(readWitnessAnswer(200, text, other, keys), {
      go: 'refused',
      why: 'signature_invalid',
      status: 200,
    });
    assert.deepEqual(readWitnessAnswer(200, text, note, [otherWitnessKey]), {
      go: 'refused',
      why: 'signature_missing',
      status: 200,
    });
    for (const changed of flippedOctets(Buffer.from(text))) {
      assert.equal(readWitnessAnswer(200, changed.toString('utf8'), note, keys).go, 'refused');
    }
    assert.deepEqual(readWitnessAnswer(200, '', note, keys), { go: 'refused', why: 'answer_malformed', status: 200 });
    for (const status of [201, 204, 301, 400, 403, 404, 422, 429, 500, 503]) {
      assert.deepEqual(readWitnessAnswer(status, text, note, keys), { go: 'refused', why: 'refused', status });
    }
  });
});
