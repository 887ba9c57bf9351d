import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statuses } from '../../wire/smpp/statuses.ts';
import { nextAfter, otherStatuses, policyOf, recordedCode, submitPolicy } from './submit-policy.ts';

test('every command_status but ESME_ROK has its row, and what it says is followed', () => {
  for (const [name, { value }] of Object.entries(statuses)) {
    if (name === 'ESME_ROK') continue;
    const row = submitPolicy[name];
    assert.ok(row, `${name} has no row`);
    assert.equal(policyOf(value), row);
    assert.equal(nextAfter(value), row.next);
    assert.match(row.why, /^[A-Z].*\.$/);
  }
});

test('a code of the carrier alone is for another carrier to try, and one without a meaning is for good', () => {
  for (const status of [0x400, 0x4ff]) assert.equal(policyOf(status), otherStatuses.vendor);
  for (const status of [0x09, 0x3ff, 0x500, 0xffff_ffff]) assert.equal(policyOf(status), otherStatuses.reserved);
});

test('the word of the operator goes before the table', () => {
  const overrides = new Map([[0x45, 'retry' as const]]);
  assert.equal(nextAfter(0x45, overrides), 'retry');
  assert.equal(nextAfter(0x45), 'other route');
  assert.equal(nextAfter(0x58, overrides), 'slow down');
});

test('a code that fits no record is recorded as an unknown error', () => {
  assert.equal(recordedCode(0x7fff_ffff), 0x7fff_ffff);
  assert.equal(recordedCode(0x8000_0000), 0xff);
});
