import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultError } from '../../src/base/fault.ts';
import { Attempts } from '../../src/vault/roots/attempts.ts';
import { isFault } from '../support/faults.ts';
import { HandClock } from '../support/hand-clock.ts';

const wrong = () => Promise.reject(new FaultError('passphrase_wrong'));
const right = () => Promise.resolve('open');

test('after each wrong passphrase the next waits twice as long, up to a minute, and is not looked at before', async () => {
  const clock = new HandClock();
  const attempts = new Attempts(clock);
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
    await assert.rejects(attempts.make(wrong), isFault('passphrase_wrong'));
    clock.advance(seconds * 1000 - 1);
    const tooSoon = attempts.make(() => assert.fail('it was looked at'));
    await assert.rejects(tooSoon, isFault('passphrase_too_soon'));
    clock.advance(1);
  }
  assert.equal(await attempts.make(right), 'open');
  await assert.rejects(attempts.make(wrong), isFault('passphrase_wrong'));
  clock.advance(1000);
  assert.equal(await attempts.make(right), 'open');
});

test('one passphrase is looked at at a time, and other trouble brings no delay', async () => {
  const attempts = new Attempts(new HandClock());
  const { promise, resolve } = Promise.withResolvers<string>();
  const first = attempts.make(() => promise);
  await assert.rejects(attempts.make(right), isFault('passphrase_too_soon'));
  resolve('open');
  assert.equal(await first, 'open');
  await assert.rejects(
    attempts.make(() => Promise.reject(new FaultError('root_key_unsafe'))),
    isFault('root_key_unsafe'),
  );
  assert.equal(await attempts.make(right), 'open');
});
