import { timeText } from '../../../base/clock.ts';
import type { Administration, CarrierTestView, CarrierView, ChangedCarrier, StatusView } from '../administration.ts';
import type { LatenessView, Privacy } from '../privacy.ts';
import { type In, type Route, route } from '../route.ts';
import { carrier, carriers, carrierTest, carrierToAdd, carrierToChange } from '../schemas/carriers.ts';
import { nothing, status } from '../schemas/operator.ts';
import { closed, name } from '../schemas/shape.ts';

const byName = closed({ name });

function readChange({ isEnabled, password, unset = [], ...settings }: In<typeof carrierToChange>): ChangedCarrier {
  return {
    unset,
    settings,
    ...(isEnabled !== undefined && { isEnabled }),
    ...(password !== undefined && { password }),
  };
}

const showCarrier = ({ createdAtMs, ...view }: CarrierView) => ({
  name: view.name,
  kind: view.kind,
  isEnabled: view.isEnabled,
  isUp: view.isUp,
  breaker: view.breaker,
  status: view.status,
  settings: view.settings,
  createdAt: timeText(createdAtMs),
});

const showTest = (view: CarrierTestView) => ({ ...showCarrier(view), steps: [...view.steps] });

const showStatus = (view: StatusView, retention: readonly LatenessView[] | null) => ({
  version: view.version,
  startedAt: timeText(view.startedAtMs),
  carriers: view.carriers.map(showCarrier),
  messagesInHand: view.messagesInHand,
  alarms: view.alarms.map(({ alarm, on, sinceMs }) => ({ alarm, on: [...on], since: timeText(sinceMs) })),
  retention: retention === null ? null : retention.map((row) => ({ ...row })),
});

export const carrierRoutes = (administration: Administration, privacy: Pick<Privacy, 'lateness'>): readonly Route[] => [
  route({
    method: 'POST',
    path: '/v1/carriers',
    who: 'operator',
    summary: 'Add a carrier, and connect to it.',
    shape: { body: carrierToAdd, answers: { 201: carrier } },
    faults: ['name_taken', 'invalid_setting', 'changed_outside'],
    handle: (call) =>
      call.after(administration.addCarrier(call.body, call.actor), (view) => call.answer(201, showCarrier(view))),
  }),
  route({
    method: 'GET',
    path: '/v1/carriers',
    who: 'operator',
    summary: 'List the carriers and how they are.',
    shape: { answers: { 200: carriers } },
    faults: [],
    handle: (call) =>
      call.after(administration.listCarriers(), (list) => call.answer(200, { carriers: list.map(showCarrier) })),
  }),
  route({
    method: 'POST',
    path: '/v1/carriers/{name}/test',
    who: 'operator',
    summary: 'Go to a carrier step by step, and say how that went. No message is sent.',
    shape: { params: byName, answers: { 200: carrierTest } },
    faults: ['not_found', 'changed_outside'],
    handle: (call) =>
      call.after(administration.testCarrier(call.params.name), (view) => call.answer(200, showTest(view))),
  }),
  route({
    method: 'PATCH',
    path: '/v1/carriers/{name}',
    who: 'operator',
    summary: 'Change a carrier; what is under way has its answers first.',
    shape: { params: byName, body: carrierToChange, answers: { 200: carrier } },
    faults: ['not_found', 'invalid_setting', 'carrier_in_use', 'changed_outside'],
    handle: (call) =>
      call.after(administration.changeCarrier(call.params.name, readChange(call.body), call.actor), (view) =>
        call.answer(200, showCarrier(view)),
      ),
  }),
  route({
    method: 'DELETE',
    path: '/v1/carriers/{name}',
    who: 'operator',
    summary: 'Remove a carrier that is disabled and that no message waits for.',
    shape: { params: byName, answers: { 204: nothing } },
    faults: ['not_found', 'carrier_in_use', 'changed_outside'],
    handle: (call) =>
      call.after(administration.removeCarrier(call.params.name, call.actor), () => call.answer(204, null)),
  }),
  route({
    method: 'GET',
    path: '/v1/status',
    who: 'operator',
    summary: 'How the gateway is.',
    shape: { answers: { 200: status } },
    faults: [],
    handle: (call) =>
      call.after(Promise.all([administration.status(), privacy.lateness()]), ([view, retention]) =>
        call.answer(200, showStatus(view, retention)),
      ),
  }),
];
