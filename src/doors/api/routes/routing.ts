import { Type } from 'typebox';
import { timeText } from '../../../base/clock.ts';
import { type In, type Route, route } from '../route.ts';
import type { ExplainedRoute, RouteToExplain, RouteView, Routing, WantedRoute } from '../routing.ts';
import { explainedRoute, routeShown, routesShown, routeToAdd, routeToExplain } from '../schemas/routing.ts';
import { closed } from '../schemas/shape.ts';

const PATH = '/v1/routes';
const byRouteId = closed({ id: Type.String({ pattern: '^[1-9][0-9]{0,8}$' }) });

const readRoute = (body: In<typeof routeToAdd>): WantedRoute => ({
  prefix: body.prefix ?? '',
  sender: body.sender ?? null,
  class: body.class ?? null,
  account: body.account ?? null,
  carriers: body.carriers,
});

const readQuestion = (body: In<typeof routeToExplain>): RouteToExplain => ({
  to: body.to,
  from: body.from,
  class: body.class ?? 'transactional',
  key: body.key ?? null,
  account: body.account ?? null,
});

const showRoute = ({ createdAtMs, ...view }: RouteView) => ({
  ...view,
  class: view.class as WantedRoute['class'],
  carriers: [...view.carriers],
  createdAt: timeText(createdAtMs),
});

const showExplained = ({ route: found, carriers, carrier }: ExplainedRoute) => ({
  route: found && showRoute(found),
  carriers: carriers.map(({ name, state }) => ({ name, state })),
  carrier,
});

/** Which carriers messages take. */
export const routingRoutes = (routing: Routing): readonly Route[] => [
  route({
    method: 'POST',
    path: PATH,
    who: 'operator',
    summary: 'Add a route: which carriers, in which order, messages of a kind take.',
    shape: { body: routeToAdd, answers: { 201: routeShown } },
    faults: ['not_found', 'name_taken', 'invalid_setting', 'invalid_sender', 'changed_outside'],
    handle: (call) =>
      call.after(routing.addRoute(readRoute(call.body), call.actor), (view) => call.answer(201, showRoute(view))),
  }),
  route({
    method: 'GET',
    path: PATH,
    who: 'operator',
    summary: 'List the routes.',
    shape: { answers: { 200: routesShown } },
    faults: [],
    handle: (call) => call.after(routing.listRoutes(), (list) => call.answer(200, { routes: list.map(showRoute) })),
  }),
  route({
    method: 'DELETE',
    path: `${PATH}/{id}`,
    who: 'operator',
    summary: 'Remove a route. Messages on their way stay on it.',
    shape: { params: byRouteId, answers: { 200: routeShown } },
    faults: ['not_found', 'changed_outside'],
    handle: (call) =>
      call.after(routing.removeRoute(Number(call.params.id), call.actor), (view) => call.answer(200, showRoute(view))),
  }),
  route({
    method: 'POST',
    path: `${PATH}/explain`,
    who: 'operator',
    summary: 'Tell which carrier a message would take now, and why. Nothing is sent.',
    shape: { body: routeToExplain, answers: { 200: explainedRoute } },
    faults: ['not_found', 'invalid_number', 'invalid_sender'],
    handle: (call) =>
      call.after(routing.explainRoute(readQuestion(call.body)), (view) => call.answer(200, showExplained(view))),
  }),
];
