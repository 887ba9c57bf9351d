import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE_MS, SECOND_MS } from '../../src/base/clock.ts';
import type { AuditOutletsView } from '../../src/doors/api/index.ts';
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
  const outlets: AuditOutletsView = { sinks: [], witnesses: [], witnessed: null };
  const state: { atMs: number | null; outlets: AuditOutletsView } = { atMs: clock.now(), outlets };
  const parts = {
    clock,
    auditLog: { head: () => Promise.resolve(state.atMs === null ? null : { atMs: state.atMs }) },
    carriers: { list, linkOf: (id: number) => links.get(id) },
    auditOutlets: { auditOutlets: () => Promise.resolve(state.outlets) },
    alarms: {
      raise: (alarm: string, on: readonly string[]) => raised.push(`${alarm} ${on.join(' ')}`),
      end: (alarm: string, on: readonly string[]) => raised.push(`end ${alarm} ${on.join(' ')}`),
    },
  };
  const watch = new Watch(parts as unknown as WatchParts);
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
  await watch.round();
  assert.deepEqual(raised, ['checkpoint_late log', 'end checkpoint_late log']);
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
  assert.deepEqual(raised.splice(0), ['end carrier_down carrier:1']);
  await later(SECOND_MS);
  assert.deepEqual(raised.splice(0), ['carrier_down carrier:1']);
  links.get(1)!.isUp = true;
  await later(SECOND_MS);
  assert.deepEqual(raised, ['end carrier_down carrier:1']);
});

const sink = (trouble: string | null, behindSeconds: number) => ({
  sink: 'json tls://siem.example:6514',
  nextIndex: 3,
  behindEntries: 4,
  behindSeconds,
  deliveredAtMs: null,
  trouble,
  troubleAtMs: null,
});

test('a receiver that is away or a minute behind for five minutes is an alarm, until it has all again', async () => {
  for (const wrong of [sink('nobody answers', 0), sink(null, 61)]) {
    const { clock, raised, watch, state } = begin();
    const later = async (ms: number, one: ReturnType<typeof sink>) => {
      clock.advance(ms);
      state.atMs = clock.now();
      state.outlets = { ...state.outlets, sinks: [one] };
      await watch.round();
      return raised.splice(0);
    };
    assert.deepEqual(await later(0, wrong), []);
    assert.deepEqual(await later(5 * MINUTE_MS - SECOND_MS, wrong), []);
    assert.deepEqual(await later(SECOND_MS, wrong), ['export_late receiver:json tls://siem.example:6514']);
    assert.deepEqual(await later(SECOND_MS, sink(null, 60)), ['end export_late receiver:json tls://siem.example:6514']);
    assert.deepEqual(await later(SECOND_MS, wrong), []);
  }
});

const witness = (name: string, cosignedAtMs: number | null) => ({
  witness: name,
  size: 1,
  cosignedAtMs,
  trouble: null,
  troubleAtMs: null,
});

test('a witness, and a quorum, that has not cosigned for ten minutes is an alarm, until it has', async () => {
  const { clock, raised, watch, state } = begin();
  const [before, start] = [clock.now() - 60 * MINUTE_MS, clock.now()];
  const later = async (ms: number, north: number | null, south: number | null, witnessed: number | null) => {
    clock.advance(ms);
    state.atMs = clock.now();
    const witnesses = [witness('north', north), witness('south', south)];
    state.outlets = { sinks: [], witnesses, witnessed: witnessed === null ? null : { size: 1, atMs: witnessed } };
    await watch.round();
    return raised.splice(0);
  };
  assert.deepEqual(await later(10 * MINUTE_MS, start, null, before), []);
  const wrong = ['witness_late witness:north', 'witness_late witness:south', 'not_witnessed log'];
  assert.deepEqual(await later(1, start, null, before), wrong);
  const now = clock.now();
  assert.deepEqual(await later(SECOND_MS, now, null, now), [
    'end witness_late witness:north',
    'end not_witnessed log',
    'witness_late witness:south',
  ]);
});

test('a log without a checkpoint, and one whose checkpoint is of a time to come, is an alarm as well', async () => {
  for (const atMs of [null, 4_000_000_000_000]) {
    const { clock, raised, watch, state } = begin();
    state.atMs = atMs;
    clock.advance(MINUTE_MS + 1);
    await watch.round();
    assert.deepEqual(raised, ['checkpoint_late log']);
  }
});
