import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { MINUTE_MS } from '../../base/clock.ts';
import { jsonLog } from '../../base/log.ts';
import { type PeerFault, peerFaults } from './peer-faults.ts';
import { PeerLog } from './peer-log.ts';

let clock: HandClock;
let lines: { event: string; level: string; count?: number }[];
let log: PeerLog;
beforeEach(() => {
  clock = new HandClock(0);
  lines = [];
  const write = (line: string) => lines.push(JSON.parse(line) as (typeof lines)[number]);
  log = new PeerLog({ clock, log: jsonLog(write, () => clock.now()) });
});

test('every fault of a peer has a level, words, and a code that begins with smpp_', () => {
  for (const [code, { level, words }] of Object.entries(peerFaults)) {
    log.fault(code as PeerFault, '192.0.2.1', {});
    assert.deepEqual([lines.at(-1)!.event, lines.at(-1)!.level], [code, level]);
    assert.match(code, /^smpp_[a-z_]+$/);
    assert.match(words, /\.$/);
  }
});

test('one source has 30 lines a minute of one kind, and what is held back is counted', () => {
  for (let n = 0; n < 100; n++) log.fault('smpp_flood', '192.0.2.1', {});
  assert.equal(lines.length, 30);
  log.fault('smpp_inactive', '192.0.2.1', {});
  log.fault('smpp_flood', '192.0.2.2', {});
  assert.equal(lines.length, 32);
  clock.advance(MINUTE_MS);
  log.tick();
  assert.deepEqual([lines.at(-1)!.event, lines.at(-1)!.count], ['smpp_log_held_back', 70]);
  log.fault('smpp_flood', '192.0.2.1', {});
  assert.equal(lines.length, 34);
});

test('all sources together have a thousand lines a minute, and memory is given back with the minute', () => {
  for (let n = 0; n < 5000; n++) log.note('smpp_session_closed', `source ${n}`, {});
  assert.equal(lines.length, 1000);
  clock.advance(MINUTE_MS);
  log.tick();
  assert.deepEqual([lines.length, lines.at(-1)!.count], [1001, 4000]);
});

test('a quiet minute says nothing', () => {
  clock.advance(10 * MINUTE_MS);
  log.tick();
  assert.deepEqual(lines, []);
});
