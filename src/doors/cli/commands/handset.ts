import { command, exitCodes, type Output } from '../command.ts';
import { flag, integer, required, text } from '../options.ts';
import { json, line, table } from '../print.ts';
import { messageText } from '../read-input.ts';
import { watch } from './handset-watch.ts';

const COUNT_MAX = 1_000_000;
const SANDBOX_NUMBERS = 'North American numbers reserved for fiction: any area code, then 555-01 and these two digits.';

const digitsText = ([from, until]: readonly [number, number]): string =>
  [...new Set([from, until])].map((digits) => String(digits).padStart(2, '0')).join(' to ');

/** What becomes of messages by their number. The table is looked up here only, since the carriers behind it are big. */
async function showNumbers(out: Output, asJson: boolean): Promise<void> {
  const { sandboxRules } = await import('../../../carriers/index.ts');
  const rows = sandboxRules.map(({ digits, words }) => ({ digits: digitsText(digits), becomes: words }));
  if (asJson) return json(out, { numbers: rows });
  line(out, `${SANDBOX_NUMBERS}\n`);
  table(
    out,
    ['DIGITS', 'EXAMPLE', 'WHAT BECOMES OF THE MESSAGE'],
    rows.map(({ digits, becomes }) => [digits, `+120255501${digits.slice(0, 2)}`, becomes]),
  );
  line(out, '\nAny other number is served like the first row.');
}

const handset = command({
  name: 'handset',
  summary: 'The telephone of the sandbox: shows what arrives, and can answer.',
  about: [
    'On a terminal, a line that is typed is sent as the answer to the last message. Ctrl-C ends it. Only messages of the\nsandbox are shown, and only those that arrive while it is watched.',
  ],
  options: {
    watch: flag('Only show: read nothing from the terminal.'),
    count: integer('N', 'End after so many messages.', 1, COUNT_MAX),
    numbers: flag('Print which numbers the sandbox treats in which way, and end.'),
  },
  example: 'handset',
  async run(call) {
    if (call.values.numbers) await showNumbers(call.stdout, call.values.json);
    else await watch(call, call.values.count ?? Number.POSITIVE_INFINITY, call.values.watch);
    return exitCodes.done;
  },
});

const answer = command({
  name: 'handset answer',
  summary: 'Send a message from the telephone of the sandbox to a sender of yours.',
  about: ['TEXT is the text in quotes, or - to pipe it in.'],
  operand: 'TEXT',
  options: {
    from: required(text('NUMBER', 'The number of the handset, like +12025550143.')),
    to: required(text('SENDER', 'The short code or number it writes to.')),
  },
  example: 'handset answer --from +12025550143 --to 10666 STOP',
  async run({ values, operand, stdin, stdout, control }) {
    const { from, to } = values;
    await control.post('/v1/handset/messages', { from, to, text: await messageText(operand, stdin) });
    if (values.json) json(stdout, { sent: true });
    else line(stdout, 'Sent.');
    return exitCodes.done;
  },
});

export const handsetCommands = [handset, answer];
