import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { systemEntropy } from '../../src/base/entropy.ts';
import type { FaultCode, FaultError } from '../../src/base/fault.ts';
import { Envelopes } from '../../src/vault/envelope.ts';
import { createRootKey, FileRootKey } from '../../src/vault/roots/file-root-key.ts';
import { leastPassphraseCost } from '../../src/vault/roots/passphrase.ts';
import { rootKeysIn } from '../support/root-keys.ts';

const ROOTS = join(import.meta.dirname, '../../src/vault/roots');
const envelopes = new Envelopes(systemEntropy);
const binding = { purpose: 'account key', accountId: 1, record: 0, revision: 1 } as const;
const accountKey = Buffer.alloc(32, 7);
const passphrase = Buffer.from('correct horse battery staple');
const MADE_MS = 1_800_000_000_000;
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-root-'));
  path = join(folder, 'root.key');
});
afterEach(() => rmSync(folder, { recursive: true }));

const options = (at: string) => ({
  path: at,
  envelopes,
  entropy: systemEntropy,
  nowMs: () => MADE_MS,
  cost: leastPassphraseCost,
});
const open = (given: Buffer | null = null): Promise<FileRootKey> => FileRootKey.open(options(path), given);

async function created(): Promise<FileRootKey> {
  createRootKey(path, systemEntropy);
  return await open();
}

async function unwrapped(root: FileRootKey, wrapped: Buffer): Promise<Buffer> {
  const plain = Buffer.alloc(32);
  await root.unwrapInto(plain, wrapped, binding);
  return plain;
}

const refuses = (code: string, words: RegExp, given: Buffer | null = null): Promise<void> =>
  assert.rejects(open(given), (error: FaultError) => {
    assert.equal(error.fault.code, code);
    assert.match(error.message, words);
    return true;
  });

const hasCode =
  (...codes: FaultCode[]) =>
  ({ fault }: FaultError): boolean =>
    codes.includes(fault.code);
const isWrong = hasCode('passphrase_wrong');
const isWeak = hasCode('passphrase_weak');
const isNoticed = hasCode('root_key_unsafe', 'passphrase_wrong');

test('with a passphrase the file holds no key in clear, and opens with that passphrase alone', async () => {
  const root = await created();
  const clear = readFileSync(path);
  const wrapped = await root.wrap(accountKey, binding);
  await root.changePassphrase(null, passphrase);
  assert.equal(readFileSync(path).includes(clear), false);
  assert.deepEqual(readdirSync(folder), ['root.key']);
  assert.equal(statSync(path).mode & 0o7777, 0o600);
  await refuses('passphrase_needed', /passphrase/);
  await refuses('passphrase_wrong', /not the passphrase/, Buffer.from('correct horse battery stapl'));
  const again = await open(passphrase);
  assert.deepEqual([again.isSealed, await unwrapped(again, wrapped)], [true, accountKey]);
});

test('a passphrase is changed and taken away by who knows it', async () => {
  const root = await created();
  await root.changePassphrase(null, passphrase);
  const sealed = readFileSync(path);
  const next = Buffer.from('another one that is long');
  await assert.rejects(root.changePassphrase(null, next), isWrong);
  await assert.rejects(root.changePassphrase(next, next), isWrong);
  assert.deepEqual(readFileSync(path), sealed, 'nothing has changed');
  await root.changePassphrase(passphrase, next);
  await refuses('passphrase_wrong', /not the passphrase/, passphrase);
  await (await open(next)).changePassphrase(next, null);
  assert.equal((await open()).isSealed, false);
});

test('a passphrase that is too short or too long is not taken', async () => {
  const root = await created();
  const before = readFileSync(path);
  for (const length of [0, 11, 1025]) {
    await assert.rejects(root.changePassphrase(null, Buffer.alloc(length, 65)), isWeak);
  }
  assert.deepEqual(readFileSync(path), before);
});

test('older versions go on opening, the latest wraps, and a passphrase seals them all', async () => {
  const root = await created();
  const first = await root.wrap(accountKey, binding);
  assert.deepEqual(await root.renew(), { version: 2, madeAtMs: MADE_MS });
  const second = await root.wrap(accountKey, binding);
  await root.changePassphrase(null, passphrase);
  await root.renew();
  const again = await open(passphrase);
  assert.deepEqual(await again.versions(), [
    { version: 1, madeAtMs: null },
    { version: 2, madeAtMs: MADE_MS },
    { version: 3, madeAtMs: MADE_MS },
  ]);
  for (const wrapped of [first, second]) assert.deepEqual(await unwrapped(again, wrapped), accountKey);
  assert.equal((await again.wrap(accountKey, binding)).readUInt16BE(1), 3);
});

