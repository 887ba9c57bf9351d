import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairQueue } from './fair-queue.ts';

const drained = <T>(queue: FairQueue<T>): T[] => {
  const all: T[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) all.push(next);
  return all;
};

test('keys are served in turn, and within a key who came first', () => {
  const queue = new FairQueue<string>(10);
  for (const value of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) assert.equal(queue.push(value[0]!, value), null);
  assert.equal(queue.size, 6);
  assert.deepEqual(drained(queue), ['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  assert.equal(queue.size, 0);
});

test('who fills the queue takes room from himself only', () => {
  const queue = new FairQueue<string>(4);
  for (let n = 1; n <= 4; n++) queue.push('a', `a${n}`);
  assert.equal(queue.push('a', 'a5'), 'a5');
  assert.equal(queue.push('b', 'b1'), 'a4');
  assert.equal(queue.push('c', 'c1'), 'a3');
  assert.equal(queue.push('a', 'a6'), 'a6');
  assert.deepEqual(drained(queue), ['a1', 'b1', 'c1', 'a2']);
});

test('when everybody has the same, the newcomer waits outside', () => {
  const queue = new FairQueue<string>(2);
  queue.push('a', 'a1');
  queue.push('b', 'b1');
  assert.equal(queue.push('c', 'c1'), 'c1');
  assert.deepEqual(drained(queue), ['a1', 'b1']);
});

test('a key whose last gives way is served no more', () => {
  const queue = new FairQueue<string>(3);
  for (const value of ['a1', 'a2', 'a3']) queue.push('a', value);
  queue.push('b', 'b1');
  queue.push('c', 'c1');
  assert.deepEqual(drained(queue), ['a1', 'b1', 'c1']);
});
