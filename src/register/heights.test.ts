import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FaultError } from '../base/fault.ts';
import { Heights } from './heights.ts';

describe('the revisions that were seen', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-heights-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('only rise, and are there after a restart', async () => {
    const file = join(folder, 'seen');
    const heights = await Heights.open(file);
    assert.equal(heights.of('route'), 0);
    await heights.rise('route', 7);
    await heights.rise('route', 3);
    await Promise.all([heights.rise('carrier', 1), heights.rise('webhook', 2147483647)]);
    for (const seen of [heights, await Heights.open(file)])
      assert.deepEqual(
        ['route', 'carrier', 'webhook', 'credential'].map((name) => seen.of(name)),
        [7, 1, 2147483647, 0],
      );
  });

  it('are not made up where the file cannot be read', async () => {
    const file = join(folder, 'broken');
    for (const text of ['route', 'route -1\n', 'route 1 2\n', 'route 1\n\u0000']) {
      await writeFile(file, text);
      await assert.rejects(
        Heights.open(file),
        (error) => error instanceof FaultError && error.fault.code === 'register_broken',
      );
    }
  });
});
