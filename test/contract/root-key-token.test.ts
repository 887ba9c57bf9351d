import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import type { FaultCode, FaultError } from '../../src/base/fault.ts';
import { TokenKeeper, type TokenOptions } from '../../src/vault/roots/token/token-keeper.ts';
import { HandClock } from '../support/hand-clock.ts';
import { SoftHsm } from '../support/soft-hsm.ts';

const context = Buffer.from('where it belongs');
const plain = Buffer.alloc(32, 7);
let hsm: SoftHsm;
let keepers: TokenKeeper[] = [];

before(() => {
  hsm = new SoftHsm();
});
after(() => hsm[Symbol.dispose]());
afterEach(() => {
  hsm.rightPin();
  for (const keeper of keepers) keeper.close();
  keepers = [];
});

function keeperOf(more: Partial<TokenOptions> = {}): TokenKeeper {
  const keeper = new TokenKeeper({ ...hsm.place, clock: systemClock, entropy: systemEntropy, ...more });
  keepers.push(keeper);
  return keeper;
}

const hasCode =
  (code: FaultCode, words: RegExp) =>
  ({ fault, message }: FaultError): boolean => {
    assert.equal(fault.code, code, message);
    assert.match(message, words);
    return true;
  };

async function unwrapped(keeper: TokenKeeper, made: { version: number; wrapped: Buffer }): Promise<Buffer> {
  const target = Buffer.alloc(32);
  await keeper.unwrapInto(target, made.wrapped, context, made.version);
  return target;
}

test('a key is made in the token as one that never leaves it, as another tool sees it', async () => {
  const keeper = keeperOf({ keyLabel: 'made here' });
  assert.deepEqual(await keeper.versions(), []);
  const made = await keeper.renew();
  assert.equal(made.version, 1);
  const shown = hsm.tool('--list-objects', '--type', 'secrkey');
  assert.match(
    shown,
    /AES length 32\n +label: +made here\n +ID: +0001\w{12}\n[\s\S]*sensitive, always sensitive, never extractable, local/,
  );
});

test('a key that another tool made in the token is taken', async () => {
  hsm.tool('--keygen', '--key-type', 'aes:32', '--label', 'made there', '--id', '0003', '--sensitive', '--private');
  const keeper = keeperOf({ keyLabel: 'made there' });
  assert.deepEqual(await keeper.versions(), [{ version: 3, madeAtMs: null }]);
  assert.deepEqual(await unwrapped(keeper, await keeper.wrap(plain, context)), plain);
});

const unfit: readonly (readonly [name: string, how: readonly string[], words: RegExp])[] = [
  ['has 128 bits', ['--key-type', 'aes:16', '--id', '0001', '--sensitive', '--private'], /not of 256 bits/],
  [
    'may leave it',
    ['--key-type', 'aes:32', '--id', '0001', '--sensitive', '--private', '--extractable'],
    /kept from leaving it/,
  ],
  ['anybody may use', ['--key-type', 'aes:32', '--id', '0001', '--sensitive'], /not private/],
  ['can be read', ['--key-type', 'aes:32', '--id', '0001', '--private'], /not (?:always )?sensitive/],
  ['has an id that is no version', ['--key-type', 'aes:32', '--id', '01', '--sensitive', '--private'], /id of the key/],
];
for (const [name, how, words] of unfit) {
  test(`a key in the token that ${name} is refused`, async () => {
    hsm.tool('--keygen', '--label', name, ...how);
    await assert.rejects(keeperOf({ keyLabel: name }).wrap(plain, context), hasCode('root_key_unsafe', words));
  });
}

test('two keys of one version are refused, for nobody knows which wraps', async () => {
  for (let made = 0; made < 2; made++)
    hsm.tool('--keygen', '--key-type', 'aes:32', '--label', 'twins', '--id', '0001', '--sensitive', '--private');
  await assert.rejects(keeperOf({ keyLabel: 'twins' }).versions(), hasCode('root_key_unsafe', /two keys twins/));
});

test('a wrong PIN, a missing and an open PIN file are refused in plain words', async () => {
  hsm.writePin('wrong-pin');
  await assert.rejects(keeperOf().versions(), hasCode('token_pin_refused', /refuses the PIN/));
  chmodSync(hsm.pinFile, 0o644);
  await assert.rejects(keeperOf().versions(), hasCode('root_key_unsafe', /PIN file .* must be 0600/));
  rmSync(hsm.pinFile);
  await assert.rejects(keeperOf().versions(), hasCode('token_pin_refused', /no PIN file/));
});

test('a module, token or key that is not there is named', async () => {
  await assert.rejects(
    keeperOf({ module: '/nowhere.so' }).versions(),
    hasCode('token_unavailable', /cannot be loaded/),
  );
  await assert.rejects(
    keeperOf({ token: 'another' }).versions(),
    hasCode('token_unavailable', /label another is there/),
  );
  await assert.rejects(keeperOf({ keyLabel: 'none' }).wrap(plain, context), hasCode('root_key_missing', /no root key/));
});

test('a token that is pulled is missed, and works again when it is back', async () => {
  const keeper = keeperOf({ keyLabel: 'pulled' });
  await keeper.renew();
  const made = await keeper.wrap(plain, context);
  keeper.close();
  hsm.pull();
  await assert.rejects(unwrapped(keeper, made), hasCode('token_unavailable', /No token/));
  hsm.plugIn();
  assert.deepEqual(await unwrapped(keeper, made), plain);
});

/** The process that speaks to the token for us. */
function processOfToken(): number {
  const found = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && isOurs(entry));
  assert.equal(found.length, 1);
  return Number(found[0]);
}

function isOurs(pid: string): boolean {
  try {
    const parent = /\nPPid:\t(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return parent === String(process.pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('token/process.ts');
  } catch {
    return false;
  }
}

test('when the process that speaks to the token ends while nobody asks, the next question is answered', async () => {
  const keeper = keeperOf({ keyLabel: 'killed at rest' });
  await keeper.renew();
  const pid = processOfToken();
  process.kill(pid, 'SIGKILL');
  while (existsSync(`/proc/${pid}`)) await turn();
  assert.deepEqual(await unwrapped(keeper, await keeper.wrap(plain, context)), plain);
  assert.notEqual(processOfToken(), pid);
});

test('when the process that speaks to the token is killed, the next question begins another', async () => {
  const keeper = keeperOf({ keyLabel: 'killed' });
  await keeper.renew();
  const made = await keeper.wrap(plain, context);
  process.kill(processOfToken(), 'SIGSTOP');
  const asked = unwrapped(keeper, made);
  process.kill(processOfToken(), 'SIGKILL');
  await assert.rejects(asked, hasCode('token_unavailable', /has ended/));
  assert.deepEqual(await unwrapped(keeper, made), plain);
});

test('a token that does not answer is given up, and its process with it', async () => {
  const clock = new HandClock();
  const keeper = keeperOf({ keyLabel: 'silent', clock });
  await keeper.renew();
  const made = await keeper.wrap(plain, context);
  const pid = processOfToken();
  process.kill(pid, 'SIGSTOP');
  const asked = unwrapped(keeper, made);
  const givenUp = assert.rejects(asked, hasCode('token_unavailable', /does not answer/));
  await new Promise(setImmediate);
  clock.advance(20_000);
  await givenUp;
  assert.deepEqual(await unwrapped(keeper, made), plain);
  assert.notEqual(processOfToken(), pid);
});
