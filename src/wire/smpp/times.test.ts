import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSmppSpan, formatSmppTime, parseSmppTime } from './times.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 12, 0, 0);
const DAY_MS = 86_400_000;

const times: readonly [string, 'absolute' | 'relative', string][] = [
  ['260102030405600+', 'absolute', '2026-01-02T03:04:05.600Z'],
  ['260102030405004+', 'absolute', '2026-01-02T02:04:05.000Z'],
  ['260102030405020-', 'absolute', '2026-01-02T08:04:05.000Z'],
  ['280229235959000+', 'absolute', '2028-02-29T23:59:59.000Z'],
  ['000000000030000R', 'relative', '2026-01-31T12:00:30.000Z'],
  ['000001020304000R', 'relative', '2026-02-01T14:03:04.000Z'],
  ['010000000000000R', 'relative', '2027-01-31T12:00:00.000Z'],
  ['000200000000000R', 'relative', '2026-03-31T12:00:00.000Z'],
  ['000100000000000R', 'relative', '2026-03-03T12:00:00.000Z'], // there is no 31st of February
  ['260102030405048+', 'absolute', '2026-01-01T15:04:05.000Z'],
];

for (const [text, kind, moment] of times) {
  test(`${text} is ${moment}`, () => {
    assert.deepEqual(parseSmppTime(text, NOW_MS), { kind, atMs: Date.parse(moment) });
  });
}

for (const text of [
  '',
  '2601020304056',
  '260102030405600',
  '260102030405600Z',
  '261302030405600+',
  '260231030405600+',
  '260102250405600+',
  '260102030405649+',
  '000000000030100R',
  ' 60102030405600+',
]) {
  test(`'${text}' is no time`, () => {
    assert.equal(parseSmppTime(text, NOW_MS), null);
  });
}

test('a moment is written so that it is read again', () => {
  assert.equal(formatSmppTime(NOW_MS + 700), '260131120000700+');
  assert.deepEqual(parseSmppTime(formatSmppTime(NOW_MS + 700), 0), { kind: 'absolute', atMs: NOW_MS + 700 });
});

test('a span is written so that it is read again, at most 99 days', () => {
  assert.equal(formatSmppSpan(7 * DAY_MS + 1), '000007000001000R');
  assert.deepEqual(parseSmppTime(formatSmppSpan(90_061_000), NOW_MS), { kind: 'relative', atMs: NOW_MS + 90_061_000 });
  assert.equal(formatSmppSpan(1000 * DAY_MS), '000099000000000R');
});

test('a span that is over is written as one second', () => {
  for (const spanMs of [1, 0, -1, -DAY_MS]) assert.equal(formatSmppSpan(spanMs), '000000000001000R');
});
