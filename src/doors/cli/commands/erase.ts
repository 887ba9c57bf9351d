import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type CertificateFlaw, readCertificate } from '../../../privacy/index.ts';
import { accountOf, accountOption } from '../account.ts';
import { command, exitCodes } from '../command.ts';
import { reason, required, text } from '../options.ts';
import { fields, json, line, timeText } from '../print.ts';
import { readNumber } from '../read-input.ts';
import { trouble } from '../trouble.ts';

interface Erasure {
  readonly id: string;
  readonly at: string;
  readonly messages: number;
  readonly waiting: number;
}

interface Certificate {
  readonly certificate: string;
  readonly verifier: string;
}

const pathOf = (account: string, what: string): string => `/v1/accounts/${encodeURIComponent(account)}/${what}`;
const nameOf = (id: string): string => `erasure-${id}.tlog-proof`;

const erase = command({
  name: 'erase',
  summary: 'Erase a person: what was sent and came cannot be read any more, and nothing is sent again.',
  about: [
    'The number is asked for, or read from the input: it would stay in the history of the shell. It cannot be undone.',
    'The certificate is a file that anybody can verify offline: npx sallyport erase check FILE --key KEY',
    'The keyed hash of the number is kept, so that nothing is sent to it again: npx sallyport erase lift',
  ],
  options: {
    account: accountOption,
    why: required(reason('The reason, as it goes on record. No personal data.')),
    as: required(text('NAME', 'Who does it.')),
    out: text('FILE', 'Where the certificate goes.'),
  },
  example: "erase --account bank --why 'asked by letter' --as jane",
  async run({ values, stdin, stdout, stderr, control }) {
    const account = await accountOf(control, values.account);
    const number = await readNumber(stdin, stderr);
    const body = { number, why: values.why, by: values.as };
    const done = await control.post<Erasure>(pathOf(account, 'erasures'), body);
    const file = values.out ?? nameOf(done.id);
    const { certificate, verifier } = await control.get<Certificate>(`/v1/erasures/${done.id}/certificate`);
    write(file, certificate);
    if (values.json) json(stdout, { ...done, file, verifier });
    else {
      const messages = done.messages === 1 ? '1 message' : `${done.messages} messages`;
      line(stdout, `Erased. Nobody can read ${messages} any more; ${done.waiting} that waited were stopped.`);
      line(stdout, `The certificate is ${file}. It is verified with:`);
      line(stdout, `  npx sallyport erase check ${file} --key '${verifier}'`);
    }
    return exitCodes.done;
  },
});

const again = command({
  name: 'erase certificate',
  summary: 'Write the certificate of an erasure once more.',
  operand: 'ID',
  options: { out: text('FILE', 'Where it goes.') },
  example: 'erase certificate 019a0000-0000-7000-8000-000000000000',
  async run({ values, operand, stdout, control }) {
    const path = `/v1/erasures/${encodeURIComponent(operand)}/certificate`;
    const { certificate, verifier } = await control.get<Certificate>(path);
    const file = values.out ?? nameOf(operand);
    write(file, certificate);
    if (values.json) json(stdout, { id: operand, file, verifier });
    else line(stdout, `The certificate is ${file}.`);
    return exitCodes.done;
  },
});

const lift = command({
  name: 'erase lift',
  summary: 'Let a number be sent to again, because the person asked for it.',
  about: ['The number is asked for, or read from the input. What was erased does not come back.'],
  options: {
    account: accountOption,
    why: required(reason('The reason, as it goes on record. No personal data.')),
    as: required(text('NAME', 'Who does it.')),
  },
  example: "erase lift --account bank --why 'asked by letter' --as jane",
  async run({ values, stdin, stdout, stderr, control }) {
    const account = await accountOf(control, values.account);
    const number = await readNumber(stdin, stderr);
    await control.post(pathOf(account, 'suppressions/lift'), { number, why: values.why, by: values.as });
    if (values.json) json(stdout, { account, lifted: true });
    else line(stdout, 'The number may be sent to again.');
    return exitCodes.done;
  },
});

const flaws: Readonly<Partial<Record<CertificateFlaw, string>>> = {
  key_malformed: 'The key is not the public key of a log.',
  proof_malformed: 'The file is no certificate.',
  proof_wrong: 'What the file states is not in the log that was signed.',
  origin_wrong: 'The file is of another log than the key.',
  no_erasure: 'The file proves something, but no erasure.',
};

const check = command({
  name: 'erase check',
  summary: 'Verify a certificate of erasure offline.',
  about: ['Nothing is asked but the file: no gateway has to run. Have the key from whom you trust, not from the file.'],
  operand: 'FILE',
  options: { key: required(text('KEY', 'The public key of the log, as C2SP signed-note writes it.')) },
  example: "erase check erasure.tlog-proof --key 'sallyport/1f2e+00000000+AQ…'",
  run({ values, operand, stdout }) {
    const statement = readCertificate(read(operand), values.key);
    if (typeof statement === 'string')
      throw trouble('certificate_invalid', flaws[statement] ?? 'The log did not sign what the file states.');
    if (values.json) json(stdout, { valid: true, ...statement });
    else
      fields(stdout, [
        ['Valid', `yes: entry ${statement.index} of ${statement.origin}, of ${statement.size} entries`],
        ['Erased', timeText(statement.at)],
        ['Of', statement.on.join(', ')],
        ['Messages', `${statement.messages}, which nobody can read any more`],
        ['By', statement.who],
        ['Why', statement.why ?? '-'],
        ['Erasure', statement.erasure],
      ]);
    return Promise.resolve(exitCodes.done);
  },
});

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw trouble('file_unreadable', `The certificate cannot be read (${code}).`);
  }
}

function write(file: string, certificate: string): void {
  if (existsSync(file))
    throw trouble('usage', 'There is a file of that name already: name another one with --out.', null);
  writeFileSync(file, certificate, { flag: 'wx' });
}

export const eraseCommands = [erase, check, again, lift];
