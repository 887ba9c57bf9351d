import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Breaker } from './breaker.ts';

const settings = { failures: 5, openMs: 1000 };

function opened(): Breaker {
  const breaker = new Breaker(settings);
  for (let at = 0; at < settings.failures; at++) breaker.failed(0);
  return breaker;
}

describe('a breaker', () => {
  it('opens after so many failures in a row, and not one before', () => {
    const breaker = new Breaker(settings);
    for (let at = 1; at < settings.failures; at++) breaker.failed(0);
    assert.deepEqual([breaker.state, breaker.lets(0)], ['closed', true]);
    breaker.failed(0);
    assert.deepEqual([breaker.state, breaker.lets(0)], ['open', false]);
  });

  it('stays closed where one of many fails, and opens where half of many do', () => {
    const few = new Breaker(settings);
    const many = new Breaker(settings);
    for (let at = 0; at < 1000; at++) {
      if (at % 10 === 0) few.failed(0);
      else few.succeeded();
      if (at % 3 === 0) many.succeeded();
      else many.failed(0);
    }
    assert.deepEqual([few.state, many.state], ['closed', 'open']);
  });

  it('lets one message a second try when its time is over, and closes after three that are taken', () => {
    const breaker = opened();
    assert.deepEqual([breaker.lets(999), breaker.lets(1000)], [false, true]);
    breaker.chosen(1000);
    assert.deepEqual([breaker.state, breaker.lets(1999), breaker.lets(2000)], ['probing', false, true]);
    breaker.succeeded();
    breaker.succeeded();
    assert.equal(breaker.state, 'probing');
    breaker.succeeded();
    assert.deepEqual([breaker.state, breaker.lets(1001)], ['closed', true]);
  });

  it('stays open twice as long after each try that fails, up to five minutes', () => {
    const breaker = opened();
    let nowMs = 1000;
    for (const openMs of [2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000]) {
      breaker.chosen(nowMs);
      breaker.failed(nowMs);
      assert.deepEqual([breaker.lets(nowMs + openMs - 1), breaker.lets(nowMs + openMs)], [false, true]);
      nowMs += openMs;
    }
  });

  it('is as new after it was closed', () => {
    const breaker = opened();
    breaker.chosen(1000);
    breaker.failed(1000);
    for (let at = 0; at < 3; at++) breaker.succeeded();
    for (let at = 0; at < settings.failures; at++) breaker.failed(10_000);
    assert.deepEqual([breaker.lets(10_999), breaker.lets(11_000)], [false, true]);
  });
});
