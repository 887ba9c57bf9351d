import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alarms } from '../../src/audit/index.ts';
import { MINUTE_MS, SECOND_MS } from '../../src/base/clock.ts';
import { Watch, type WatchParts } from '../../src/watch.ts';
import { HandClock } from '../support/hand-clock.ts';

function begin() {
  const clock = new HandClock(1_900_000_000_000);
  const raised: string[] = [];
  const links = new Map([
    [1, { isUp: true }],
    [2, { isUp: true }],
  ]);
  const list = [
    { id: 1, name: 'north', isEnabled: true },
    { id: 2, name: 'south', isEnabled: false },
  ];
  const state = { atMs: clock.now() };
  const parts = {
    clock,
    auditLog: { head: () => Promise.resolve({ atMs: state.atMs }) },
    carriers: { list, linkOf: (id: number) => links.get(id) },
    alarms: { raise: (alarm: string, on: readonly string[]) => raised.push(`${alarm} ${on.join(' ')}`) },
  };
  const watch = new Watch(parts as unknown as WatchParts & { alarms: Alarms });
  return { clock, raised, links, state, watch };
}

test('a checkpoint that is a minute old is an alarm', async () => {
  const { clock, raised, watch, state } = begin();
  clock.advance(MINUTE_MS);
  await watch.round();
  assert.deepEqual(raised, []);
  clock.advance(1);
  await watch.round();
  assert.deepEqual(raised, ['checkpoint_late log']);
  state.atMs = clock.now();
  await watch.round();
  assert.equal(raised.length, 1);
});

test('a carrier that is enabled and down for five minutes without a break is an alarm', async () => {
  const { clock, raised, watch, links, state } = begin();
  const later = async (ms: number) => {
    clock.advance(ms);
    state.atMs = clock.now();
    await watch.round();
  };
  for (const link of links.values()) link.isUp = false;
  await later(0);
  await later(5 * MINUTE_MS - SECOND_MS);
  assert.deepEqual(raised, []);
  links.get(1)!.isUp = true;
  await later(SECOND_MS);
  links.get(1)!.isUp = false;
  await later(SECOND_MS);
  await later(5 * MINUTE_MS - SECOND_MS);
  assert.deepEqual(raised, []);
  await later(SECOND_MS);
  assert.deepEqual(raised, ['carrier_down carrier:1']);
});
