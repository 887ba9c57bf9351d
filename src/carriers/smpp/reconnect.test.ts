import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entropy } from '../../base/entropy.ts';
import { BackOff, type LostBind } from './reconnect.ts';

const halfway: Entropy = { fill: (target) => target, fraction: () => 0.5 };
const backOff = () => new BackOff(500, 30_000, halfway);
const bind = (lost: Partial<LostBind>): LostBind => ({ lifeMs: 3000, answered: 0, unanswered: 0, ...lost });

const waits = (of: BackOff, count: number) => Array.from({ length: count }, () => of.nextDelayMs());

test('waits double from the least to the most', () => {
  assert.deepEqual(waits(backOff(), 8), [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('after a bind that lasted the first try comes soon, and the next ones in their time', () => {
  const of = backOff();
  waits(of, 4);
  of.lost(bind({ lifeMs: 10_000 }));
  assert.deepEqual(waits(of, 3), [100, 500, 1000]);
});

test('a short bind that brought over far more than it left in doubt is as good as a long one', () => {
  const of = backOff();
  for (let drops = 0; drops < 5; drops++) {
    of.lost(bind({ answered: 1000, unanswered: 100 }));
    assert.equal(of.nextDelayMs(), 100);
  }
});

for (const [name, lost] of [
  ['carried nothing', bind({})],
  ['left in doubt what it carried', bind({ answered: 999, unanswered: 100 })],
  ['was lost with its first answer', bind({ lifeMs: 999, answered: 1 })],
] as const) {
  test(`a carrier that takes binds and drops them is left alone longer each time: ${name}`, () => {
    const of = backOff();
    const delays = Array.from({ length: 4 }, () => {
      of.lost(lost);
      return of.nextDelayMs();
    });
    assert.deepEqual(delays, [500, 1000, 2000, 4000]);
  });
}
