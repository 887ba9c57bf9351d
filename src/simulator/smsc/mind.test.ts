import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dice } from '../../base/dice.ts';
import { statusName } from '../../wire/smpp/statuses.ts';
import type { Script } from './conduct.ts';
import { type Action, Mind } from './mind.ts';

const submit = (to = '12025550143', from = '10666') => ({ sequence: 7, from, to, wantsReceipt: true });
const mindOf = (script: Script) => new Mind(script, new Dice(1));
const OK = 'ESME_ROK';

const answersOf = (actions: readonly Action[]) =>
  actions.flatMap(({ deed }) => (deed.deed === 'send' ? [statusName(deed.bytes.readUInt32BE(8))] : []));
const receiptsOf = (actions: readonly Action[]) =>
  actions.flatMap(({ deed }) =>
    deed.deed === 'deliver' ? [deed.delivery.fields.short_message?.toString() ?? ''] : [],
  );
const statusOf = (mind: Mind, to?: string, nowMs = 0) => answersOf(mind.onSubmit(submit(to), nowMs))[0];

test('a message is answered, and its receipt names it', () => {
  const actions = mindOf({}).onSubmit(submit(), 0);
  assert.deepEqual(answersOf(actions), [OK]);
  assert.match(receiptsOf(actions)[0] ?? '', /^id:sim-1 .* stat:DELIVRD /);
});

test('who wants no receipt gets none, and neither does who is refused', () => {
  assert.deepEqual(receiptsOf(mindOf({}).onSubmit({ ...submit(), wantsReceipt: false }, 0)), []);
  assert.deepEqual(receiptsOf(mindOf({ behave: ['refuses'] }).onSubmit(submit(), 0)), []);
});

test('a rule is for the handsets, senders and turns it names', () => {
  const refusal = { status: 'ESME_RSUBMITFAIL' } as const;
  const byHandset = mindOf({ rules: [{ to: '1202', answer: refusal }] });
  assert.deepEqual([statusOf(byHandset, '12025550143'), statusOf(byHandset, '447700900000')], [refusal.status, OK]);
  const bySender = mindOf({ rules: [{ from: '10666', answer: refusal }] });
  assert.equal(statusOf(bySender), refusal.status);
  assert.deepEqual(answersOf(bySender.onSubmit(submit('12025550143', '10777'), 0)), [OK]);
  const second = mindOf({ rules: [{ nth: 2, answer: refusal }] });
  assert.deepEqual(
    [1, 2, 3, 4].map(() => statusOf(second)),
    [OK, refusal.status, OK, OK],
  );
  const third = mindOf({ rules: [{ every: 3, behave: ['refuses'] }] });
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map(() => statusOf(third)),
    [OK, OK, refusal.status, OK, OK, refusal.status],
  );
});

test('a rate is kept second by second, and halves when it is to', () => {
  const mind = mindOf({ rate: { perSecond: 4, halvesAfterMs: 5000, status: 'ESME_RMSGQFUL' } });
  const taken = (nowMs: number) => [1, 2, 3, 4, 5, 6].filter(() => statusOf(mind, undefined, nowMs) === OK).length;
  assert.deepEqual([taken(0), taken(1000), taken(5000), taken(6000)], [4, 4, 2, 2]);
});

test('shares are kept, and the same seed throws the same', () => {
  const [one, same] = [mindOf({ behave: ['errs'] }), mindOf({ behave: ['errs'] })];
  const statuses = Array.from({ length: 10_000 }, () => statusOf(one));
  const share = (status: string) => statuses.filter((found) => found === status).length / statuses.length;
  assert.ok(Math.abs(share('ESME_RSYSERR') - 0.1) < 0.02);
  assert.ok(Math.abs(share('ESME_RINVDSTADR') - 0.02) < 0.01);
  for (const status of statuses) assert.equal(statusOf(same), status);
});

test('an early receipt comes before the answer', () => {
  const [first, second] = mindOf({ receipt: { isEarly: true } }).onSubmit(submit(), 0);
  assert.deepEqual([first?.deed.deed, second?.deed.deed], ['deliver', 'send']);
});

test('what a script says itself goes before the behaviours it names', () => {
  const mind = mindOf({ behave: ['slow-answers', 'late-answers'], answer: { delayMs: 5 } });
  assert.equal(mind.onSubmit(submit(), 0)[0]?.afterMs, 5);
  assert.equal(mindOf({ behave: ['late-answers', 'slow-answers'] }).onSubmit(submit(), 0)[0]?.afterMs, 2000);
});

test('a link that drops says nothing to the message it drops at, and delivers its receipt all the same', () => {
  const mind = mindOf({ link: { dropAfter: 2, drop: 'reset' } });
  assert.deepEqual(answersOf(mind.onSubmit(submit(), 0)), [OK]);
  const actions = mind.onSubmit(submit(), 0);
  assert.deepEqual(answersOf(actions), []);
  assert.equal(receiptsOf(actions).length, 1);
  assert.deepEqual(actions.at(-1)?.deed, { deed: 'drop', how: 'reset' });
});
