import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkErrorTypes, readNetworkError } from './network-error.ts';

test('an error is told with its network', () => {
  assert.deepEqual(readNetworkError(Buffer.from([3, 0x01, 0x2c])), { network: 3, code: 300 });
  for (const type of Object.keys(networkErrorTypes).map(Number)) {
    assert.deepEqual(readNetworkError(Buffer.from([type, 0, 9])), { network: type, code: 9 });
  }
});

test('a network that nobody knows is null', () => {
  for (const type of [0, 9, 255]) {
    assert.deepEqual(readNetworkError(Buffer.from([type, 0, 9])), { network: null, code: 9 });
  }
});

test('a value of another length, or without an error, tells nothing', () => {
  for (const octets of [[], [3], [3, 0], [3, 0, 1, 0], [3, 0, 0]])
    assert.equal(readNetworkError(Buffer.from(octets)), null);
});
