import { type Clock, DAY_MS } from '../../../base/clock.ts';
import { messageKinds } from '../../../wire/text/kinds.ts';
import { accountOf, accountOption } from '../account.ts';
import { type Call, command, exitCodes, type Output } from '../command.ts';
import type { Control } from '../control.ts';
import { type KeySmpp, smppOptions, smppText, wantedSmpp } from '../key-smpp.ts';
import { choice, integer, list as listOption, required, text } from '../options.ts';
import { usage } from '../parse.ts';
import { fields, json, line, table, timeText } from '../print.ts';
import { trouble } from '../trouble.ts';
import type { Carrier } from './carrier.ts';

const DAYS_MAX = 365;
const LOOPBACK = ['127.0.0.0/8', '::1/128'];
const VERBS = ['send', 'read'];
const CLASSES = ['transactional'];

interface Key {
  readonly id: number;
  readonly account: string;
  readonly kind: 'api_key' | 'smpp';
  readonly name: string;
  readonly lookup: string;
  readonly capability: Readonly<
    Record<'verbs' | 'senders' | 'classes' | 'carriers' | 'networks' | 'kinds', readonly string[]>
  > & {
    readonly smpp?: KeySmpp;
  };
  readonly expiresAt: string;
  readonly revokedAt: string | null;
  readonly isChanged: boolean;
}

type KeyWithSecret = Key & { readonly secret: string };

const kindNames = { api_key: 'API key', smpp: 'SMPP credential' } as const;

/** The carriers that were named, else the only one there is: traffic does not go to a carrier nobody chose. */
async function carriersOf(control: Control, named: readonly string[] | undefined): Promise<readonly string[]> {
  if (named !== undefined) return named;
  const { carriers } = await control.get<{ carriers: readonly Carrier[] }>('/v1/carriers');
  const names = carriers.map(({ name }) => name);
  if (names.length === 1) return names;
  const next =
    names.length === 0 ? 'Add one with: npx sallyport carrier add' : `Add --carriers, of: ${names.join(', ')}`;
  throw trouble('carrier_needed', 'Say which carriers the key may use.', next);
}

const expiry = (clock: Clock, days: number | undefined): string | undefined =>
  days === undefined ? undefined : new Date(clock.now() + days * DAY_MS).toISOString();

function showMade(out: Output, made: KeyWithSecret): void {
  line(
    out,
    `Made ${kindNames[made.kind]} ${made.id} for account ${made.account}. It ends on ${timeText(made.expiresAt)}.\n`,
  );
  if (made.kind === 'smpp') {
    fields(out, [
      ['system_id', made.lookup],
      ['password', made.secret],
    ]);
  } else {
    line(out, made.secret);
  }
  const what = made.kind === 'smpp' ? 'The password' : 'The key';
  line(out, `\n${what} is shown this once, and cannot be shown again: keep it where you keep secrets.`);
  line(out, `If it gets lost or known, end it with: npx sallyport key revoke ${made.id}`);
}

const createOptions = {
  name: required(text('NAME', 'What it is called in lists, like the application that uses it.')),
  kind: choice('For HTTPS or for SMPP; api_key where it is left out.', 'api_key', 'smpp'),
  account: accountOption,
  senders: listOption('SENDER', 'The senders it may use, where it may send: short codes, long codes, names.'),
  classes: listOption('CLASS', 'Of otp, transactional, marketing; transactional where it is left out.'),
  carriers: listOption('CARRIER', 'The carriers it may use, the preferred first; where there is only one, that.'),
  networks: listOption('CIDR', 'Where it may be used from; where it is left out, this machine only.'),
  verbs: listOption('VERB', 'Of send, read, cancel, webhook, audit; send and read where it is left out.'),
  kinds: listOption('KIND', 'What it may send besides words that a person reads; nothing where it is left out.'),
  days: integer('N', `For how many days it works: at most ${DAYS_MAX}, and that where it is left out.`, 1, DAYS_MAX),
  'system-id': text('ID', 'For SMPP: its system_id; made up where it is left out.'),
  ...smppOptions,
};

