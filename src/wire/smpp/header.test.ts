import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextSequence } from './header.ts';

test('sequence numbers begin with 1, and begin anew behind the highest that SMPP has', () => {
  assert.equal(nextSequence(0), 1);
  assert.equal(nextSequence(1), 2);
  assert.equal(nextSequence(0x7fff_fffe), 0x7fff_ffff);
  assert.equal(nextSequence(0x7fff_ffff), 1);
});
