import { command, exitCodes } from '../command.ts';
import { json, line } from '../print.ts';

interface AcceptedTable {
  readonly table: string;
  readonly rows: number;
  readonly changed: readonly number[];
  readonly missing: readonly number[];
}

const ids = (keys: readonly number[]): string => (keys.length === 0 ? 'none' : keys.join(', '));

const accept = command({
  name: 'register accept',
  summary: 'Take a table of settings for right that was changed outside of the gateway.',
  about: [
    'The gateway uses nothing of a carrier, key, route or webhook that was changed in the database by somebody else, and\nraises the alarm changed_outside. The way on is to set what was changed again: a carrier with all of its settings and\nits password, a webhook with its address; to remove a route, or revoke a key, and to make another.',
    'Where it was changed by somebody who may, or the register itself is lost, this takes the whole table as it stands.\nLook at every row first. It is on record. TABLE is carrier, credential, route or webhook.',
  ],
  operand: 'TABLE',
  options: {},
  example: 'register accept route',
  async run({ values, operand, stdout, control }) {
    const accepted = await control.post<AcceptedTable>('/v1/register/accept', { table: operand });
    if (values.json) json(stdout, accepted);
    else
      line(
        stdout,
        `Took the table ${accepted.table} as it stands. Rows: ${accepted.rows}. Changed or added: ${ids(accepted.changed)}. Gone: ${ids(accepted.missing)}.`,
      );
    return exitCodes.done;
  },
});

export const registerCommands = [accept];
