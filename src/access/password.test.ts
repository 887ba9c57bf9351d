import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemEntropy } from '../base/entropy.ts';
import { hashPassword, isPasswordHash, PasswordChecks } from './password.ts';

const HERE = '192.0.2.1';

/** From the tests of the reference implementation: https://github.com/P-H-C/phc-winner-argon2, src/test.c. */
const REFERENCE = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

test('a hash of the reference implementation is understood', async () => {
  const checks = new PasswordChecks();
  assert.equal(await checks.check(HERE, 'password', REFERENCE), true);
  assert.equal(await checks.check(HERE, 'differentpassword', REFERENCE), false);
});

test('the same password never has the same hash, and each is its own', async () => {
  const [one, two] = await Promise.all([
    hashPassword('Zq7rT0aB', systemEntropy),
    hashPassword('Zq7rT0aB', systemEntropy),
  ]);
  assert.ok(isPasswordHash(one));
  assert.notEqual(one, two);
  const checks = new PasswordChecks();
  assert.deepEqual(await Promise.all([checks.check(HERE, 'Zq7rT0aB', one), checks.check(HERE, 'Zq7rT0aB', two)]), [
    true,
    true,
  ]);
});

test('no password is the one of nobody', async () => {
  const checks = new PasswordChecks();
  assert.equal(await checks.check(HERE, '', null), false);
});

test('more checks than may wait are not taken, and there is room again when they are done', async () => {
  const cheap = await cheapHash();
  const checks = new PasswordChecks();
  const answers = await Promise.all(Array.from({ length: 500 }, () => checks.check(HERE, 'password', cheap)));
  assert.equal(answers.filter((answer) => answer === false).length, 402);
  assert.equal(answers.filter((answer) => answer === null).length, 98);
  assert.equal(await checks.check(HERE, 'password', cheap), false);
});

test('who asks from elsewhere has his turn, however many one source asks', async () => {
  const cheap = await cheapHash();
  const checks = new PasswordChecks();
  const order: string[] = [];
  const asks = async (source: string) => {
    if ((await checks.check(source, 'password', cheap)) !== null) order.push(source);
  };
  await Promise.all([...Array.from({ length: 1000 }, () => asks(HERE)), asks('198.51.100.1')]);
  assert.equal(order.length, 402);
  assert.ok(order.indexOf('198.51.100.1') <= 4, 'a turn or two after those that were being checked');
});

/** A hash that costs next to nothing to check, and that no password has. */
const cheapHash = (): Promise<string> => Promise.resolve(REFERENCE.replace('m=65536,t=2', 'm=8,t=1'));
