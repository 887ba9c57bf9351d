import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { formatSignerKey, formatVerifierKey, openNote, parseNote, type SignerKey } from '../../src/audit/tree/index.ts';
import { buildGoReader } from '../support/go-reader.ts';
import { LogFolder } from '../support/log-folder.ts';
import { keyOf, logKey, logKeyAfterQuantum, ORIGIN, otherWitnessKey, witnessKey } from '../support/log-keys.ts';
import { logOf } from '../support/memory-log.ts';

/** Go's golang.org/x/mod/sumdb, the first implementation of tiles, notes and proofs, reads what we write. */
const run = promisify(execFile);
let folder = '';
let program = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-audit-go-'));
  program = await buildGoReader(folder);
});
after(() => rm(folder, { recursive: true }));

const reads = async (path: string, keys: readonly SignerKey[] = [logKey, witnessKey]): Promise<unknown> =>
  JSON.parse((await run(program, [path, ...keys.map(formatVerifierKey)])).stdout);

/** A log of that size in a folder of its own, with proofs for entries at its edges and inside, and for its growth. */
async function written(size: number, keys: readonly SignerKey[] = [logKey, witnessKey]) {
  const log = new LogFolder(await mkdtemp(join(folder, 'log-')), logOf(size), keys);
  await log.writeTree();
  const places = [0, 1, 254, 255, 256, 257, Math.floor(size / 3), Math.floor(size / 2), size - 2, size - 1];
  const indexes = [...new Set(places)].filter((index) => index >= 0 && index < size);
  for (const index of indexes) {
    await log.writeInclusion(index, size);
    await log.writeInclusion(index, index + 1);
    await log.writeGrowth(index + 1, size);
  }
  return { path: log.path, proofs: indexes.length };
}

describe("Go's sumdb", () => {
  for (const size of [1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 66_049]) {
    it(`reads a log of ${size}: checkpoint, every tile and entry, inclusion and growth`, async () => {
      const { path, proofs } = await written(size);
      const inclusions = (await readdir(path)).filter((file) => file.endsWith('.tlog-proof'));
      assert.deepEqual(await reads(path), {
        origin: ORIGIN,
        size,
        signatures: [logKey.name, witnessKey.name],
        checkpoints: proofs,
        inclusions: inclusions.length,
        growths: proofs,
      });
    });
  }

  it('knows the signature of the log beside some that it does not know', async () => {
    const { path } = await written(300, [logKeyAfterQuantum, otherWitnessKey, logKey]);
    const found = (await reads(path, [logKey])) as { signatures: unknown };
    assert.deepEqual(found.signatures, [logKey.name]);
  });

  it('refuses the log for another key', async () => {
    const { path } = await written(3);
    await assert.rejects(reads(path, [keyOf('ed25519', ORIGIN, 99)]), /no verifiable signatures/);
  });

  const files = [
    ['checkpoint', /invalid signature/],
    ['tile/0/001', /another hash for entry 258/],
    ['tile/0/003.p/232', /inconsistent tile/],
    ['tile/1/000.p/3', /inconsistent tile/],
    ['tile/entries/001', /root of the checkpoint is not that of the entries/],
    ['tile/entries/003.p/232', /root of the checkpoint is not that of the entries/],
    ['256-1000.tlog-proof', /256-1000\.tlog-proof: invalid transparency proof/],
    ['257-1000.add-checkpoint', /257-1000\.add-checkpoint: invalid transparency proof/],
  ] as const;
  for (const [file, said] of files) {
    it(`finds one bit that was changed in ${file}`, async () => {
      const { path } = await written(1000);
      const bytes = await readFile(join(path, file));
      bytes[70]! ^= 1;
      await writeFile(join(path, file), bytes);
      await assert.rejects(reads(path), said);
    });
  }

  it('signs notes that we verify, with a key that we made', async () => {
    const text = 'Grüße,\n\nfrom Go\n';
    const { stdout } = await run(program, ['sign', formatSignerKey(logKey), text]);
    const note = parseNote(Buffer.from((JSON.parse(stdout) as { note: string }).note));
    assert.ok(note !== null);
    const opened = openNote(note, [logKey]);
    assert.ok(typeof opened !== 'string');
    assert.deepEqual([opened.text, opened.verified.length], [text, 1]);
  });
});
