import { command, exitCodes } from '../command.ts';
import { json, line, table, timeText } from '../print.ts';

interface Account {
  readonly name: string;
  readonly createdAt: string;
}

const create = command({
  name: 'account create',
  summary: 'Make an account: a tenant with keys and messages of its own.',
  about: ['A name is lower case: letters, digits, dots, hyphens and underscores, at most 63.'],
  operand: 'NAME',
  options: {},
  example: 'account create bank',
  async run({ values, operand: name, stdout, control }) {
    const account = await control.post<Account>('/v1/accounts', { name });
    if (values.json) json(stdout, account);
    else
      line(
        stdout,
        `Made account ${account.name}. Next, a key for it: npx sallyport key create --account ${account.name} …`,
      );
    return exitCodes.done;
  },
});

const list = command({
  name: 'account list',
  summary: 'List the accounts.',
  options: {},
  example: 'account list',
  async run({ values, stdout, control }) {
    const view = await control.get<{ accounts: readonly Account[] }>('/v1/accounts');
    const rows = view.accounts.map(({ name, createdAt }) => [name, timeText(createdAt)]);
    if (values.json) json(stdout, view);
    else if (rows.length === 0)
      line(stdout, 'There is no account yet. Make one with: npx sallyport account create NAME');
    else table(stdout, ['NAME', 'MADE'], rows);
    return exitCodes.done;
  },
});

export const accountCommands = [create, list];