test('any octet of a sealed file that is altered, and every cut, is noticed', async () => {
  const root = await created();
  await root.changePassphrase(null, passphrase);
  const whole = readFileSync(path);
  // Each guess costs 64 MiB and a tenth of a second: one octet of each field, and each length that cuts a field.
  const fields = [0, 16, 17, 20, 21, 24, 25, 40, 41, 42, 43, 44, 49, 50, 73, 74, 105, 106, whole.length - 1];
  for (const at of fields) {
    const altered = Buffer.from(whole);
    altered[at]! ^= 0x40;
    writeFileSync(path, altered);
    await assert.rejects(open(passphrase), isNoticed, `octet ${at}`);
  }
  for (const length of fields.slice(1).filter((one) => one !== 32)) {
    writeFileSync(path, whole.subarray(0, length));
    await refuses('root_key_unsafe', /root key file/, passphrase);
  }
});

test('a file that asks for a cost out of bounds is refused before it is paid', async () => {
  const root = await created();
  await root.changePassphrase(null, passphrase);
  const whole = readFileSync(path);
  for (const [at, value] of [
    [17, 65_535],
    [17, 1_048_577],
    [21, 2],
    [21, 17],
  ] as const) {
    const altered = Buffer.from(whole);
    altered.writeUInt32BE(value, at);
    writeFileSync(path, altered);
    await refuses('root_key_unsafe', /out of bounds/, passphrase);
  }
});

/** Does something with a root key in a process that kills itself at the `step`th call that touches the disk. */
function killedAt(step: number, action: string): boolean {
  const { status, signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', killing(step, action)], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  assert.ok(status === 0 || signal === 'SIGKILL', stderr);
  return signal === 'SIGKILL';
}

const killing = (step: number, action: string): string => `
  import { FileRootKey } from '${ROOTS}/file-root-key.ts';
  import { systemFiles } from '${ROOTS}/owned-file.ts';
  import { Envelopes } from '${ROOTS}/../envelope.ts';
  import { systemEntropy as entropy } from '${ROOTS}/../../base/entropy.ts';
  let calls = 0;
  const files = Object.fromEntries(Object.entries(systemFiles).map(([name, call]) => [name, (...args) => {
    if (++calls === ${step}) process.kill(process.pid, 'SIGKILL');
    return call(...args);
  }]));
  const cost = { memoryKib: 65536, passes: 3 };
  const options = { path: '${path}', envelopes: new Envelopes(entropy), entropy, nowMs: () => 0, cost, files };
  const root = await FileRootKey.open(options);
  ${action}
`;

test('a kill at any step of setting a passphrase leaves the key with it or without it', async () => {
  const wrapped = await (await created()).wrap(accountKey, binding);
  const clear = readFileSync(path);
  const ends: boolean[] = [];
  for (let step = 1; ; step++) {
    writeFileSync(path, clear);
    const wasKilled = killedAt(step, `await root.changePassphrase(null, Buffer.from('${passphrase.toString()}'));`);
    const isClear = readFileSync(path).equals(clear);
    ends.push(isClear);
    assert.deepEqual(await unwrapped(await open(isClear ? null : passphrase), wrapped), accountKey);
    if (!wasKilled) break;
  }
  assert.ok(ends.length > 6, 'it has steps');
  assert.deepEqual([ends[0], ends.at(-1)], [true, false]);
  assert.deepEqual(readdirSync(folder), ['root.key'], 'what a kill left is gone after the next');
});

test('a kill at any step of making a version leaves every version that was ever used', async () => {
  const wrapped = await (await created()).wrap(accountKey, binding);
  for (let step = 1; killedAt(step, 'await root.renew();'); step++)
    assert.deepEqual(await unwrapped(await open(), wrapped), accountKey);
  const versions = await (await open()).versions();
  assert.ok(versions.length > 1);
});

function pipeOf(mode: string): string {
  const passphraseFile = join(folder, `pipe-${mode}`);
  execFileSync('mkfifo', ['-m', mode, passphraseFile]);
  return passphraseFile;
}

test('the passphrase comes through a pipe of the owner, whose writer is not cut off', async () => {
  await (await created()).changePassphrase(null, passphrase);
  const passphraseFile = pipeOf('600');
  const argv = ['-c', 'printf "%s\\n" "$0" > "$1"', passphrase.toString(), passphraseFile];
  const written = once(spawn('/bin/sh', argv), 'exit');
  const roots = rootKeysIn(path, { file: { path, passphraseFile } });
  assert.equal((await roots.versions()).length, 1);
  assert.deepEqual(await written, [0, null]);
  roots.close();
});

test('a pipe that others may read from or write into is refused', async () => {
  await (await created()).changePassphrase(null, passphrase);
  for (const mode of ['640', '602']) {
    const roots = rootKeysIn(path, { file: { path, passphraseFile: pipeOf(mode) } });
    await assert.rejects(roots.versions(), hasCode('root_key_unsafe'), mode);
  }
});
