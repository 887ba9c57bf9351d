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
import { systemEntropy } from '../base/entropy.ts';
import type { FaultError } from '../base/fault.ts';
import { Envelopes } from './envelope.ts';
import { createRootKey, FileRootKey, rootKeyExists } from './root-key.ts';

const envelopes = new Envelopes(systemEntropy);
const binding = { purpose: 'account key', accountId: 1, record: 0, revision: 1 } as const;
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-root-'));
  path = join(folder, 'root.key');
});
afterEach(() => rmSync(folder, { recursive: true }));

function refuses(code: string, words: RegExp): void {
  assert.throws(
    () => new FileRootKey(path, envelopes),
    (error: FaultError) => {
      assert.equal(error.fault.code, code);
      assert.match(error.message, words);
      return true;
    },
  );
}

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

test('a key wrapped before a restart is unwrapped after it', async () => {
  createRootKey(path, systemEntropy);
  const wrapped = await new FileRootKey(path, envelopes).wrap(Buffer.alloc(32, 7), binding);
  const plain = Buffer.alloc(32);
  await new FileRootKey(path, envelopes).unwrapInto(plain, wrapped, binding);
  assert.deepEqual(plain, Buffer.alloc(32, 7));
});

const isMismatch = (error: FaultError): boolean => error.fault.code === 'root_key_mismatch';

test('a key wrapped by another root key, or for another account, does not open', async () => {
  createRootKey(path, systemEntropy);
  const root = new FileRootKey(path, envelopes);
  const wrapped = await root.wrap(Buffer.alloc(32, 7), binding);
  rmSync(path);
  createRootKey(path, systemEntropy);
  const other = new FileRootKey(path, envelopes);
  await assert.rejects(other.unwrapInto(Buffer.alloc(32), wrapped, binding), isMismatch);
  await assert.rejects(root.unwrapInto(Buffer.alloc(32), wrapped, { ...binding, accountId: 2 }), isMismatch);
});

test('a missing root key is named', () => {
  assert.equal(rootKeyExists(path), false);
  refuses('root_key_missing', /no root key file at .*root\.key/);
});

for (const mode of [0o640, 0o604, 0o660, 0o700, 0o4600]) {
  test(`a root key of mode ${mode.toString(8)} is refused`, () => {
    createRootKey(path, systemEntropy);
    chmodSync(path, mode);
    refuses('root_key_unsafe', /it must be 0600/);
  });
}

test('a root key narrower than 0600 is taken', () => {
  createRootKey(path, systemEntropy);
  chmodSync(path, 0o400);
  assert.equal(new FileRootKey(path, envelopes).name, 'file');
});

test('a root key of another length is refused', () => {
  for (const length of [0, 31, 33]) {
    writeFileSync(path, Buffer.alloc(length), { mode: 0o600 });
    refuses('root_key_unsafe', new RegExp(`has ${length} bytes`));
  }
});

test('a symbolic link is refused, even to a good key, and counts as present', () => {
  createRootKey(join(folder, 'elsewhere.key'), systemEntropy);
  symlinkSync(join(folder, 'elsewhere.key'), path);
  refuses('root_key_unsafe', /symbolic link/);
  rmSync(join(folder, 'elsewhere.key'));
  assert.equal(rootKeyExists(path), true);
});

test('a folder in its place is refused', () => {
  mkdirSync(path, 0o600);
  refuses('root_key_unsafe', /not a regular file/);
});

test('a root key of another user is refused', () => {
  createRootKey(path, systemEntropy);
  if (process.getuid?.() === 0) {
    chownSync(path, 65_534, 65_534);
    refuses('root_key_unsafe', /belongs to another user/);
  } else {
    // Only root can give a file away: a file of the system then, which its mode already rules out.
    path = '/etc/passwd';
    refuses('root_key_unsafe', /root key file/);
  }
});
