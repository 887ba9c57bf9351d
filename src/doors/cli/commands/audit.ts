import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accountOf, accountOption, messagesOf } from '../account.ts';
import { type AuditEntry, type Flaw, foundText, plainEntry } from '../audit-words.ts';
import { type Call, command, exitCodes, type Output } from '../command.ts';
import type { Control } from '../control.ts';
import { flag, integer, list, required, text } from '../options.ts';
import { json, line } from '../print.ts';
import { trouble } from '../trouble.ts';

const LOG = '/v1/audit-log';
const SHOWN = 20;
const SHOWN_MAX = 256;
const INDEX_MAX = 999_999_999;

interface Entries {
  readonly size: number;
  readonly entries: readonly AuditEntry[];
}

const entriesFrom = (control: Control, index: number) => control.get<Entries>(`${LOG}/entries/${index}`);

function showAll(out: Output, entries: readonly AuditEntry[], asJson: boolean): void {
  for (const entry of entries) line(out, asJson ? JSON.stringify(entry) : plainEntry(entry));
}

/** Until the gateway ends, or nobody reads any more. */
async function follow(control: Control, stdout: Output, from: number, asJson: boolean): Promise<void> {
  const stop = new AbortController();
  const leave = () => stop.abort();
  for (const gone of ['error', 'close']) stdout.once(gone, leave);
  const path = `${LOG}/entries/${from}/stream`;
  for await (const entry of control.lines<AuditEntry>(path, stop.signal, () => {})) showAll(stdout, [entry], asJson);
  for (const gone of ['error', 'close']) stdout.off(gone, leave);
}

const tail = command({
  name: 'audit tail',
  summary: 'Show the latest entries of the audit log, in plain words.',
  about: ['Each line begins with the index of the entry. With --json, each is a line of JSON.'],
  options: {
    count: integer('N', `How many, up to ${SHOWN_MAX}; ${SHOWN} where it is left out.`, 1, SHOWN_MAX),
    follow: flag('Go on as the log grows; Ctrl-C ends it.'),
  },
  example: 'audit tail --follow',
  async run({ values, stdout, control }) {
    const { size } = await entriesFrom(control, INDEX_MAX);
    const { count = SHOWN } = values;
    const first = Math.max(0, size - count);
    if (values.follow) await follow(control, stdout, first, values.json);
    else showAll(stdout, (await entriesFrom(control, first)).entries.slice(0, count), values.json);
    return exitCodes.done;
  },
});

const textWords = {
  as_accepted: 'The stored text is the one accepted: its digest is the one in the log.',
  changed: 'THE STORED TEXT IS NOT THE ONE ACCEPTED: its digest differs from the one in the log.',
  gone: 'No text is stored any more: it was ended or erased.',
  not_on_record: 'The text cannot be compared: no signed entry has a digest of it yet.',
} as const;

const timeline = command({
  name: 'message timeline',
  summary: 'Show everything that is known of a message in the order of time, with its places in the audit log.',
  about: [
    'A line without an index is in the store only: what may be claimed of a message is in the log, or will be in a second.',
  ],
  operand: 'ID',
  options: { account: accountOption },
  example: 'message timeline 01995d3c-5f00-7000-8000-000000000001',
  async run({ values, operand, stdout, control }) {
    const found = await timelineOf(control, await accountOf(control, values.account), operand);
    if (values.json) json(stdout, found);
    else {
      for (const entry of found.entries) line(stdout, plainEntry(entry, `message:${operand.toLowerCase()}`));
      line(stdout, textWords[found.text.is]);
      if (!found.isWhole) line(stdout, 'The log goes on: what came much later was not looked for.');
    }
    return exitCodes.done;
  },
});

const timelineOf = (control: Control, account: string, id: string) =>
  control.get<{ entries: readonly AuditEntry[]; isWhole: boolean; text: { is: keyof typeof textWords } }>(
    `${messagesOf(account)}/${encodeURIComponent(id)}/timeline`,
  );

const proofOptions = {
  account: accountOption,
  index: flag('ID is the index of one entry, and not a message.'),
  out: text('FOLDER', 'Where the files are written; here where it is left out.'),
};

const proof = command({
  name: 'audit proof',
  summary: 'Write proofs that what happened to a message is in the audit log, one file for each entry.',
  about: [
    'They are verified without the gateway: npx sallyport audit check-proof FILE --key KEY, or by any C2SP tlog-proof reader.',
  ],
  operand: 'ID',
  options: proofOptions,
  example: 'audit proof 01995d3c-5f00-7000-8000-000000000001',
  async run(call) {
    const written: { index: number; file: string }[] = [];
    for (const index of await indexesOf(call)) {
      const file = join(call.values.out ?? '.', `audit-${index}.tlog-proof`);
      writeFileSync(file, await call.control.octets(`${LOG}/proofs/${index}`));
      written.push({ index, file });
    }
    if (written.length === 0) throw trouble('not_in_log', 'Nothing about it is in the audit log yet.');
    if (call.values.json) json(call.stdout, { proofs: written });
    else for (const { index, file } of written) line(call.stdout, `${file} shows that entry ${index} is in the log.`);
    return exitCodes.done;
  },
});

