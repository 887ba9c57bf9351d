import { DAY_MS, dayText, timeText } from '../../../base/clock.ts';
import type { ErasureView, HoldView, Privacy, RetentionView } from '../privacy.ts';
import { type Route, route } from '../route.ts';
import { nothing } from '../schemas/operator.ts';
import {
  certificate,
  datum,
  erasure,
  erasureId,
  hold,
  holdDecision,
  holdId,
  holds,
  holdToAsk,
  personToErase,
  retentionRows,
  retentionToSet,
} from '../schemas/privacy.ts';
import { closed, name, timeOrNull } from '../schemas/shape.ts';

const byAccount = closed({ account: name });
const byHold = closed({ id: holdId });

const dayOf = (text: string): number => Math.floor(Date.parse(text) / DAY_MS);
/** No hold has the number 0. */
const holdOf = (text: string): number => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0);
const showRetention = (rows: readonly RetentionView[]) => ({
  rows: rows.map(({ oldestMs, accounts, ...row }) => ({
    ...row,
    accounts: accounts.map((one) => ({ ...one })),
    oldest: oldestMs === null ? null : dayText(oldestMs / DAY_MS),
  })),
});

const showHold = ({ fromDay, toDay, askedAtMs, approvedAtMs, expiresAtMs, endedAtMs, ...view }: HoldView) => ({
  ...view,
  fromDay: dayText(fromDay),
  toDay: dayText(toDay),
  askedAt: timeText(askedAtMs),
  approvedAt: timeOrNull(approvedAtMs),
  expiresAt: timeText(expiresAtMs),
  endedAt: timeOrNull(endedAtMs),
});

const showErasure = ({ atMs, ...view }: ErasureView) => ({ ...view, at: timeText(atMs) });

const retentionRoutes = (privacy: Privacy): readonly Route[] => [
  route({
    method: 'GET',
    path: '/v1/retention',
    who: 'operator',
    summary: 'What is kept, how long, how it ends and why; and whether any of it is late.',
    shape: { answers: { 200: retentionRows } },
    faults: [],
    handle: (call) => call.after(privacy.showRetention(), (rows) => call.answer(200, showRetention(rows))),
  }),
  route({
    method: 'PATCH',
    path: '/v1/retention/{datum}',
    who: 'operator',
    summary: 'Set how long something is kept, for an account or for all, within its bounds.',
    shape: { params: closed({ datum }), body: retentionToSet, answers: { 200: retentionRows } },
    faults: ['not_found'],
    handle: (call) => {
      const { account = null, days, by } = call.body;
      const { why } = call.actor;
      const wanted = { datum: call.params.datum, account, days, by, ...(why !== undefined && { why }) };
      const set = privacy.setRetention(wanted);
      call.after(set, (rows) => call.answer(200, showRetention(rows)));
    },
  }),
];

const holdRoutes = (privacy: Privacy): readonly Route[] => [
  route({
    method: 'GET',
    path: '/v1/holds',
    who: 'operator',
    summary: 'List the legal holds, the youngest first.',
    shape: { answers: { 200: holds } },
    faults: [],
    handle: (call) => call.after(privacy.listHolds(), (list) => call.answer(200, { holds: list.map(showHold) })),
  }),
  route({
    method: 'POST',
    path: '/v1/holds',
    who: 'operator',
    summary: 'Ask for a legal hold. It is in force when somebody else has approved it.',
    shape: { body: holdToAsk, answers: { 201: hold } },
    faults: ['not_found', 'invalid_number', 'invalid_sender', 'seal_broken'],
    handle: (call) => {
      const { number = null, sender = null, fromDay, toDay, expiresAt, ...rest } = call.body;
      const days = { fromDay: dayOf(fromDay), toDay: dayOf(toDay), expiresAtMs: Date.parse(expiresAt) };
      call.after(privacy.askHold({ ...rest, ...days, number, sender }), (view) => call.answer(201, showHold(view)));
    },
  }),
  route({
    method: 'POST',
    path: '/v1/holds/{id}/approve',
    who: 'operator',
    summary: 'Approve a legal hold that somebody else asked for.',
    shape: { params: byHold, body: holdDecision, answers: { 200: hold } },
    faults: ['not_found', 'second_person_needed', 'hold_not_changeable'],
    handle: (call) =>
      call.after(privacy.approveHold(holdOf(call.params.id), call.body.by, call.actor.why), (view) =>
        call.answer(200, showHold(view)),
      ),
  }),
  route({
    method: 'POST',
    path: '/v1/holds/{id}/end',
    who: 'operator',
    summary: 'End a legal hold before its time.',
    shape: { params: byHold, body: holdDecision, answers: { 200: hold } },
    faults: ['not_found', 'hold_not_changeable'],
    handle: (call) =>
      call.after(privacy.endHold(holdOf(call.params.id), call.body.by, call.actor.why), (view) =>
        call.answer(200, showHold(view)),
      ),
  }),
];

const erasureRoutes = (privacy: Privacy): readonly Route[] => [
  route({
    method: 'POST',
    path: '/v1/accounts/{account}/erasures',
    who: 'operator',
    summary: 'Erase a person: what was sent and came cannot be read any more, and nothing is sent again.',
    shape: { params: byAccount, body: personToErase, answers: { 200: erasure } },
    faults: ['not_found', 'invalid_number', 'on_hold'],
    handle: (call) =>
      call.after(privacy.erase({ ...call.body, account: call.params.account }), (view) =>
        call.answer(200, showErasure(view)),
      ),
  }),
  route({
    method: 'GET',
    path: '/v1/erasures/{id}/certificate',
    who: 'operator',
    summary: 'The certificate of an erasure, which is verified offline.',
    shape: { params: closed({ id: erasureId }), answers: { 200: certificate } },
    faults: ['not_found', 'not_proven_yet'],
    handle: (call) => call.after(privacy.certificate(call.params.id), (view) => call.answer(200, view)),
  }),
  route({
    method: 'POST',
    path: '/v1/accounts/{account}/suppressions/lift',
    who: 'operator',
    summary: 'Let a number be sent to again, because the person asked for it.',
    shape: { params: byAccount, body: personToErase, answers: { 204: nothing } },
    faults: ['not_found', 'invalid_number'],
    handle: (call) =>
      call.after(privacy.liftSuppression({ ...call.body, account: call.params.account }), () => call.answer(204, null)),
  }),
];

/** What is kept: how long, what holds it, and the end of it. */
export const privacyRoutes = (privacy: Privacy): readonly Route[] => [
  ...retentionRoutes(privacy),
  ...holdRoutes(privacy),
  ...erasureRoutes(privacy),
];
