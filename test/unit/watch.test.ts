import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE_MS, SECOND_MS } from '../../src/base/clock.ts';
import type { AuditOutletsView } from '../../src/doors/api/index.ts';
import { Watch, type WatchParts } from '../../src/watch.ts';
import { FakeAlarms } from '../support/fake-alarms.ts';
import { HandClock } from '../support/hand-clock.ts';

function begin() {
  const clock = new HandClock(1_900_000_000_000);
  const alarms = new FakeAlarms();
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
    alarms,
  };
  const watch = new Watch(parts as unknown as WatchParts);
  return { clock, alarms, raised: alarms.told, links, state, watch };
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
  assert.deepEqual(raised, []);
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

test('what stood before the start goes on while its cause does, and ends when that is gone', async () => {
  const { clock, alarms, raised, links, state, watch } = begin();
  links.get(1)!.isUp = false;
  const of = ['carrier:1', 'carrier:9', 'witness:north', 'witness:gone', 'receiver:gone', 'log'];
  for (const on of of)
    for (const alarm of [
      'carrier_down',
      'witness_late',
      'witness_contradicts',
      'export_late',
      'not_witnessed',
    ] as const)
      alarms.raise(alarm, [on]);
  raised.length = 0;
  const long = clock.now() - 60 * MINUTE_MS;
  state.outlets = { sinks: [], witnesses: [witness('north', long)], witnessed: { size: 1, atMs: long } };
  await watch.round();
  const stands = ['carrier_down carrier:1', 'witness_late witness:north', 'not_witnessed log'];
  const ended = raised.splice(0);
  assert.ok(ended.includes('end carrier_down carrier:9') && ended.includes('end export_late receiver:gone'));
  assert.ok(ended.includes('end witness_contradicts witness:gone'));
  for (const alarm of [...stands, 'witness_contradicts witness:north'])
    assert.ok(!ended.includes(`end ${alarm}`), alarm);
  links.get(1)!.isUp = true;
  const now = clock.now();
  state.outlets = { sinks: [], witnesses: [witness('north', now)], witnessed: { size: 1, atMs: now } };
  await watch.round();
  assert.deepEqual(
    raised,
    stands.map((alarm) => `end ${alarm}`),
  );
});
