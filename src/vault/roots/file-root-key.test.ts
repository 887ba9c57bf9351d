import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { systemEntropy } from '../../base/entropy.ts';
import type { FaultError } from '../../base/fault.ts';
import { Envelopes } from '../envelope.ts';
import { createRootKey, FileRootKey, rootKeyExists } from './file-root-key.ts';
import { type Files, systemFiles } from './owned-file.ts';

const envelopes = new Envelopes(systemEntropy);
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-root-'));
  path = join(folder, 'root.key');
});
afterEach(() => rmSync(folder, { recursive: true }));

const options = () => ({ path, envelopes, entropy: systemEntropy, nowMs: () => 0 });
const open = (): Promise<FileRootKey> => FileRootKey.open(options());

/** A disk that has room for so many octets, and takes so many at once at most. */
function filesOn(room: number, atOnce = room): Files {
  let left = room;
  const writeSync = (file: number, bytes: Buffer, at = 0): number => {
    if (left === 0) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    const count = Math.min(left, atOnce, bytes.length - at);
    left -= count;
    return systemFiles.writeSync(file, bytes, at, count);
  };
  return { ...systemFiles, writeSync: writeSync as Files['writeSync'] };
}

const refuses = (code: string, words: RegExp): Promise<void> =>
  assert.rejects(open(), (error: FaultError) => {
    assert.equal(error.fault.code, code);
    assert.match(error.message, words);
    return true;
  });

test('a new root key has 32 octets, is for its owner alone and leaves nothing else behind', () => {
  createRootKey(path, systemEntropy);
  assert.equal(statSync(path).mode & 0o7777, 0o600);
  assert.equal(readFileSync(path).length, 32);
  assert.deepEqual(readdirSync(folder), ['root.key']);
});

test('a root key that is there already is kept', () => {
  createRootKey(path, systemEntropy);
  const first = readFileSync(path);
  createRootKey(path, systemEntropy);
  assert.deepEqual(readFileSync(path), first);
  assert.deepEqual(readdirSync(folder), ['root.key']);
});

test('a disk that has room for some of it costs no root key, and keeps no part of a new one', async () => {
  createRootKey(path, systemEntropy);
  const before = readFileSync(path);
  for (const room of [0, 1, 50, 100]) {
    const root = await FileRootKey.open({ ...options(), files: filesOn(room) });
    await assert.rejects(root.renew(), { code: 'ENOSPC' });
    assert.deepEqual(readFileSync(path), before);
    rmSync(join(folder, 'other.key'), { force: true });
    if (room < before.length)
      assert.throws(() => createRootKey(join(folder, 'other.key'), systemEntropy, filesOn(room)), { code: 'ENOSPC' });
    assert.deepEqual(
      readdirSync(folder).filter((name) => name !== 'other.key'),
      ['root.key'],
      `${room} octets`,
    );
  }
  const root = await FileRootKey.open({ ...options(), files: filesOn(1000, 7) });
  await root.renew();
  assert.equal((await open()).isSealed, false);
  assert.deepEqual(
    (await (await open()).versions()).map(({ version }) => version),
    [1, 2],
  );
});

test('a missing root key is named', async () => {
  assert.equal(rootKeyExists(path), false);
  await refuses('root_key_missing', /no root key file at .*root\.key/);
});

for (const mode of [0o640, 0o604, 0o660, 0o700, 0o4600]) {
  test(`a root key of mode ${mode.toString(8)} is refused`, async () => {
    createRootKey(path, systemEntropy);
    chmodSync(path, mode);
    await refuses('root_key_unsafe', /it must be 0600/);
  });
}

test('a root key narrower than 0600 is taken', async () => {
  createRootKey(path, systemEntropy);
  chmodSync(path, 0o400);
  assert.equal((await open()).kind, 'file');
});

test('a file that is no root key is refused, whatever its length', async () => {
  for (const length of [0, 31, 33, 100, 4000]) {
    writeFileSync(path, Buffer.alloc(length, 1), { mode: 0o600 });
    await refuses('root_key_unsafe', new RegExp(`has ${length} bytes`));
  }
});

test('a symbolic link is refused, even to a good key, and counts as present', async () => {
  createRootKey(join(folder, 'elsewhere.key'), systemEntropy);
  symlinkSync(join(folder, 'elsewhere.key'), path);
  await refuses('root_key_unsafe', /symbolic link/);
  rmSync(join(folder, 'elsewhere.key'));
  assert.equal(rootKeyExists(path), true);
});

test('a folder in its place is refused', async () => {
  mkdirSync(path, 0o600);
  await refuses('root_key_unsafe', /not a regular file/);
});

test('a root key of another user is refused', async () => {
  createRootKey(path, systemEntropy);
  if (process.getuid?.() === 0) {
    chownSync(path, 65_534, 65_534);
    await refuses('root_key_unsafe', /belongs to another user/);
  } else {
    // Only root can give a file away: a file of the system then, which its mode already rules out.
    path = '/etc/passwd';
    await refuses('root_key_unsafe', /root key file/);
  }
});