async function indexesOf({ values, operand, control }: Call<typeof proofOptions>): Promise<readonly number[]> {
  if (values.index) {
    if (!/^\d{1,15}$/.test(operand)) throw trouble('usage', 'With --index, ID is a number.');
    return [Number(operand)];
  }
  const { entries } = await timelineOf(control, await accountOf(control, values.account), operand);
  return entries.flatMap(({ index, what }) => (index !== null && what.startsWith('message.') ? [index] : []));
}

async function fileOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw trouble('file_unreadable', `The file cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

const checkProof = command({
  name: 'audit check-proof',
  summary: 'Verify a .tlog-proof file. No gateway is asked.',
  about: [
    'KEY is the verifier key of the log, as it was handed to you before: what the gateway says today is no proof.',
  ],
  operand: 'FILE',
  options: {
    key: required(text('KEY', 'The verifier key of the log: name+id+key.')),
    witnesses: list('KEY', 'Verifier keys of witnesses: each of them must have cosigned.'),
  },
  example: 'audit check-proof audit-7.tlog-proof --key sms.example.com/audit+0a1b2c3d+AQ',
  async run({ values, operand, stdout }) {
    const { checkedProof } = await import('../check-proof.ts');
    const checked = checkedProof(await fileOf(operand), values.key, values.witnesses);
    if (values.json) json(stdout, checked);
    else if (checked.flaw !== null) line(stdout, `It proves nothing: ${checked.flaw}.`);
    else {
      line(stdout, `Entry ${checked.index} is in the log ${checked.origin}, of ${checked.size} entries:`);
      line(stdout, plainEntry(checked.entry!));
      if (checked.witnesses.length > 0) line(stdout, `Cosigned by ${checked.witnesses.join(', ')}.`);
    }
    return checked.flaw === null ? exitCodes.done : exitCodes.failed;
  },
});

const exportLog = command({
  name: 'audit export',
  summary: 'Write the audit log as files in the layout of C2SP tlog-tiles, and verify them.',
  about: [
    'What is in the folder from before is kept, verified, and added to: the checkpoint that was there must be one of the\nlog as it is now. The checkpoint is replaced only when all is good.',
  ],
  operand: 'FOLDER',
  options: { key: text('KEY', 'The verifier key to trust; where it is left out, the one the gateway gives.') },
  example: 'audit export /var/audit/sallyport',
  async run({ values, operand, stdout, control }) {
    const { exportTo } = await import('../audit-folder.ts');
    const remote = (path: string) => control.octets(`${LOG}/${path}`);
    const { size, written, flaw } = await exportTo(operand, remote, values.key);
    if (values.json) json(stdout, { size, written, flaw });
    else if (flaw === null)
      line(stdout, `${size} entries are in ${operand}: ${written} files were written, and all is verified.`);
    else for (const said of foundText(flaw)) line(stdout, said);
    return flaw === null ? exitCodes.done : exitCodes.failed;
  },
});

interface Verified {
  readonly size: number | null;
  readonly checkpoints: number;
  readonly flaw: Flaw | null;
}

const verify = command({
  name: 'audit verify',
  summary: 'Go through the whole audit log, and name the first wrong octet.',
  about: [
    'Without --folder, the gateway goes through its database: every row, tile and checkpoint, and the checkpoint kept beside\nit. With --folder, files are verified here, and no gateway is asked. It ends with 1 when something is wrong.',
  ],
  options: {
    folder: text('FOLDER', 'Files that audit export wrote.'),
    checkpoint: text('FILE', 'A checkpoint that you have kept: the log must have grown from it.'),
    key: text('KEY', 'The verifier key to trust, as you have kept it.'),
  },
  example: 'audit verify --checkpoint kept-in-march --key sms.example.com/audit+0a1b2c3d+AQ',
  async run({ values, stdout, control }) {
    const { folder, key, checkpoint } = values;
    const kept =
      checkpoint === undefined ? undefined : { name: checkpoint, note: (await fileOf(checkpoint)).toString() };
    const found =
      folder === undefined ? await verifiedThere(control, key, kept?.note) : await verifiedHere(folder, key, kept);
    if (values.json) json(stdout, found);
    else if (found.flaw !== null) for (const said of foundText(found.flaw)) line(stdout, said);
    else if (found.size === null) line(stdout, 'The log has no entry yet.');
    else line(stdout, `All ${found.size} entries are what was signed, in ${found.checkpoints} checkpoints.`);
    return found.flaw === null ? exitCodes.done : exitCodes.failed;
  },
});

async function verifiedThere(control: Control, key?: string, checkpoint?: string): Promise<Verified> {
  let last: object = {};
  const body = { ...(key !== undefined && { key }), ...(checkpoint !== undefined && { checkpoint }) };
  for await (const said of control.lines<object>(`${LOG}/verification`, new AbortController().signal, () => {}, body))
    last = said;
  if (!('flaw' in last)) throw trouble('connection_lost', 'The gateway ended before the log was verified.');
  return last as Verified;
}

async function verifiedHere(folder: string, key?: string, kept?: { name: string; note: string }): Promise<Verified> {
  const { verifyFolder } = await import('../audit-folder.ts');
  return verifyFolder(folder, key, kept ? [{ ...kept, beside: null }] : []);
}

export const auditCommands = [tail, proof, checkProof, exportLog, verify, timeline];