async function wantedKey({ values, control, clock }: Call<typeof createOptions>) {
  const { name, kind = 'api_key', verbs = VERBS, networks = LOOPBACK, kinds = [] } = values;
  const sends = verbs.includes('send');
  const { senders = [], classes = sends ? CLASSES : [] } = values;
  if (sends && senders.length === 0) throw usage({ name: 'key create' }, '--senders SENDER,… is missing.');
  const account = await accountOf(control, values.account);
  const carriers = sends ? await carriersOf(control, values.carriers) : (values.carriers ?? []);
  const capability = { verbs, senders, classes, carriers, networks, kinds, smpp: wantedSmpp(values) };
  return { account, kind, name, capability, systemId: values['system-id'], expiresAt: expiry(clock, values.days) };
}

const create = command({
  name: 'key create',
  summary: 'Make a credential for an application: an API key, or an SMPP system_id and password.',
  about: [
    'It may do only what is named here: there are no wildcards. Lists are written with commas between their words.',
    `Kinds are ${messageKinds.join(', ')}.`,
    'The secret is shown this once. To move to a new key, make it, give it to the application, and revoke the old one.',
  ],
  options: createOptions,
  example: 'key create --name shop --senders 10666 --classes otp,transactional --carriers sandbox',
  async run(call) {
    const made = await call.control.post<KeyWithSecret>('/v1/keys', await wantedKey(call));
    if (call.values.json) json(call.stdout, made);
    else showMade(call.stdout, made);
    return exitCodes.done;
  },
});

function stateOf({ revokedAt, expiresAt, isChanged }: Key, clock: Clock): string {
  if (revokedAt !== null) return 'revoked';
  if (isChanged) return 'changed outside';
  return Date.parse(expiresAt) <= clock.now() ? 'ended' : 'valid';
}

const rowOf = (clock: Clock) => (key: Key) => [
  String(key.id),
  key.account,
  key.kind,
  key.name,
  key.lookup,
  stateOf(key, clock),
  timeText(key.expiresAt),
  key.capability.verbs.join(','),
  key.capability.senders.join(','),
  key.capability.classes.join(','),
  key.capability.carriers.join(','),
  key.capability.networks.join(','),
  key.capability.kinds.join(',') || '-',
  smppText(key.capability.smpp),
];

const HEADINGS = 'ID ACCOUNT KIND NAME PUBLIC-PART STATE ENDS VERBS SENDERS CLASSES CARRIERS NETWORKS KINDS SMPP'.split(
  ' ',
);

const list = command({
  name: 'key list',
  summary: 'List the credentials and what they may do, those that have ended too.',
  about: ['The public part is the beginning of an API key, or the system_id. Secrets are not kept, so none is shown.'],
  options: {},
  example: 'key list',
  async run({ values, stdout, control, clock }) {
    const view = await control.get<{ keys: readonly Key[] }>('/v1/keys');
    if (values.json) json(stdout, view);
    else if (view.keys.length === 0) line(stdout, 'There is no key yet. Make one with: npx sallyport key create');
    else table(stdout, HEADINGS, view.keys.map(rowOf(clock)));
    return exitCodes.done;
  },
});

const revoke = command({
  name: 'key revoke',
  summary: 'End a credential now.',
  about: ['Its next request is refused. This cannot be undone; a new key can be made.'],
  operand: 'ID',
  options: {},
  example: 'key revoke 3',
  async run({ values, operand, stdout, control }) {
    const key = await control.post<Key>(`/v1/keys/${encodeURIComponent(operand)}/revoke`);
    if (values.json) json(stdout, key);
    else line(stdout, `${kindNames[key.kind]} ${key.id} of account ${key.account} is revoked.`);
    return exitCodes.done;
  },
});

export const keyCommands = [create, list, revoke];
