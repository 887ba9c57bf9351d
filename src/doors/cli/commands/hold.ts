import { accountOf, accountOption } from '../account.ts';
import { command, exitCodes, type Output } from '../command.ts';
import { flag, integer, reason, required, text, time } from '../options.ts';
import { json, line, orDash, table, timeText } from '../print.ts';
import { readNumber } from '../read-input.ts';

interface Hold {
  readonly id: number;
  readonly account: string;
  readonly isOfOnePerson: boolean;
  readonly sender: string | null;
  readonly fromDay: string;
  readonly toDay: string;
  readonly why: string;
  readonly state: string;
  readonly askedBy: string;
  readonly approvedBy: string | null;
  readonly expiresAt: string;
}

const ID_MOST = 999_999_999;
const asOption = required(text('NAME', 'Who does it.'));
const idOption = required(integer('N', 'The number of the hold.', 1, ID_MOST));

function tell(out: Output, holds: readonly Hold[]): void {
  const rows = holds.map((hold) => [
    String(hold.id),
    hold.state,
    hold.account,
    hold.isOfOnePerson ? 'one person' : 'everybody',
    orDash(hold.sender),
    `${hold.fromDay} to ${hold.toDay}`,
    timeText(hold.expiresAt),
    hold.askedBy,
    orDash(hold.approvedBy),
    hold.why,
  ]);
  table(out, ['ID', 'STATE', 'ACCOUNT', 'OF', 'SENDER', 'DAYS', 'EXPIRES', 'ASKED BY', 'APPROVED BY', 'WHY'], rows);
}

const ask = command({
  name: 'hold ask',
  summary: 'Ask for a legal hold: what it covers is neither erased nor ended in its time.',
  about: [
    'It is in force when somebody else has approved it, until it expires. Names are what is given with --as: whoever\nreaches the control socket vouches for them.',
    'A key is of a day and account: a hold keeps all that the account sent on its days, and erasure refuses who is meant.',
  ],
  options: {
    account: accountOption,
    person: flag('Of one person: the number is asked for, or read from the input, and never typed here.'),
    sender: text('SENDER', 'What was sent from or came to this sender only.'),
    from: required(text('DAY', 'The first day, YYYY-MM-DD in UTC.')),
    to: required(text('DAY', 'The last day.')),
    expires: required(time('When it ends by itself: within 366 days.')),
    why: required(reason('The reason, as it goes on record. No personal data.')),
    as: asOption,
  },
  example: "hold ask --from 2027-01-01 --to 2027-01-31 --expires 2027-06-30T00:00Z --why 'case 12' --as jane",
  async run({ values, stdin, stdout, stderr, control }) {
    const account = await accountOf(control, values.account);
    const number = values.person ? await readNumber(stdin, stderr) : undefined;
    const { sender, from: fromDay, to: toDay, expires: expiresAt, why, as: by } = values;
    const hold = await control.post<Hold>('/v1/holds', { account, number, sender, fromDay, toDay, expiresAt, why, by });
    if (values.json) json(stdout, hold);
    else {
      line(stdout, `Hold ${hold.id} is asked for. Somebody else approves it with:`);
      line(stdout, `  npx sallyport hold approve --id ${hold.id} --as NAME`);
    }
    return exitCodes.done;
  },
});

const decide = (verb: 'approve' | 'end', summary: string, done: string) =>
  command({
    name: `hold ${verb}`,
    summary,
    options: { id: idOption, as: asOption },
    example: `hold ${verb} --id 1 --as john`,
    async run({ values, stdout, control }) {
      const hold = await control.post<Hold>(`/v1/holds/${values.id}/${verb}`, { by: values.as });
      if (values.json) json(stdout, hold);
      else line(stdout, `Hold ${hold.id} ${done}.`);
      return exitCodes.done;
    },
  });

const list = command({
  name: 'hold list',
  summary: 'List the legal holds.',
  options: {},
  example: 'hold list',
  async run({ values, stdout, control }) {
    const { holds } = await control.get<{ holds: readonly Hold[] }>('/v1/holds');
    if (values.json) json(stdout, { holds });
    else if (holds.length === 0) line(stdout, 'There is no hold.');
    else tell(stdout, holds);
    return exitCodes.done;
  },
});

export const holdCommands = [
  ask,
  decide('approve', 'Approve a legal hold that somebody else asked for.', 'is in force'),
  decide('end', 'End a legal hold before its time.', 'is ended'),
  list,
];
