import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../test/support/hand-clock.ts';
import { BindChecks } from './bind-checks.ts';

/** Costs next to nothing to check, and no password has it. */
const HASH = '$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
/** Five failures ban a source; two checks are under way at a time, and begin before the failure behind them counts. */
const CHECKED_MAX = 7;

function checks(): BindChecks {
  return new BindChecks(new HandClock(Date.UTC(2030, 0, 1)), () => {});
}

test('guesses side by side are no more than guesses one after the other', async () => {
  const binds = checks();
  const guess = (n: number) => binds.check({ systemId: 'app', password: `guess ${n}`, address: '192.0.2.1' }, HASH);
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => guess(n)));
  const checked = answers.filter((answer) => answer?.code === 'credential_invalid').length;
  assert.ok(checked >= 5 && checked <= CHECKED_MAX, `${checked} were checked`);
  assert.equal(answers.filter((answer) => answer?.code === 'too_many_failed_binds').length, 50 - checked);
});

test('a ban that comes while others wait holds for its own source only', async () => {
  const binds = checks();
  const guess = (address: string, systemId: string) => binds.check({ systemId, password: 'wrong', address }, HASH);
  const guesses = Array.from({ length: 50 }, (_, n) => guess('192.0.2.1', `app${n}`));
  const other = await guess('192.0.2.2', 'other');
  await Promise.all(guesses);
  assert.equal(other?.code, 'credential_invalid');
});
