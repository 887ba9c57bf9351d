import { command, exitCodes, type Output } from '../command.ts';
import { integer, required, text } from '../options.ts';
import { json, line, orDash, table } from '../print.ts';

interface Row {
  readonly datum: string;
  readonly what: string;
  readonly days: number | null;
  readonly least: number | null;
  readonly most: number | null;
  readonly accounts: readonly { readonly account: string; readonly days: number }[];
  readonly ends: string;
  readonly why: string;
  readonly owner: string;
  readonly oldest: string | null;
  readonly held: number;
  readonly late: number;
  readonly lateByDays: number;
}

const lateText = ({ late, lateByDays }: Pick<Row, 'late' | 'lateByDays'>): string =>
  late === 0 ? '0' : `${late}, by ${lateByDays} ${lateByDays === 1 ? 'day' : 'days'}`;

const DAYS_MOST = 10_000;

const boundsOf = ({ least, most }: Row): string => (least === null ? '-' : `${least} to ${most}`);

function tell(out: Output, rows: readonly Row[]): void {
  table(
    out,
    ['DATUM', 'DAYS', 'MAY BE', 'OLDEST', 'KEPT BY HOLDS', 'LATE'],
    rows.flatMap((row) => [
      [
        row.datum,
        row.days === null ? '-' : String(row.days),
        boundsOf(row),
        orDash(row.oldest),
        String(row.held),
        lateText(row),
      ],
      ...row.accounts.map(({ account, days }) => [`  ${account}`, String(days), '', '', '', '']),
    ]),
  );
  for (const { datum, what, ends, why, owner } of rows) {
    line(out);
    line(out, `${datum}: ${what}`);
    line(out, `  Ends: ${ends}`);
    line(out, `  Why: ${why} Decided by: ${owner}`);
  }
}

const show = command({
  name: 'retention show',
  summary: 'Show what is kept, how long, how it ends and why.',
  about: ['Late is what is still there 24 hours after it was to end. Ends with 1 where anything is.'],
  options: {},
  example: 'retention show',
  async run({ values, stdout, control }) {
    const { rows } = await control.get<{ rows: readonly Row[] }>('/v1/retention');
    if (values.json) json(stdout, { rows });
    else tell(stdout, rows);
    return rows.some(({ late }) => late > 0) ? exitCodes.failed : exitCodes.done;
  },
});

const set = command({
  name: 'retention set',
  summary: 'Set how long something is kept, for one account or for all.',
  about: [
    'The table of retention has bounds. What is beyond its time then is ended within the hour, and cannot be had back.',
    'It goes on record under the name given with --as.',
  ],
  operand: 'DATUM',
  options: {
    days: required(integer('N', 'Full days after the one it is of.', 1, DAYS_MOST)),
    account: text('NAME', 'For this account only.'),
    as: required(text('NAME', 'Who does it.')),
  },
  example: 'retention set message_body --days 14 --account bank --as jane',
  async run({ values, operand, stdout, control }) {
    const body = { account: values.account, days: values.days, by: values.as };
    const path = `/v1/retention/${encodeURIComponent(operand)}`;
    const { rows } = await control.call<{ rows: readonly Row[] }>('PATCH', path, body);
    if (values.json) json(stdout, { rows });
    else
      line(
        stdout,
        `${operand} is kept for ${values.days} days${values.account === undefined ? '' : ` by ${values.account}`}.`,
      );
    return exitCodes.done;
  },
});

export const retentionCommands = [show, set];
