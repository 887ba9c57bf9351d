import assert from 'node:assert/strict';
import { test } from 'node:test';
import { states } from '../states.ts';
import { entryName, tellings } from './tellings.ts';

test('every state, and every state that was told by every way, has an octet and a name of its own', () => {
  const names = new Map<number, string>();
  for (const [state, { number }] of Object.entries(states)) {
    assert.ok(number < 32, state);
    assert.equal(entryName(number), state);
    names.set(number, state);
    for (const [telling, from] of Object.entries(tellings)) {
      assert.ok(!names.has(from + number) && from + number <= 0xff);
      names.set(from + number, telling);
      assert.equal(entryName(from + number), `${state}.${telling}`);
    }
  }
  for (const number of [31, 99, 128 + 31, 255]) assert.equal(entryName(number), String(number));
});
