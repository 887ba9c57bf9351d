import { connectionOptions, settingOptions, settingsIn } from '../carrier-settings.ts';
import { type Call, command, exitCodes, type Output } from '../command.ts';
import { choice, list as listOption, required, text } from '../options.ts';
import { json, line, safe, table } from '../print.ts';
import { readPassword } from '../read-input.ts';
import { type Step, stepsShown } from '../steps.ts';
import { trouble } from '../trouble.ts';

export interface Carrier {
  readonly name: string;
  readonly kind: 'sandbox' | 'smpp';
  readonly isEnabled: boolean;
  readonly isUp: boolean;
  readonly breaker: string;
  readonly status: string;
}

export function carrierTable(out: Output, carriers: readonly Carrier[]): void {
  const rows = carriers.map(({ name, kind, isUp, breaker, status }) => [
    name,
    kind,
    isUp ? 'up' : 'down',
    breaker,
    status,
  ]);
  if (rows.length === 0) line(out, 'There is no carrier yet. Add one with: npx sallyport carrier add');
  else table(out, ['CARRIER', 'KIND', 'LINK', 'BREAKER', 'STATUS'], rows);
}

const pathOf = (name: string): string => `/v1/carriers/${encodeURIComponent(name)}`;

const passwordFile = text('FILE', 'A file with the password; else it is asked for, or read from a pipe.');
const addOptions = {
  name: required(text('NAME', 'What it is called in keys and lists; lower case.')),
  kind: choice('smpp where it is left out; a sandbox delivers nothing.', 'smpp', 'sandbox'),
  'password-file': passwordFile,
  ...connectionOptions,
  ...settingOptions,
};

async function wantedCarrier({ values, stdin, stderr }: Call<typeof addOptions>): Promise<object> {
  const { name, kind = 'smpp' } = values;
  if (kind === 'sandbox') return { kind, name };
  const settings: Record<string, unknown> = { ...settingsIn(values, true) };
  const missing = Object.entries({ host: 'host', port: 'port', systemId: 'system-id' }).find(
    ([setting]) => settings[setting] === undefined,
  );
  if (missing !== undefined) {
    throw trouble('usage', `--${missing[1]} is missing.`, 'See: npx sallyport carrier add --help');
  }
  const password = await readPassword(values['password-file'], stdin, stderr);
  return { kind, name, password, ...settings };
}

const aboutSettings =
  'Every setting can stand in a JSON file that --settings names; the options go before it. All of them are described in\nthe schema CarrierToAdd of the API (/openapi.json).';

const add = command({
  name: 'carrier add',
  summary: 'Add a carrier and connect to it.',
  about: [
    'The password is read from --password-file, asked for on a terminal, or read from a pipe. It is no option: every user of\nthis machine could read it in the list of processes, and the shell would keep it. SMPP gives it 8 characters at most.',
    aboutSettings,
  ],
  options: addOptions,
  example: 'carrier add --name north --host smsc.example --port 3550 --system-id acme --password-file north.txt',
  async run(call) {
    const carrier = await call.control.post<Carrier>('/v1/carriers', await wantedCarrier(call));
    if (call.values.json) json(call.stdout, carrier);
    else {
      line(call.stdout, `Added ${carrier.name}. The link is being made (${safe(carrier.status)}).`);
      line(call.stdout, `How it goes: npx sallyport carrier test ${carrier.name}`);
    }
    return exitCodes.done;
  },
});

const list = command({
  name: 'carrier list',
  summary: 'List the carriers and how their links are.',
  options: {},
  example: 'carrier list',
  async run({ values, stdout, control }) {
    const view = await control.get<{ carriers: readonly Carrier[] }>('/v1/carriers');
    if (values.json) json(stdout, view);
    else carrierTable(stdout, view.carriers);
    return exitCodes.done;
  },
});

const test = command({
  name: 'carrier test',
  summary: 'Say in plain words whether a carrier can be reached, and what is in the way.',
  about: [
    'Goes there step by step: name, connection, TLS, bind, enquire_link. Ends with 1 where one fails. No message is sent. A\ncarrier that is bound is asked over the binds there are, for it may allow no more.',
  ],
  operand: 'NAME',
  options: {},
  example: 'carrier test north',
  async run({ values, operand, stdout, control }) {
    const carrier = await control.post<Carrier & { readonly steps: readonly Step[] }>(`${pathOf(operand)}/test`);
    if (values.json) json(stdout, carrier);
    else {
      stepsShown(stdout, carrier.steps);
      const how = carrier.status === 'up' ? '' : `: ${carrier.status}`;
      line(stdout, safe(`${carrier.name} is ${carrier.isUp ? 'up' : 'down'}${how}.`));
    }
    return carrier.isUp && carrier.steps.every(({ isOk }) => isOk) ? exitCodes.done : exitCodes.failed;
  },
});

const set = command({
  name: 'carrier set',
  summary: 'Change a carrier: what is named, and nothing else.',
  about: [
    'The link has the answers that are due, then is made anew. Another password is read from --password-file. TLS settings\nare changed together: name all that are to hold.',
    aboutSettings,
  ],
  operand: 'NAME',
  options: {
    'password-file': text('FILE', 'A file with another password.'),
    unset: listOption('SETTING', 'Settings that are to have their default again, as the API calls them.'),
    ...connectionOptions,
    ...settingOptions,
  },
  example: 'carrier set north --window 50 --rate 100 --bind-count 2',
  async run({ values, operand, stdin, stderr, stdout, control }) {
    const file = values['password-file'];
    const change = {
      ...settingsIn(values, false),
      ...(values.unset && { unset: values.unset }),
      ...(file !== undefined && { password: await readPassword(file, stdin, stderr) }),
    };
    if (Object.keys(change).length === 0) throw trouble('usage', 'Nothing was named that is to change.');
    return changed(await control.call<Carrier>('PATCH', pathOf(operand), change), values.json, stdout);
  },
});

function changed(carrier: Carrier, asJson: boolean, out: Output): number {
  if (asJson) json(out, carrier);
  else line(out, `Changed ${carrier.name}. How it goes: npx sallyport carrier test ${carrier.name}`);
  return exitCodes.done;
}

const switched = (name: 'enable' | 'disable', isEnabled: boolean, summary: string) =>
  command({
    name: `carrier ${name}`,
    summary,
    operand: 'NAME',
    options: {},
    example: `carrier ${name} north`,
    async run({ values, operand, stdout, control }) {
      return changed(await control.call<Carrier>('PATCH', pathOf(operand), { isEnabled }), values.json, stdout);
    },
  });

const remove = command({
  name: 'carrier remove',
  summary: 'Remove a carrier that is disabled and that no message waits for.',
  operand: 'NAME',
  options: {},
  example: 'carrier remove north',
  async run({ values, operand, stdout, control }) {
    await control.call('DELETE', pathOf(operand));
    if (values.json) json(stdout, { removed: operand });
    else line(stdout, safe(`Removed ${operand}.`));
    return exitCodes.done;
  },
});

export const carrierCommands = [
  add,
  list,
  test,
  set,
  switched('disable', false, 'Unbind from a carrier, and send nothing to it until it is enabled.'),
  switched('enable', true, 'Bind to a carrier again.'),
  remove,
];
