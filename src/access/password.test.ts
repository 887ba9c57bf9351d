import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemEntropy } from '../base/entropy.ts';
import { hashPassword, isPasswordHash, PasswordChecks } from './password.ts';

/** From the tests of the reference implementation: https://github.com/P-H-C/phc-winner-argon2, src/test.c. */
const REFERENCE = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

test('a hash of the reference implementation is understood', async () => {
  const checks = new PasswordChecks();
  assert.equal(await checks.check('password', REFERENCE), true);
  assert.equal(await checks.check('differentpassword', REFERENCE), false);
});

test('the same password never has the same hash, and each is its own', async () => {
  const [one, two] = await Promise.all([
    hashPassword('Zq7rT0aB', systemEntropy),
    hashPassword('Zq7rT0aB', systemEntropy),
  ]);
  assert.ok(isPasswordHash(one));
  assert.notEqual(one, two);
  const checks = new PasswordChecks();
  assert.deepEqual(await Promise.all([checks.check('Zq7rT0aB', one), checks.check('Zq7rT0aB', two)]), [true, true]);
});

test('no password is the one of nobody', async () => {
  const checks = new PasswordChecks();
  assert.equal(await checks.check('', null), false);
});

test('more checks than may wait are not taken, and there is room again when they are done', async () => {
  const cheap = await cheapHash();
  const checks = new PasswordChecks();
  const answers: Promise<boolean>[] = [];
  while (!checks.isFull && answers.length < 1000) answers.push(checks.check('password', cheap));
  assert.equal(answers.length, 402);
  assert.ok((await Promise.all(answers)).every((isRight) => !isRight));
  assert.ok(!checks.isFull);
  assert.equal(await checks.check('password', cheap), false);
});

/** A hash that costs next to nothing to check, and that no password has. */
const cheapHash = (): Promise<string> => Promise.resolve(REFERENCE.replace('m=65536,t=2', 'm=8,t=1'));
