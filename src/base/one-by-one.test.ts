import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OneByOne } from './one-by-one.ts';

test('what is asked for later begins when what was asked for before has ended', async () => {
  const line = new OneByOne();
  const seen: string[] = [];
  const first = Promise.withResolvers<void>();
  const slow = line.do(async () => {
    seen.push('first begins');
    await first.promise;
    seen.push('first ends');
  });
  const quick = line.do(async () => void seen.push('second'));
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(seen, ['first begins']);
  first.resolve();
  await Promise.all([slow, quick]);
  assert.deepEqual(seen, ['first begins', 'first ends', 'second']);
});

test('what fails is told to who asked for it, and keeps nothing that comes after', async () => {
  const line = new OneByOne();
  const failed = line.do(() => Promise.reject(new Error('no')));
  const next = line.do(() => Promise.resolve('yes'));
  await assert.rejects(failed, /^Error: no$/);
  assert.equal(await next, 'yes');
});
