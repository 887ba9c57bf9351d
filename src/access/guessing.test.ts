import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../base/clock.ts';
import { Guessing } from './guessing.ts';

const [ATTACKER, HOME] = ['192.0.2.66', '198.51.100.1'];
const CLEAN = { kind: 'check', delayMs: 0 };

let guessing: Guessing;
beforeEach(() => {
  guessing = new Guessing();
});

/** Fails so often, one second apart, and gives what the last failure led to. */
function fails(count: number, at: { source?: string; systemId?: string; fromMs?: number } = {}): number | null {
  const { source = ATTACKER, systemId = 'shop', fromMs = 0 } = at;
  let ban: number | null = null;
  for (let n = 0; n < count; n++) ban = guessing.failed(source, systemId, fromMs + n * SECOND_MS);
  return ban;
}

test('five failures in a minute ban a source for 15 minutes, and no other', () => {
  assert.equal(fails(4), null);
  assert.deepEqual(guessing.ask(ATTACKER, 'other', 4000), CLEAN);
  assert.equal(guessing.failed(ATTACKER, 'third', 59_999), 15 * MINUTE_MS);
  assert.deepEqual(guessing.ask(ATTACKER, 'other', 60_000), { kind: 'refuse', retryAfterMs: 15 * MINUTE_MS - 1 });
  assert.deepEqual(guessing.ask(HOME, 'other', 60_000), CLEAN);
  assert.deepEqual(guessing.ask(ATTACKER, 'other', 59_999 + 15 * MINUTE_MS), CLEAN);
});

test('five failures over more than a minute are no guessing', () => {
  for (let n = 0; n < 50; n++) assert.equal(guessing.failed(ATTACKER, 'shop', n * 15 * SECOND_MS), null);
});

test('each further ban is twice as long, up to a day, and a day of peace forgives', () => {
  let nowMs = 0;
  const bans = Array.from({ length: 9 }, () => {
    const ban = fails(5, { fromMs: nowMs })!;
    nowMs += 5 * SECOND_MS + ban;
    return ban / MINUTE_MS;
  });
  assert.deepEqual(bans, [15, 30, 60, 120, 240, 480, 960, 1440, 1440]);
  assert.equal(fails(5, { fromMs: nowMs + 24 * HOUR_MS }), 15 * MINUTE_MS);
});

test('a system_id that is guessed from many sources is checked more and more slowly, whether it exists or not', () => {
  const delays = Array.from({ length: 12 }, (_, n) => {
    guessing.failed(`192.0.2.${n}`, 'shop', n * SECOND_MS);
    return (guessing.ask(HOME, 'shop', n * SECOND_MS) as { delayMs: number }).delayMs;
  });
  assert.deepEqual(delays, [0, 0, 0, 0, 250, 500, 1000, 2000, 4000, 4000, 4000, 4000]);
  assert.deepEqual(guessing.ask(HOME, 'other', 12_000), CLEAN);
  assert.deepEqual(guessing.ask(HOME, 'shop', 11_000 + MINUTE_MS), CLEAN);
});

test('a stranger locks nobody out: neither who was right before, nor who comes from a clean source', () => {
  guessing.succeeded(HOME, 'shop', 0);
  fails(20);
  assert.deepEqual(guessing.ask(HOME, 'shop', 21_000), CLEAN);
  assert.deepEqual(guessing.ask('203.0.113.5', 'shop', 21_000), { kind: 'check', delayMs: 4000 });
});

test('who shares a source with somebody who guesses stays in', () => {
  guessing.succeeded(ATTACKER, 'shop', 0);
  assert.equal(fails(5, { systemId: 'bank' }), 15 * MINUTE_MS);
  assert.deepEqual(guessing.ask(ATTACKER, 'shop', 6000), CLEAN);
  assert.equal(guessing.ask(ATTACKER, 'bank', 6000).kind, 'refuse');
});

test('a source that was right before is trusted no more after five failures of its own', () => {
  guessing.succeeded(ATTACKER, 'shop', 0);
  assert.equal(fails(8), null);
  assert.equal(guessing.failed(ATTACKER, 'shop', 9000), 15 * MINUTE_MS);
  assert.equal(guessing.ask(ATTACKER, 'shop', 9000).kind, 'refuse');
});

test('however many sources and names come, memory stays bounded, and the latest are the ones remembered', () => {
  fails(5, { source: 'first', systemId: 'first' });
  for (let n = 0; n < 10_000; n++) guessing.failed(`source ${n}`, `name ${n}`, 6000);
  assert.deepEqual(guessing.ask('first', 'first', 6000), CLEAN);
  for (let n = 0; n < 4; n++) guessing.failed('source 9999', 'name 9999', 6000);
  assert.equal(guessing.ask('source 9999', 'other', 6000).kind, 'refuse');
});
