import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OpenRing } from './open-ring.ts';

const MANY = 100_000;

interface Item {
  readonly number: number;
  isFinished: boolean;
}

const item = (number: number): Item => ({ number, isFinished: false });

test('the oldest is the first that is not finished, in whatever order they finish', () => {
  const ring = new OpenRing<Item>(({ isFinished }) => isFinished);
  const items = [item(0), item(1), item(2)];
  for (const each of items) ring.push(each);
  items[1]!.isFinished = true;
  assert.equal(ring.oldest(), items[0]);
  items[0]!.isFinished = true;
  assert.equal(ring.oldest(), items[2]);
  assert.equal(ring.count(), 1);
  items[2]!.isFinished = true;
  assert.equal(ring.oldest(), undefined);
});

test('one that stays unfinished does not keep those behind it in memory', () => {
  let asked = 0;
  const ring = new OpenRing<Item>(({ isFinished }) => {
    asked++;
    return isFinished;
  });
  const first = item(0);
  ring.push(first);
  for (let number = 1; number <= MANY; number++) ring.push({ number, isFinished: true });
  assert.ok(asked < 3 * MANY);
  asked = 0;
  assert.deepEqual([...ring.open()], [first]);
  assert.ok(asked < MANY / 10, `${asked} are kept`);
  assert.equal(ring.oldest(), first);
});
