import { Type } from 'typebox';
import type { Health } from '../administration.ts';
import { type Route, route } from '../route.ts';
import { health as healthAnswer } from '../schemas/operator.ts';

/** What everyone may ask. `describe` gives the OpenAPI document of the listener, as JSON text. */
export const publicRoutes = (health: Health, describe: () => string): readonly Route[] => [
  route({
    method: 'GET',
    path: '/v1/health',
    who: 'public',
    summary: 'Whether the gateway lives and takes messages.',
    shape: { answers: { 200: healthAnswer } },
    faults: ['store_unavailable', 'store_full', 'stopping', 'sealed'],
    handle(call) {
      const why = health.readiness();
      if (why === null) call.answer(200, { live: true, ready: true });
      else call.refuse(why);
    },
  }),
  route({
    method: 'GET',
    path: '/v1/openapi.json',
    who: 'public',
    summary: 'This description.',
    shape: { answers: { 200: Type.Unknown({ description: 'An OpenAPI 3.1 document.' }) } },
    faults: [],
    handle(call) {
      call.reply.type('application/json; charset=utf-8');
      call.answer(200, describe());
    },
  }),
];
