import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HandClock } from '../../test/support/hand-clock.ts';
import { Anchor } from './anchor.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-anchor-'));
});
after(() => rm(folder, { recursive: true }));

const head = (size: number) => ({ size, root: Buffer.alloc(32, size), atMs: 0, note: `checkpoint ${size}` });

test('a checkpoint is kept where none was for half a minute, however seldom one is signed, and the last when it ends', async () => {
  const clock = new HandClock();
  const file = join(folder, 'audit-head');
  const anchor = new Anchor(file, clock);
  const kept = () => readFile(file, 'utf8');
  await anchor.signed(head(1));
  assert.equal(await kept(), 'checkpoint 1');
  clock.advance(29_000);
  await anchor.signed(head(2));
  assert.equal(await kept(), 'checkpoint 1');
  for (const size of [3, 4]) {
    clock.advance(45_000); // as often as a log beats where nothing happens
    await anchor.signed(head(size));
    assert.equal(await kept(), `checkpoint ${size}`);
  }
  await anchor.signed(head(5));
  await anchor.close();
  assert.equal(await kept(), 'checkpoint 5');
});
