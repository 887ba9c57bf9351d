import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CREDENTIAL, numberOf, OTHER, World } from '../../../test/support/notice-world.ts';
import { MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import type { Told } from './notice.ts';

const ANNA = '12025550143';
const BEN = '12025550144';
const DAY = 24 * 60 * MINUTE_MS;

describe('notices stand in line', () => {
  it('one of a handset is told at a time, those of others at once', () => {
    const world = new World();
    const [first, second, other] = [world.happens(ANNA), world.happens(ANNA), world.happens(BEN)];
    assert.deepEqual(world.told, [first, other]);
    world.answers(first);
    assert.deepEqual(world.told, [first, other, second]);
    world.answers(second);
    world.answers(other);
    assert.equal(world.rows.size, 0);
  });

  it('and what is refused for now is told again after a while, before those behind it', () => {
    const world = new World();
    const [first, second, other] = [world.happens(ANNA), world.happens(ANNA), world.happens(BEN)];
    world.answers(first, 'refused');
    world.waits(4 * SECOND_MS);
    const third = world.happens(ANNA);
    assert.deepEqual(world.told, [first, other]);
    world.waits(SECOND_MS);
    assert.deepEqual(world.told, [first, other, first]);
    for (const number of [first, second, third]) {
      world.waits(SECOND_MS);
      world.answers(number);
    }
    assert.deepEqual(world.told, [first, other, first, second, third]);
  });

  it('and what is refused for good is not told again, nor does it keep those behind it', () => {
    const world = new World();
    const [first, second] = [world.happens(ANNA), world.happens(ANNA)];
    world.answers(first, 'rejected');
    assert.deepEqual([world.told, world.givenUp], [[first, second], [first]]);
  });

  it('and what is refused for a day steps aside until the next bind', () => {
    const world = new World();
    const [first, second] = [world.happens(ANNA), world.happens(ANNA)];
    for (let hours = 0; hours < 24; hours++) {
      world.answers(first, 'refused');
      world.waits(DAY / 24);
    }
    world.answers(first, 'refused');
    assert.deepEqual([world.givenUp, world.unanswered.length], [[first], 1]);
    world.answers(second);
    world.waits(DAY);
    assert.equal(world.unanswered.length, 0);
    world.binds();
    world.answers(first);
    assert.equal(world.rows.size, 0);
  });

  it('and what a session has not answered when it ends goes to another at once', () => {
    const world = new World();
    const [first, second] = [world.happens(ANNA), world.happens(ANNA)];
    world.answers(first, 'lost');
    world.answers(first);
    world.answers(second);
    assert.deepEqual(world.told, [first, first, second]);
  });

  it('and where no session is left, all is told in order at the next bind', () => {
    const world = new World();
    const [first, second, other] = [world.happens(ANNA), world.happens(ANNA), world.happens(BEN)];
    world.drops();
    const third = world.happens(ANNA);
    assert.equal(world.rows.size, 3);
    world.binds();
    assert.deepEqual(world.told, [first, other, first, other]);
    for (const number of [first, second, third, other]) world.answers(number);
    assert.deepEqual(world.told, [first, other, first, other, second, third]);
    assert.equal(world.rows.size, 0);
  });

  it('and what is not answered goes to the store with those behind it, and is told again after a minute', () => {
    const world = new World();
    const [first, second] = [world.happens(ANNA), world.happens(ANNA)];
    world.waits(9 * SECOND_MS);
    assert.ok(world.fresh.every((standing) => !standing.isSafe));
    world.waits(SECOND_MS);
    world.stores();
    assert.ok(world.fresh.every((standing) => standing.isSafe));
    world.waits(59 * SECOND_MS);
    assert.deepEqual(world.told, [first]);
    world.waits(SECOND_MS);
    assert.deepEqual(world.told, [first, first]);
    world.answers(first);
    world.answers(first);
    assert.deepEqual(world.told, [first, first, second]);
  });

  it('and an answer that comes too late still counts', () => {
    const world = new World();
    const first = world.happens(ANNA);
    world.waits(10 * SECOND_MS);
    world.answers(first);
    world.waits(0);
    assert.equal(world.rows.size, 0);
    world.waits(2 * MINUTE_MS);
    assert.deepEqual(world.told, [first]);
  });

  it('and wait for room in a window, in the order of their lines', () => {
    const world = new World();
    world.room = 1;
    const [first, second, third] = [world.happens(ANNA), world.happens(BEN), world.happens(ANNA)];
    assert.deepEqual(world.told, [first]);
    world.answers(first);
    world.answers(second);
    world.answers(third);
    assert.deepEqual(world.told, [first, second, third]);
    assert.equal(world.rows.size, 0);
  });

  it('and a new bind frees a line that waits because of a refusal, or of a silence', () => {
    for (const how of ['refused', 'silent'] as const) {
      const world = new World();
      const [first, second] = [world.happens(ANNA), world.happens(ANNA)];
      if (how === 'refused') world.answers(first, 'refused');
      else world.waits(10 * SECOND_MS);
      world.stores();
      world.binds();
      assert.deepEqual(world.told, [first, first], how);
      // Where the session that was silent has not ended, it may still answer.
      if (how === 'silent') world.answers(first);
      world.answers(first);
      world.answers(second);
      assert.deepEqual(world.told, [first, first, second], how);
    }
  });

  it('and a bind does not free a line of which something goes to the store meanwhile', () => {
    const world = new World();
    const [first, second] = [world.happens(ANNA), world.happens(ANNA)];
    world.answers(first, 'refused');
    world.storesOne((count) => count - 1);
    world.binds(1000, () => world.stores());
    assert.deepEqual(world.told, [first]);
    world.waits(5 * SECOND_MS);
    world.answers(first);
    world.waits(SECOND_MS);
    world.answers(second);
    assert.deepEqual(world.told, [first, first, second]);
  });

  it('and a line that is too long goes on in the store', () => {
    const world = new World();
    const numbers = Array.from({ length: 250 }, () => world.happens(ANNA));
    world.stores();
    assert.equal(world.rows.size, 150);
    for (const number of numbers) {
      world.answers(number);
      world.read();
    }
    assert.deepEqual(world.told, numbers);
    assert.equal(world.rows.size, 0);
  });

  it('and after a start nothing passes what may be in the store', () => {
    const world = new World(false);
    const before = world.happens(ANNA);
    assert.deepEqual(world.told, []);
    world.stores();
    world.read();
    const after = world.happens(ANNA);
    assert.deepEqual(world.told, [before]);
    world.waits(SECOND_MS);
    world.answers(before);
    world.waits(SECOND_MS);
    world.answers(after);
    world.waits(SECOND_MS);
    const direct = world.happens(ANNA);
    assert.deepEqual(world.told, [before, after, direct]);
  });

  it('and one application does not wait for another', () => {
    const world = new World();
    world.read(OTHER);
    const first = world.happens(ANNA);
    const other = world.happens(ANNA, OTHER);
    assert.deepEqual(world.told, [first, other]);
  });
});

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Lets anything happen in any order, then everything come to its end. Gives what was told, and to whom it belonged. */
function chaos(seed: number): { world: World; handsets: Map<number, string> } {
  const roll = dice(seed);
  const pick = (count: number) => Math.floor(roll() * count);
  const world = new World(roll() < 0.5);
  const handsets = new Map<number, string>();
  const answerOne = (told: Told) => {
    const { notice: one } = world.unanswered[pick(world.unanswered.length)]!;
    world.answers(numberOf(one), told);
  };
  for (let step = 0; step < 400; step++) {
    const die = roll();
    if (die < 0.35) {
      const handset = `1202555010${pick(5)}`;
      handsets.set(world.happens(handset), handset);
    } else if (die < 0.65 && world.unanswered.length > 0) {
      answerOne((['taken', 'taken', 'taken', 'taken', 'refused', 'lost', 'rejected'] as const)[pick(7)]!);
    } else if (die < 0.75) world.storesOne(pick);
    else if (die < 0.78) world.stores();
    else if (die < 0.85) world.read(CREDENTIAL, () => world.storesOne(pick));
    else if (die < 0.95) world.waits(pick(20) * SECOND_MS);
    else if (die < 0.97) world.drops();
    else world.binds(1 + pick(4), roll() < 0.5 ? () => world.stores() : () => {});
  }
  world.binds();
  for (let round = 0; round < 2000 && (world.unanswered.length > 0 || world.rows.size > 0); round++) {
    while (world.unanswered.length > 0) answerOne('taken');
    world.waits(MINUTE_MS);
  }
  return { world, handsets };
}

describe('whatever happens', () => {
  it("all are told, and no handset's notice before an older one of it", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const { world, handsets } = chaos(seed);
      assert.deepEqual([world.rows.size, world.unanswered.length], [0, 0], `seed ${seed}`);
      assert.deepEqual(new Set(world.told), new Set(handsets.keys()), `seed ${seed}`);
      for (const handset of new Set(handsets.values())) {
        const firsts = [...new Set(world.told)].filter((number) => handsets.get(number) === handset);
        const inOrder = firsts.toSorted((a, b) => a - b);
        assert.deepEqual(firsts, inOrder, `seed ${seed}`);
      }
    }
  });
});
