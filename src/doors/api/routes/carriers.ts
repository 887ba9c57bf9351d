import type { Administration, CarrierView, NewCarrier } from '../administration.ts';
import { type In, type Route, route } from '../route.ts';
import { carrier, carriers, carrierToAdd, status } from '../schemas/operator.ts';
import { closed, name, timeText } from '../schemas/shape.ts';

/** How many submit_sm may wait for their answer, where the operator does not say. */
const WINDOW = 100;
const byName = closed({ name });

const readCarrier = (body: In<typeof carrierToAdd>): NewCarrier =>
  body.kind === 'sandbox' ? body : { ...body, systemType: body.systemType ?? '', window: body.window ?? WINDOW };

const showCarrier = (view: CarrierView) => ({
  name: view.name,
  kind: view.kind,
  isUp: view.isUp,
  status: view.status,
  createdAt: timeText(view.createdAtMs),
});

export const carrierRoutes = (administration: Administration): readonly Route[] => [
  route({
    method: 'POST',
    path: '/v1/carriers',
    who: 'operator',
    summary: 'Add a carrier, and connect to it.',
    shape: { body: carrierToAdd, answers: { 201: carrier } },
    faults: ['name_taken', 'invalid_setting'],
    handle: (call) =>
      call.after(administration.addCarrier(readCarrier(call.body)), (view) => call.answer(201, showCarrier(view))),
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
    summary: 'Try to reach a carrier, and say how that went.',
    shape: { params: byName, answers: { 200: carrier } },
    faults: ['not_found'],
    handle: (call) =>
      call.after(administration.testCarrier(call.params.name), (view) => call.answer(200, showCarrier(view))),
  }),
  route({
    method: 'GET',
    path: '/v1/status',
    who: 'operator',
    summary: 'How the gateway is.',
    shape: { answers: { 200: status } },
    faults: [],
    handle: (call) =>
      call.after(administration.status(), (view) =>
        call.answer(200, {
          version: view.version,
          startedAt: timeText(view.startedAtMs),
          carriers: view.carriers.map(showCarrier),
          messagesInHand: view.messagesInHand,
        }),
      ),
  }),
];
