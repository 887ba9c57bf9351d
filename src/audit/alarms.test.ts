import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../test/support/hand-clock.ts';
import { MINUTE_MS } from '../base/clock.ts';
import { type Fault, fault } from '../base/fault.ts';
import { jsonLog } from '../base/log.ts';
import { Alarms } from './alarms.ts';
import type { Audit } from './audit.ts';
import type { Entry } from './entry.ts';

function stage() {
  const clock = new HandClock();
  const entries: Entry[] = [];
  const lines: string[] = [];
  const state: { why: Fault | null } = { why: null };
  const audit: Pick<Audit, 'done' | 'note'> = {
    done: ({ who, from }, what, on, about = {}) => ({ atMs: 0, who, from, what, on, about, outcome: 'done' }),
    note: (entry, then) => {
      if (state.why === null) entries.push(entry);
      then(state.why);
    },
  };
  const log = jsonLog(
    (line) => lines.push(line),
    () => clock.now(),
  );
  const alarms = new Alarms({ audit: audit as Audit, clock, log });
  return { clock, entries, lines, alarms, state };
}

test('an alarm is a line in the log and an entry, and the same is raised again after a while only', () => {
  const { clock, entries, lines, alarms } = stage();
  alarms.raise('carrier_down', ['carrier:1'], { name: 'north' });
  alarms.raise('carrier_down', ['carrier:1'], { name: 'north' });
  alarms.raise('carrier_down', ['carrier:2'], { name: 'south' });
  assert.deepEqual(
    entries.map(({ what, outcome, on, about }) => [what, outcome, on, about]),
    [
      ['alarm.raised', 'carrier_down', ['carrier:1'], { name: 'north' }],
      ['alarm.raised', 'carrier_down', ['carrier:2'], { name: 'south' }],
    ],
  );
  const [line] = lines.map((text) => JSON.parse(text) as Record<string, unknown>);
  assert.deepEqual([line!.event, line!.level, line!.alarm, line!.on], ['alarm', 'error', 'carrier_down', 'carrier:1']);
  clock.advance(15 * MINUTE_MS);
  alarms.raise('carrier_down', ['carrier:1'], { name: 'north' });
  assert.deepEqual([entries.length, lines.length], [3, 3]);
});

test('an alarm stands until it is ended, and its end is on record once; what has no end does not stand', () => {
  const { clock, entries, lines, alarms } = stage();
  const sinceMs = clock.now();
  alarms.raise('export_late', ['receiver:siem']);
  alarms.raise('source_banned', ['address:192.0.2.1']);
  assert.deepEqual(alarms.standing, [{ alarm: 'export_late', on: ['receiver:siem'], sinceMs }]);
  clock.advance(20 * MINUTE_MS);
  alarms.raise('export_late', ['receiver:siem']);
  assert.deepEqual(alarms.standing[0]?.sinceMs, sinceMs);
  for (let count = 0; count < 2; count++) alarms.end('export_late', ['receiver:siem']);
  alarms.end('witness_late', ['witness:north']);
  assert.deepEqual(alarms.standing, []);
  const last = entries.at(-1)!;
  assert.deepEqual(
    [entries.length, last.what, last.outcome, last.on],
    [4, 'alarm.ended', 'export_late', ['receiver:siem']],
  );
  assert.deepEqual(last.about, { seconds: 1200 });
  assert.equal((JSON.parse(lines.at(-1)!) as Record<string, unknown>).event, 'alarm_ended');
  alarms.raise('export_late', ['receiver:siem']);
  assert.equal(entries.length, 5);
});

test('an alarm that could not be put on record is, when it is raised again', () => {
  const { entries, alarms, state } = stage();
  state.why = fault('store_unavailable');
  alarms.raise('checkpoint_late', ['log']);
  state.why = null;
  for (let round = 0; round < 3; round++) alarms.raise('checkpoint_late', ['log']);
  assert.equal(entries.length, 1);
});
