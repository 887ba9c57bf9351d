import { DAY_MS, MINUTE_MS } from '../../base/clock.ts';
import { fault } from '../../base/fault.ts';
import { on, refuse, type Verdict } from '../../base/verdict.ts';
import { classes } from '../classes.ts';
import type { RiverContext } from '../context.ts';
import type { Authorized, Timed } from '../message.ts';

const SCHEDULE_MAX_MS = 30 * DAY_MS;
/** A time of delivery in the past by less than this is now: clocks differ. */
const PAST_MS = 5 * MINUTE_MS;

/** When the message is to leave at the earliest, and until when it is worth sending. */
export function keepTime(message: Authorized, { clock, validityMs: usual }: RiverContext): Verdict<Timed> {
  const { sendAtMs, validityMs } = message.submission;
  const row = classes[message.class];
  const nowMs = clock.now();
  if (sendAtMs !== null && (sendAtMs < nowMs - PAST_MS || sendAtMs > nowMs + SCHEDULE_MAX_MS)) {
    return refuse(fault('invalid_schedule', { detail: 'Between now and 30 days from now.', field: '/sendAt' }));
  }
  if (validityMs !== null && (validityMs <= 0 || validityMs > row.validityMaxMs)) {
    const detail = `For this class: more than 0 and at most ${row.validityMaxMs / MINUTE_MS} minutes.`;
    return refuse(fault('invalid_validity', { detail, field: '/validitySeconds' }));
  }
  message.sendAtMs = sendAtMs !== null && sendAtMs > nowMs ? sendAtMs : 0;
  message.expiresAtMs = (message.sendAtMs || nowMs) + (validityMs ?? usual[message.class]);
  return on(message as Timed);
}
