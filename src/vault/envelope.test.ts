import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { systemEntropy } from '../base/entropy.ts';
import { FaultError } from '../base/fault.ts';
import { IdSource } from '../base/id.ts';
import { type Binding, ENVELOPE_BYTES, Envelopes, type Purpose, purposes } from './envelope.ts';

const ids = new IdSource(systemClock, systemEntropy);
const envelopes = new Envelopes(systemEntropy);
const newKey = (version = 1) => ({ version, bytes: systemEntropy.fill(Buffer.alloc(32)) });
const key = newKey();
const binding: Binding = { purpose: 'body', accountId: 7, record: ids.next(), revision: 0 };
const plain = Buffer.from('Your table is ready');

const refuses = (open: () => unknown): void =>
  assert.throws(open, (error) => error instanceof FaultError && error.fault.code === 'seal_broken');

test('what was sealed opens under the same key and binding', () => {
  const envelope = envelopes.seal(plain, binding, key);
  assert.equal(envelope.length, plain.length + ENVELOPE_BYTES);
  assert.deepEqual(envelopes.open(envelope, binding, key), plain);
  assert.deepEqual(envelopes.open(envelopes.seal(Buffer.alloc(0), binding, key), binding, key), Buffer.alloc(0));
});

test('an envelope is written where it is told, and nowhere else', () => {
  const target = Buffer.alloc(100, 0xaa);
  envelopes.sealInto(target, 10, plain, binding, key);
  const end = 10 + plain.length + ENVELOPE_BYTES;
  assert.deepEqual(target.subarray(0, 10), Buffer.alloc(10, 0xaa));
  assert.deepEqual(target.subarray(end), Buffer.alloc(100 - end, 0xaa));
  assert.deepEqual(envelopes.open(target.subarray(10, end), binding, key), plain);
});

test('the same text never gives the same envelope', () => {
  const seen = new Set(Array.from({ length: 1000 }, () => envelopes.seal(plain, binding, key).toString('hex', 3, 27)));
  assert.equal(seen.size, 1000);
});

test('an envelope opens for no other purpose, account, record, revision or key', () => {
  const envelope = envelopes.seal(plain, binding, key);
  const others: Partial<Binding>[] = [
    ...(Object.keys(purposes) as Purpose[]).filter((purpose) => purpose !== 'body').map((purpose) => ({ purpose })),
    { accountId: 8 },
    { record: ids.next() },
    { record: 1 },
    { revision: 1 },
  ];
  for (const other of others) refuses(() => envelopes.open(envelope, { ...binding, ...other }, key));
  refuses(() => envelopes.open(envelope, binding, newKey()));
});

test('records that differ only above 32 bits are told apart', () => {
  const low = { ...binding, record: 5 };
  refuses(() => envelopes.open(envelopes.seal(plain, low, key), { ...low, record: 2 ** 32 + 5 }, key));
});

test('an envelope that was cut short is refused at every length', () => {
  const envelope = envelopes.seal(plain, binding, key);
  for (let length = 1; length < envelope.length; length++) {
    refuses(() => envelopes.open(envelope.subarray(0, length), binding, key));
  }
  refuses(() => envelopes.open(Buffer.concat([envelope, Buffer.alloc(1)]), binding, key));
});

test('an envelope with any bit altered is refused', () => {
  const envelope = envelopes.seal(plain, binding, key);
  for (let bit = 24; bit < envelope.length * 8; bit++) {
    const altered = Buffer.from(envelope);
    altered[bit >> 3]! ^= 1 << (bit & 7);
    refuses(() => envelopes.open(altered, binding, key));
  }
});

test('another algorithm or another version of the key is not mine, which is not the same as broken', () => {
  const envelope = envelopes.seal(plain, binding, key);
  const foreign = Buffer.from(envelope);
  foreign[0] = 2;
  assert.equal(envelopes.open(foreign, binding, key), null);
  assert.equal(envelopes.open(envelope, binding, { ...key, version: 2 }), null);
  assert.equal(envelopes.open(Buffer.alloc(0), binding, key), null);
});

test('the version in an envelope is authenticated: it cannot be renamed to another key', () => {
  const envelope = envelopes.seal(plain, binding, key);
  envelope.writeUInt16BE(2, 1);
  refuses(() => envelopes.open(envelope, binding, { ...key, version: 2 }));
});
