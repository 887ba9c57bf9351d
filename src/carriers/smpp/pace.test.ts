import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Pace } from './pace.ts';

/** Whether a carrier refuses what it is sent at a time. */
type Refuses = (nowMs: number) => boolean;

interface Run {
  /** Taken and refused in each second. */
  readonly taken: readonly number[];
  readonly refused: readonly number[];
  readonly pace: Pace;
}

interface About {
  readonly window?: number;
  /** How long an answer takes to what is sent at a time. */
  readonly rttMs?: (isRefused: boolean, nowMs: number) => number;
  readonly most?: number;
}

/** A bind with endless work against a carrier that answers after a while, in virtual time. */
function run(refuses: Refuses, seconds: number, about: About = {}): Run {
  const { window = 100, rttMs = () => 50, most = null } = about;
  const pace = new Pace(most);
  const taken = Array.from({ length: seconds }, () => 0);
  const refused = Array.from({ length: seconds }, () => 0);
  const flying: { sentAtMs: number; isRefused: boolean; untilMs: number }[] = [];
  let nextMs = 0;
  for (let nowMs = 0; nowMs < seconds * 1000; nowMs++) {
    flying.sort((one, other) => one.untilMs - other.untilMs);
    while (flying.length > 0 && flying[0]!.untilMs <= nowMs) {
      const { sentAtMs, isRefused } = flying.shift()!;
      (isRefused ? refused : taken)[Math.floor(nowMs / 1000)]! += 1;
      if (isRefused) pace.throttled(sentAtMs, nowMs);
      else pace.taken(sentAtMs, nowMs);
    }
    if (nowMs < nextMs) continue;
    while (flying.length < window && pace.allows(nowMs)) {
      const isRefused = refuses(nowMs);
      flying.push({ sentAtMs: nowMs, isRefused, untilMs: nowMs + rttMs(isRefused, nowMs) });
      pace.sent(nowMs);
    }
    if (pace.isLimited) nextMs = nowMs + Math.ceil(pace.waitMs(nowMs));
  }
  return { taken, refused, pace };
}

/** A meter that holds what it has not used, up to `burst`. */
function bucket(perSecondAt: (nowMs: number) => number, burst: number): Refuses {
  let tokens = burst;
  let atMs = 0;
  return (nowMs) => {
    tokens = Math.min(burst, tokens + (perSecondAt(nowMs) * (nowMs - atMs)) / 1000);
    atMs = nowMs;
    if (tokens < 1) return true;
    tokens -= 1;
    return false;
  };
}

/** A meter that counts anew in each second. */
function secondCounter(perSecond: number): Refuses {
  let [second, count] = [-1, 0];
  return (nowMs) => {
    if (Math.floor(nowMs / 1000) !== second) [second, count] = [Math.floor(nowMs / 1000), 0];
    return ++count > perSecond;
  };
}

function everySecond(): Refuses {
  let count = 0;
  return () => ++count % 2 === 0;
}

const lateAtFirst = (isRefused: boolean, nowMs: number): number => (isRefused ? 1 : nowMs < 5000 ? 3000 : 100);

/** The same chances at every run. */
function chances(share: number): Refuses {
  let state = 0x2545f491;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 < share;
  };
}

const average = (counts: readonly number[], from: number, to = counts.length) =>
  counts.slice(from, to).reduce((sum, count) => sum + count, 0) / (to - from);

function assertNear(found: number, wanted: number): void {
  assert.ok(Math.abs(found - wanted) <= wanted / 10, `${found} a second, and the carrier takes ${wanted}`);
}

const halfForAWhile = (nowMs: number) => (nowMs >= 20_000 && nowMs < 40_000 ? 100 : 200);

/** A pace that was told a congestion_state fifty times a second, for two seconds. */
function congestedBy(state: number): Pace {
  const pace = new Pace(1000);
  for (let at = 0; at < 100; at++) {
    if (pace.allows(at * 20)) pace.sent(at * 20);
    pace.congested(state, at * 20);
    pace.taken(at * 20, at * 20);
  }
  return pace;
}

