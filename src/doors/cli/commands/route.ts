import { type Call, command, exitCodes, type Output } from '../command.ts';
import { choice, integer, list as listOf, required, text } from '../options.ts';
import { json, line, orDash, safe, table } from '../print.ts';
import { messageText } from '../read-input.ts';
import { trouble } from '../trouble.ts';

interface Route {
  readonly id: number;
  readonly prefix: string;
  readonly sender: string | null;
  readonly class: string | null;
  readonly account: string | null;
  readonly carriers: readonly string[];
  readonly isRefused: boolean;
}

interface Explained {
  readonly route: Route | null;
  readonly carriers: readonly { readonly name: string; readonly state: string }[];
  readonly carrier: string | null;
}

const KEY_ID_MAX = 999_999_999;
const FROM_INPUT = '-';

const orAny = (word: string | null): string => (word === null || word === '' ? 'any' : word);

/** A route in words: `numbers 44…, sender 12345, class otp, any account`. */
const about = ({ prefix, sender, class: messageClass, account }: Route): string =>
  [
    prefix === '' ? 'any number' : `numbers ${prefix}…`,
    `sender ${orAny(sender)}`,
    `class ${orAny(messageClass)}`,
    `account ${orAny(account)}`,
  ].join(', ');

function routeTable(out: Output, routes: readonly Route[]): void {
  const rows = routes.map((route) => [
    String(route.id),
    orAny(route.prefix),
    orAny(route.sender),
    orAny(route.class),
    orAny(route.account),
    route.isRefused ? 'CHANGED OUTSIDE: not taken' : route.carriers.join(','),
  ]);
  table(out, ['ID', 'PREFIX', 'SENDER', 'CLASS', 'ACCOUNT', 'CARRIERS'], rows);
}

const add = command({
  name: 'route add',
  summary: 'Say which carriers messages of a kind take, and in which order.',
  about: [
    'Of the routes that fit a message the one of the longest prefix is taken; of these one for its sender, then one for\nits class, then one for its account. Where none fits, a message takes the carriers of its key.',
    'A route gives no key a carrier that the key does not name.',
  ],
  options: {
    prefix: text('DIGITS', 'For numbers that begin so, without the plus sign; left out for all.'),
    sender: text('SENDER', 'For messages from this sender only.'),
    class: choice('For messages of this class only.', 'otp', 'transactional', 'marketing'),
    account: text('NAME', 'For messages of this account only.'),
    carriers: required(listOf('NAME', 'The carriers, in the order in which they are tried.')),
  },
  example: 'route add --prefix 44 --class otp --carriers north,south',
  async run({ values, stdout, control }) {
    const { prefix, sender, account, carriers } = values;
    const route = await control.post<Route>('/v1/routes', { prefix, sender, class: values.class, account, carriers });
    if (values.json) json(stdout, route);
    else line(stdout, safe(`Added route ${route.id}: ${about(route)} → ${route.carriers.join(', ')}.`));
    return exitCodes.done;
  },
});

const list = command({
  name: 'route list',
  summary: 'List the routes.',
  options: {},
  example: 'route list',
  async run({ values, stdout, control }) {
    const view = await control.get<{ routes: readonly Route[] }>('/v1/routes');
    if (values.json) json(stdout, view);
    else if (view.routes.length === 0)
      line(stdout, 'There is no route: every message takes the carriers of its key, in their order.');
    else routeTable(stdout, view.routes);
    return exitCodes.done;
  },
});

const remove = command({
  name: 'route remove',
  summary: 'Remove a route.',
  operand: 'ID',
  options: {},
  example: 'route remove 3',
  async run({ values, operand, stdout, control }) {
    const route = await control.call<Route>('DELETE', `/v1/routes/${encodeURIComponent(operand)}`);
    if (values.json) json(stdout, route);
    else line(stdout, safe(`Removed route ${route.id}: ${about(route)}.`));
    return exitCodes.done;
  },
});

const explainOptions = {
  from: required(text('SENDER', 'The sender of the message.')),
  class: choice('Its class; transactional where it is left out.', 'otp', 'transactional', 'marketing'),
  key: integer('ID', 'The key that sends it; where it is left out, one that may use every carrier.', 1, KEY_ID_MAX),
  account: text('NAME', 'The account, where no key says it.'),
};

async function question({ values, operand, stdin }: Call<typeof explainOptions>): Promise<object> {
  if (operand !== FROM_INPUT)
    throw trouble(
      'usage',
      'The number is read from the input.',
      'Write - and pipe it in, so that the shell does not keep it.',
    );
  const { from, key, account } = values;
  return { to: await messageText(FROM_INPUT, stdin), from, class: values.class, key, account };
}

function tell(out: Output, { route, carriers, carrier }: Explained): void {
  line(
    out,
    safe(
      route
        ? `Route ${route.id} fits: ${about(route)}.`
        : 'No route fits: the message takes the carriers of its key, in their order.',
    ),
  );
  table(
    out,
    ['CARRIER', 'STATE'],
    carriers.map(({ name, state }) => [name, state]),
  );
  line(
    out,
    safe(carrier === null ? 'There is no carrier for it: it is refused (no_route).' : `It takes ${orDash(carrier)}.`),
  );
}

const explain = command({
  name: 'route explain',
  summary: 'Tell which carrier a message would take now, and why.',
  about: [
    'The number is read from the input, so that neither the shell nor the list of processes has it. Nothing is sent.',
  ],
  operand: '-',
  options: explainOptions,
  example: 'route explain --from 10666 --class otp -',
  async run(call) {
    const explained = await call.control.post<Explained>('/v1/routes/explain', await question(call));
    if (call.values.json) json(call.stdout, explained);
    else tell(call.stdout, explained);
    return explained.carrier === null ? exitCodes.failed : exitCodes.done;
  },
});

export const routeCommands = [add, list, remove, explain];
