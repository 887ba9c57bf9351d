import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statuses } from '../../src/wire/smpp/statuses.ts';
import { HandClock } from '../support/hand-clock.ts';
import { SmppCarrier } from '../support/smpp-carrier.ts';
import { partFor } from './carrier-contract.ts';

const EARLY_MS = 0.5;

/** Its timers are early, as those of the system are, which count whole milliseconds. */
class HastyClock extends HandClock {
  override after(delayMs: number, action: () => void): () => void {
    return super.after(Math.max(0, delayMs - EARLY_MS), action);
  }
}

test('a link that was throttled says that it has room again, although its timer is early', async () => {
  await using carrier = await SmppCarrier.bound({ clock: new HastyClock() });
  const { link, heard, smsc, clock } = carrier;
  smsc.script = {
    submit: (submit, session) => session.refuse(submit, statuses.ESME_RTHROTTLED.value),
  };
  link.submit(partFor(0));
  await heard.until(() => heard.reported.length === 1);
  assert.equal(link.room, 0);
  const rooms: number[] = [];
  heard.changed = () => rooms.push(link.room);
  clock.advance(3000);
  assert.ok((rooms.at(-1) ?? 0) > 0, 'who waits for room is told when there is some');
});
