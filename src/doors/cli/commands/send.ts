import { accountOf, accountOption, messagesOf } from '../account.ts';
import { command, exitCodes } from '../command.ts';
import { choice, integer, required, text, time } from '../options.ts';
import { json, line, timeText } from '../print.ts';
import { messageText } from '../read-input.ts';

interface Accepted {
  readonly id: string;
  readonly state: string;
  readonly segments: number;
  readonly encoding: string;
  readonly expiresAt: string;
}

const VALIDITY_SECONDS_MAX = 30 * 24 * 3600;

export const send = command({
  name: 'send',
  summary: 'Send one message for an account.',
  about: [
    'TEXT is the text in quotes. What is typed stays in the history of the shell and can be seen in the list of processes\nwhile it runs; for a text that must not, write - and pipe it in.',
    'It is answered when the message is stored durably. What becomes of it then: npx sallyport message ID.',
  ],
  operand: 'TEXT',
  options: {
    to: required(text('NUMBER', 'The recipient in E.164, like +12025550143.')),
    from: required(text('SENDER', 'A sender that a key of the account may use.')),
    class: choice('What it is for; transactional where it is left out.', 'otp', 'transactional', 'marketing'),
    account: accountOption,
    at: time('Not before this time; without an offset, in the time of this machine.'),
    valid: integer('SECONDS', 'How long it is worth sending.', 1, VALIDITY_SECONDS_MAX),
    reference: text('WORD', 'Your own word for it.'),
    'idempotency-key': text('KEY', 'Where the answer was lost, the same line with the same key sends nothing twice.'),
  },
  example: "send --to +12025550143 --from 10666 --class otp 'Your code is 493021'",
  async run({ values, operand, stdin, stdout, control }) {
    const { to, from, reference, at: sendAt, valid: validitySeconds } = values;
    const content = await messageText(operand, stdin);
    const account = await accountOf(control, values.account);
    const body = { to, from, text: content, class: values.class, sendAt, validitySeconds, reference };
    const key = values['idempotency-key'];
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
    const accepted = await control.post<Accepted>(messagesOf(account), body, headers);
    if (values.json) json(stdout, accepted);
    else show(accepted);
    return exitCodes.done;

    function show({ id, state, segments, encoding, expiresAt }: Accepted): void {
      const size = segments === 1 ? 'one segment' : `${segments} segments`;
      const until = sendAt === undefined ? '' : `, to be sent at ${timeText(sendAt)}`;
      line(stdout, `${id} is ${state}${until}: ${size} (${encoding}), worth sending until ${timeText(expiresAt)}.`);
      line(stdout, `What becomes of it: npx sallyport message ${id}`);
    }
  },
});
