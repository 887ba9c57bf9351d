import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ChaosVerdict } from '../../bench/chaos-verdict.ts';

const CHAOS = join(import.meta.dirname, '../../bench/chaos.ts');
const ROUNDS = 4;
const SEED = 5;

/** The short form of `npm run chaos`: gateway, database, both, and the gateway again. */
test('kill -9 at random moments under load loses nothing and sends nothing twice silently', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
  const json = join(folder, 'verdict.json');
  const command = [CHAOS, '--rounds', String(ROUNDS), '--seed', String(SEED), '--json', json];
  const chaos = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(chaos, 'exit')) as [number | null];
  const { off, ...counts } = JSON.parse(await readFile(json, 'utf8')) as ChaosVerdict;
  await rm(folder, { recursive: true });
  assert.deepEqual(new Set(Object.values(off)), new Set([0]), JSON.stringify({ off, ...counts }));
  assert.equal(code, 0);
  assert.ok(counts.accepted > 1000, 'there was load');
  assert.ok(counts.wereInDoubt > 0, 'a kill met messages under way');
});
