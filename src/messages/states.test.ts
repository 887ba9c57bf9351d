import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type MessageState, stateOf, states } from './states.ts';

const MIGRATION = new URL('../store/migrations/0001-foundation.sql', import.meta.url);
const rows = Object.entries(states) as [MessageState, (typeof states)[MessageState]][];

test('every state that may follow is a state', () => {
  for (const [state, { next }] of rows) for (const name of next) assert.ok(name in states, `${state} leads to ${name}`);
});

test('every state has a number of its own, and is found by it', () => {
  for (const [state, { number }] of rows) assert.equal(stateOf(number), state);
  assert.equal(stateOf(99), null);
});

test('what is final outranks what is not: queries tell an end by its number', () => {
  for (const [state, { number, final }] of rows) assert.equal(number >= 10, final, state);
});

test('the database takes the states that are recorded, and no others', () => {
  const [, list] = /state int2 NOT NULL CHECK \(state IN \(([\d, ]+)\)\)/.exec(readFileSync(MIGRATION, 'utf8'))!;
  const recorded = rows.map(([, { number }]) => number).filter((number) => number !== states.accepted.number);
  assert.deepEqual(list!.split(', ').map(Number), recorded);
});
