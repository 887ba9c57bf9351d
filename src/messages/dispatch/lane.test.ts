import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MAX_SEGMENTS } from '../../wire/text/segments.ts';
import type { Message } from '../message.ts';
import { Lane } from './lane.ts';

const CAPACITY = 1000;
const PAGE = 500;

/** As much of a message as a lane looks at. */
const longest = (): Message =>
  ({ parts: Array.from({ length: MAX_SEGMENTS }, () => ({ state: 'here' })) }) as unknown as Message;

it('a full lane has a place for a page of the longest messages of each kind that is read back', () => {
  const lane = new Lane(CAPACITY);
  assert.ok(lane.reserve(CAPACITY));
  const message = longest();
  for (let read = 0; read < 3 * PAGE; read++) {
    lane.expect(MAX_SEGMENTS);
    lane.push(message);
  }
  assert.equal(lane.size, 3 * PAGE * MAX_SEGMENTS);
  assert.equal(lane.isLow, false);
});
