import assert from 'node:assert/strict';
import { test } from 'node:test';
import { congestionOfThrottled, congestionState } from './congestion.ts';

test('an idle session on an idle gateway is told 0', () => assert.equal(congestionState(0, 0), 0));

test('a full window is the optimum, and no congestion', () => {
  assert.equal(congestionState(1, 0), 79);
  assert.equal(congestionState(0.5, 0), 40);
});

test('a full gateway is congested, whatever the window', () => {
  assert.equal(congestionState(0, 1), 100);
  assert.equal(congestionState(1, 1), 100);
  assert.equal(congestionState(0.1, 0.85), 85);
  assert.equal(congestionState(0, 7), 100);
});

test('who is over its rate is told to slow down', () => {
  assert.equal(congestionOfThrottled(0, 0), 90);
  assert.equal(congestionOfThrottled(1, 0.97), 97);
});