suite('the pace of a bind', () => {
  for (const perSecond of [5, 20, 100, 500, 2000]) {
    for (const burst of [Math.max(2, perSecond / 10), perSecond]) {
      test(`finds a limit of ${perSecond} a second with bursts of ${burst}`, () => {
        const { taken, refused } = run(
          bucket(() => perSecond, burst),
          60,
          { window: 200 },
        );
        assertNear(average(taken, 20), perSecond);
        assert.ok(average(refused, 20) <= perSecond * 0.15, `${average(refused, 20)} refused a second`);
      });
    }
    test(`finds a limit of ${perSecond} that is counted by the second`, () => {
      const { taken } = run(secondCounter(perSecond), 60, { window: 200 });
      assertNear(average(taken, 20), perSecond);
    });
  }

  test('follows a carrier that halves its rate within a few seconds, and one that doubles it again', () => {
    const { taken, refused } = run(bucket(halfForAWhile, 20), 60);
    assertNear(average(taken, 10, 20), 200);
    assertNear(average(taken, 22, 40), 100);
    assert.ok(average(refused, 23, 40) <= 15);
    assertNear(average(taken, 53), 200);
  });

  for (const share of [0.02, 0.1, 0.3, 0.5]) {
    test(`does not starve where ${share * 100} % are refused at any rate`, () => {
      const { taken } = run(chances(share), 90, { most: 400, rttMs: () => 20 });
      assertNear(average(taken, 30), 400 * (1 - share));
    });
  }

  test('does not starve where every second message is refused and no rate is known', () => {
    const { taken } = run(everySecond(), 90, { window: 10 });
    // The window allows 200 a second; half of them are taken.
    assertNear(average(taken, 40), 100);
  });

  for (const takesMs of [100, 700, 1500]) {
    test(`does not starve where refusals are answered at once and the others after ${takesMs} ms`, () => {
      const { taken } = run(everySecond(), 90, { rttMs: (isRefused) => (isRefused ? 1 : takesMs) });
      assertNear(average(taken, 40), 100_000 / takesMs);
    });
  }

  test('does not starve where the answers of the first seconds are late', () => {
    const { taken } = run(everySecond(), 120, { rttMs: lateAtFirst });
    assertNear(average(taken, 90), 1000);
  });

  test('comes back when a carrier that refused everything takes messages again', () => {
    const { taken, refused } = run((nowMs) => nowMs >= 10_000 && nowMs < 20_000, 60, { most: 300 });
    assert.ok(average(refused, 12, 20) < 10, 'a carrier that takes nothing is asked rarely');
    assertNear(average(taken, 35), 300);
  });

  test('never sends more than the carrier is known to allow', () => {
    for (const most of [0.5, 3, 50, 999]) {
      const { taken } = run(() => false, 20, { most });
      assertNear(average(taken, 2), most);
      assert.ok(average(taken, 2) <= most * 1.03);
    }
  });

  test('does not limit a carrier that refuses nothing', () => {
    const { pace, taken } = run(() => false, 5);
    assert.equal(pace.isLimited, false);
    assert.equal(average(taken, 1), 2000);
  });

  test('a first refusal stops what goes out within one window', () => {
    const { refused, taken } = run(
      bucket(() => 10, 10),
      2,
      { window: 50 },
    );
    assert.ok(refused[0]! <= 50 && refused[1]! <= 10, refused.join(', '));
    assert.ok(taken[1]! >= 9);
  });

  test('congestion_state slows from 90 on, stops briefly at 100, and lets be below', () => {
    for (const state of [0, 50, 79, 85]) assert.equal(congestedBy(state).rate.perSecond, 1000);
    for (const state of [90, 99]) assert.ok(congestedBy(state).rate.perSecond < 300);
    assert.equal(congestedBy(99).allows(2100), true);
    const full = congestedBy(100);
    assert.deepEqual([full.allows(2000), full.allows(2300)], [false, true]);
  });
});
