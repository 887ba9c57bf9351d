import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { forbidCoreDumps } from './core-dumps.ts';

const NONE = /Max core file size +0 +0 /;

test('no core dump is written of this process, nor of what it starts', async () => {
  assert.equal(await forbidCoreDumps(), true);
  assert.match(readFileSync('/proc/self/limits', 'utf8'), NONE);
  assert.match(execFileSync('cat', ['/proc/self/limits'], { encoding: 'utf8' }), NONE);
});
