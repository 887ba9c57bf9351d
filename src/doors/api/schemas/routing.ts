import { Type } from 'typebox';
import { messageClasses } from '../../../messages/index.ts';
import { closed, line, name, oneOf, orNull, timeOut } from './shape.ts';

const SENDER_CHARACTERS = 20;
const NUMBER_CHARACTERS = 40;
const CARRIERS_MAX = 20;

const routeFields = {
  prefix: Type.String({ description: 'Leading digits of the number; empty for every number.' }),
  sender: orNull(Type.String()),
  class: orNull(oneOf(messageClasses)),
  account: orNull(Type.String()),
  carriers: Type.Array(Type.String(), { description: 'By name, in the order in which they are tried.' }),
};

export const routeToAdd = closed(
  {
    prefix: Type.Optional(
      Type.String({ pattern: '^[0-9]{0,15}$', description: 'Leading digits of the number, without a plus sign.' }),
    ),
    sender: Type.Optional(line(1, SENDER_CHARACTERS, 'For messages from this sender only.')),
    class: Type.Optional(oneOf(messageClasses)),
    account: Type.Optional(name),
    carriers: Type.Array(name, { minItems: 1, maxItems: CARRIERS_MAX, uniqueItems: true }),
  },
  { title: 'RouteToAdd', description: 'What is left out fits every message.' },
);
export const routeShown = closed(
  {
    id: Type.Integer(),
    ...routeFields,
    createdAt: timeOut,
    isRefused: Type.Boolean({
      description: 'It was changed in the database outside of the gateway: no message takes it.',
    }),
  },
  { title: 'Route' },
);
export const routesShown = closed({ routes: Type.Array(routeShown) });

export const routeToExplain = closed(
  {
    to: line(1, NUMBER_CHARACTERS, 'The recipient, in E.164.'),
    from: line(1, SENDER_CHARACTERS),
    class: Type.Optional(oneOf(messageClasses)),
    key: Type.Optional(Type.Integer({ minimum: 1, description: 'The credential that sends it.' })),
    account: Type.Optional(name),
  },
  { title: 'RouteToExplain' },
);
export const explainedRoute = closed(
  {
    route: orNull(routeShown),
    carriers: Type.Array(
      closed({
        name: Type.String(),
        state: Type.String({ description: '`up`, `failing`, `down`, `not allowed` to the credential, `unknown`.' }),
      }),
    ),
    carrier: orNull(Type.String({ description: 'The carrier it would take.' })),
  },
  { title: 'ExplainedRoute' },
);
