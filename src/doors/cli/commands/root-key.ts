import { DUE_SOON_MS } from '../../../vault/index.ts';
import { type Call, command, exitCodes, type Output } from '../command.ts';
import { flag, integer, required, text } from '../options.ts';
import { fields, json, line, orDash, table, timeText } from '../print.ts';
import { readPassword } from '../read-input.ts';
import { trouble } from '../trouble.ts';

interface RootKey {
  readonly kind: string;
  readonly hasPassphrase: boolean;
  readonly versions: readonly { readonly version: number; readonly madeAt: string | null }[];
  readonly dueAt: string | null;
  readonly inUse: readonly { readonly kind: string; readonly version: number; readonly accountKeys: number }[];
}

const isCurrent = ({ kind, versions, inUse }: RootKey): boolean =>
  inUse.every((use) => use.kind === kind && use.version === versions.at(-1)?.version);

/** What there is to be said of its age; null where nothing is. */
function dueWords(dueAt: string | null, nowMs: number): string | null {
  const leftMs = dueAt === null ? Number.POSITIVE_INFINITY : Date.parse(dueAt) - nowMs;
  if (leftMs > DUE_SOON_MS) return null;
  const since = leftMs < 0 ? `DUE: its year is over since ${timeText(dueAt!)}.` : `DUE SOON: by ${timeText(dueAt!)}.`;
  return `\n${since} Exchange it with: npx sallyport root-key rewrap --new-key`;
}

function tell(out: Output, root: RootKey, nowMs: number): void {
  const { kind, hasPassphrase, versions, inUse, dueAt } = root;
  const rows = versions.map(({ version, madeAt }): [string, string] => [
    `Version ${version}`,
    madeAt === null ? 'not seen in use yet' : `made ${timeText(madeAt)}`,
  ]);
  fields(out, [
    ['In force', kind],
    ['Passphrase', hasPassphrase ? 'yes' : 'no'],
    ...rows,
    ['Exchange by', orDash(dueAt && timeText(dueAt))],
  ]);
  line(out);
  table(
    out,
    ['WRAPPED UNDER', 'VERSION', 'ACCOUNT KEYS'],
    inUse.map((use) => [use.kind, String(use.version), String(use.accountKeys)]),
  );
  const due = dueWords(dueAt, nowMs);
  if (due !== null) line(out, due);
  if (!isCurrent(root)) line(out, '\nWrap them all under the latest in force with: npx sallyport root-key rewrap');
}

const status = command({
  name: 'root-key status',
  summary: 'Show where the root key is, its versions, and what they wrap.',
  options: {},
  example: 'root-key status',
  async run({ values, stdout, control, clock }) {
    const root = await control.get<RootKey>('/v1/root-key');
    if (values.json) json(stdout, root);
    else tell(stdout, root, clock.now());
    return exitCodes.done;
  },
});

const rewrap = command({
  name: 'root-key rewrap',
  summary: 'Wrap the keys of all accounts again, under the root key in force.',
  about: [
    'To move to another root key, set vault.rootKey and what that kind needs, leave the settings of the old one, restart, and\nuse this. It is one transaction: when it is killed, everything is as it was before, or done.',
    'The old root key still opens backups that were made before. Keep it as long as you keep those.',
  ],
  options: { 'new-key': flag('Make a new version of the root key first; a key service does that by itself.') },
  example: 'root-key rewrap --new-key',
  async run({ values, stdout, control, clock }) {
    const root = await control.post<RootKey>('/v1/root-key/rewrap', { renew: values['new-key'] });
    if (values.json) json(stdout, root);
    else tell(stdout, root, clock.now());
    return exitCodes.done;
  },
});

const forget = command({
  name: 'root-key forget',
  summary: 'Destroy the key of an older version of the root key that wraps nothing any more.',
  about: [
    'Archives of keys that were made before the last rewrap open with that version alone: whoever has no copy of it cannot\nrestore them any more. That is the use of it, where the version may be known to others.',
    'Refused while it wraps anything. Copies of the root key elsewhere are yours to destroy. Where several gateways use one\ndatabase, restart the others first after a rewrap: one that still wraps under the old version is refused.',
  ],
  options: { version: required(integer('N', 'The version, as root-key status shows it.', 1, 65_535)) },
  example: 'root-key forget --version 1',
  async run({ values, stdout, control, clock }) {
    const root = await control.post<RootKey>('/v1/root-key/forget', { version: values.version });
    if (values.json) json(stdout, root);
    else tell(stdout, root, clock.now());
    return exitCodes.done;
  },
});

const passphraseOptions = {
  'current-file': text('FILE', 'A file with the passphrase it has.'),
  'new-file': text('FILE', 'A file with the passphrase it is to have.'),
  remove: flag('Take the passphrase away.'),
};

/** Two questions on a terminal; a pipe has one answer, so there the other one comes from a file. */
async function asked(
  file: string | undefined,
  question: string,
  call: Call<typeof passphraseOptions>,
): Promise<string> {
  if (file === undefined && !call.stdin.isTTY)
    throw trouble('usage', 'Passphrases come from a terminal or from files.', 'Add --current-file and --new-file.');
  return await readPassword(file, call.stdin, call.stdout, question);
}

async function nextOf(call: Call<typeof passphraseOptions>): Promise<string | null> {
  const { remove, 'new-file': file } = call.values;
  if (remove) return null;
  const next = await asked(file, 'New passphrase: ', call);
  if (file === undefined && next !== (await asked(undefined, 'The same again: ', call)))
    throw trouble('usage', 'The two passphrases are not the same.', null);
  return next;
}

const passphrase = command({
  name: 'root-key passphrase',
  summary: 'Give the root key file a passphrase, another one, or none.',
  about: [
    'With a passphrase a stolen file opens nothing. The gateway then starts sealed until npx sallyport unseal, or reads the\npassphrase from the file or pipe that vault.passphraseFile names.',
    'Without the passphrase nobody opens the file: there is no way around it. It has 12 characters at least.',
  ],
  options: passphraseOptions,
  example: 'root-key passphrase',
  async run(call) {
    const { hasPassphrase } = await call.control.get<RootKey>('/v1/root-key');
    const current = hasPassphrase ? await asked(call.values['current-file'], 'Passphrase: ', call) : null;
    const next = await nextOf(call);
    await call.control.post('/v1/root-key/passphrase', { current, next });
    if (call.values.json) json(call.stdout, { hasPassphrase: next !== null });
    else
      line(
        call.stdout,
        next === null ? 'The root key has no passphrase now.' : 'The root key has that passphrase now.',
      );
    return exitCodes.done;
  },
});

export const rootKeyCommands = [status, rewrap, forget, passphrase];
