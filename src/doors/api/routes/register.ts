import { Type } from 'typebox';
import { registered } from '../../../register/index.ts';
import type { Administration } from '../administration.ts';
import { type Route, route } from '../route.ts';
import { closed, oneOf } from '../schemas/shape.ts';

const table = oneOf(registered);
const keys = (description: string) => Type.Array(Type.Integer(), { description });
const acceptance = closed({ table }, { title: 'TableToAccept' });
const accepted = closed(
  {
    table,
    rows: Type.Integer(),
    changed: keys(
      'Which rows were changed or added outside of the gateway, by id; of webhooks, by that of their account.',
    ),
    missing: keys('Which rows are gone.'),
  },
  { title: 'AcceptedTable' },
);

/** What the gateway itself has put into its tables of settings. */
export const registerRoutes = (administration: Pick<Administration, 'acceptTable'>): readonly Route[] => [
  route({
    method: 'POST',
    path: '/v1/register/accept',
    who: 'operator',
    summary:
      'Take a table of settings for right as it stands, which was changed in the database outside of the gateway.',
    shape: { body: acceptance, answers: { 200: accepted } },
    faults: [],
    handle: (call) =>
      call.after(administration.acceptTable(call.body.table, call.actor), ({ name, rows, changed, missing }) =>
        call.answer(200, { table: name, rows, changed: [...changed], missing: [...missing] }),
      ),
  }),
];
