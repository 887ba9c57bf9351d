import { accountOf, accountOption, messagesOf } from '../account.ts';
import { command, exitCodes, type Output } from '../command.ts';
import { integer, text, time } from '../options.ts';
import { fields, json, line, orDash, table, timeText } from '../print.ts';

const PAGE_MAX = 100;
const PAGE = 20;

interface TimelineEntry {
  readonly at: string;
  readonly state: string;
  readonly segment: number;
  readonly carrier: string | null;
  readonly code: number;
}

interface Message {
  readonly id: string;
  readonly direction: 'mt' | 'mo';
  readonly state: string;
  readonly to: string | null;
  readonly from: string;
  readonly class: string;
  readonly segments: number;
  readonly encoding: string;
  readonly reference: string | null;
  readonly acceptedAt: string;
  readonly expiresAt: string;
  readonly timeline: readonly TimelineEntry[];
}

/** Of whom the key is destroyed. */
const ERASED = 'erased';

const directions = { mt: 'to the handset', mo: 'from the handset' } as const;

const timelineRow = ({ at, state, segment, carrier, code }: TimelineEntry): string[] => [
  timeText(at),
  state,
  segment === 0 ? 'all' : String(segment),
  orDash(carrier),
  code === 0 ? '-' : `${code} (0x${code.toString(16).padStart(8, '0')})`,
];

function show(out: Output, view: Message): void {
  fields(out, [
    ['Message', view.id],
    ['Direction', directions[view.direction]],
    ['State', view.state],
    ['To', view.to ?? ERASED],
    ['From', view.from],
    ['Class', view.class],
    ['Segments', `${view.segments} (${view.encoding})`],
    ['Reference', orDash(view.reference)],
    ['Accepted', timeText(view.acceptedAt)],
    ['Worth sending until', timeText(view.expiresAt)],
  ]);
  line(out);
  table(out, ['TIME', 'STATE', 'SEGMENT', 'CARRIER', 'CODE'], view.timeline.map(timelineRow));
}

const message = command({
  name: 'message',
  summary: 'Show where a message is, and how it came there.',
  about: [
    'The number is masked, and the text is not shown: neither leaves the gateway this way. The code of a line is the\ncommand_status of SMPP or the network error code of a receipt.',
  ],
  operand: 'ID',
  options: { account: accountOption },
  example: 'message 01995d3c-5f00-7000-8000-000000000001',
  async run({ values, operand, stdout, control }) {
    const account = await accountOf(control, values.account);
    const view = await control.get<Message>(`${messagesOf(account)}/${encodeURIComponent(operand)}`);
    if (values.json) json(stdout, view);
    else show(stdout, view);
    return exitCodes.done;
  },
});

const cancel = command({
  name: 'cancel',
  summary: 'Stop a message that was not yet handed to a carrier.',
  about: ['One that is on its way, or has come to its end, stays as it is, and the command fails.'],
  operand: 'ID',
  options: { account: accountOption },
  example: 'cancel 01995d3c-5f00-7000-8000-000000000001',
  async run({ values, operand, stdout, control }) {
    const account = await accountOf(control, values.account);
    const view = await control.post<Message>(`${messagesOf(account)}/${encodeURIComponent(operand)}/cancel`);
    if (values.json) json(stdout, view);
    else show(stdout, view);
    return exitCodes.done;
  },
});

interface Page {
  readonly messages: readonly Message[];
  readonly next: string | null;
}

const pageRow = (view: Message): string[] => [
  view.id,
  timeText(view.acceptedAt),
  view.state,
  view.class,
  view.to ?? ERASED,
  view.from,
  orDash(view.reference),
];

function showPage(out: Output, { messages, next }: Page): void {
  if (messages.length === 0) line(out, 'There are no such messages.');
  else table(out, ['ID', 'ACCEPTED', 'STATE', 'CLASS', 'TO', 'FROM', 'REFERENCE'], messages.map(pageRow));
  if (next !== null) line(out, `\nThere are more: the same with --after ${next}`);
}

const messages = command({
  name: 'messages',
  summary: 'List messages of an account, newest first.',
  options: {
    account: accountOption,
    state: text('STATE', 'Only those in this state, like delivered or in_doubt.'),
    to: text('NUMBER', 'Only those to this recipient, in E.164.'),
    since: time('Only those accepted at or after this time.'),
    until: time('Only those accepted before this time.'),
    after: text('ID', 'Go on after this message, as the page before says.'),
    limit: integer('N', `How many, up to ${PAGE_MAX}; ${PAGE} where it is left out.`, 1, PAGE_MAX),
  },
  example: 'messages --state failed --limit 50',
  async run({ values, stdout, control }) {
    const { state, to: recipient, since, until, after: cursor, limit = PAGE } = values;
    const account = await accountOf(control, values.account);
    const wanted = { state, recipient, since, until, cursor, limit };
    const page = await control.post<Page>(`${messagesOf(account)}/search`, wanted);
    if (values.json) json(stdout, page);
    else showPage(stdout, page);
    return exitCodes.done;
  },
});

export const messageCommands = [message, messages, cancel];
