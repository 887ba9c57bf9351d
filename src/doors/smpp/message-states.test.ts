import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MessageState, states } from '../../messages/states.ts';
import { messageStateOf } from './message-states.ts';

const all = Object.keys(states) as MessageState[];

test('every version is told the same of every message, but for one that waits for its time', () => {
  for (const version of [0x33, 0x34] as const)
    for (const state of all)
      assert.equal(messageStateOf(state, version) === messageStateOf(state, 0x50), state !== 'scheduled', state);
});

test('a message that waits for its time is SCHEDULED in 5.0, and ENROUTE where that is not known', () => {
  assert.deepEqual([messageStateOf('scheduled', 0x33), messageStateOf('scheduled', 0x34)], [1, 1]);
  assert.equal(messageStateOf('scheduled', 0x50), 0);
});

test('what an application has sent and has come to its end is never told as under way', () => {
  for (const state of all)
    if (states[state].final && state !== 'received') assert.ok(messageStateOf(state, 0x34) > 1, state);
});
