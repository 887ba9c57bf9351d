import { resolve } from 'node:path';
import { type Call, command, exitCodes, type Output } from '../command.ts';
import { choice, flag, integer, required, text } from '../options.ts';
import { json, line, safe, table } from '../print.ts';
import { readPassword } from '../read-input.ts';
import { trouble } from '../trouble.ts';

const PORT_MAX = 65_535;
const WINDOW_MAX = 1000;

export interface Carrier {
  readonly name: string;
  readonly kind: 'sandbox' | 'smpp';
  readonly isUp: boolean;
  readonly status: string;
}

export function carrierTable(out: Output, carriers: readonly Carrier[]): void {
  const rows = carriers.map(({ name, kind, isUp, status }) => [name, kind, isUp ? 'up' : 'down', status]);
  if (rows.length === 0) line(out, 'There is no carrier yet. Add one with: npx sallyport carrier add');
  else table(out, ['CARRIER', 'KIND', 'LINK', 'STATUS'], rows);
}

/** What to do about a status, where the status does not say that itself. */
const advice: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/ESME_RINVPASWD|ESME_RINVSYSID|ESME_RBINDFAIL/, 'The carrier does not take the system_id or the password.'],
  [
    /ESME_RALYBND/,
    'The carrier says this system_id is bound already: elsewhere, or by a connection it still holds open.',
  ],
  [
    /nothing listens|cannot be reached|does not answer|no answer yet/,
    'Check host and port, firewall, and whether the carrier lets this address in.',
  ],
  [/name of its machine/, 'Check the name of the host.'],
  [
    /does not speak TLS/,
    'Check the port. A carrier without TLS is reached through a tunnel that ends on this machine: add 127.0.0.1 with --no-tls.',
  ],
  [
    /broke the connection off|ended the connection/,
    'Often the port expects TLS where there is none, or the carrier does not know this address.',
  ],
];

function tell(out: Output, { name, isUp, status }: Carrier): void {
  const how = status === 'up' ? '' : `: ${status}`;
  line(out, safe(`${name} is ${isUp ? 'up' : 'down'}${how}.`));
  const known = isUp ? undefined : advice.find(([pattern]) => pattern.test(status));
  if (known !== undefined) line(out, known[1]);
}

const addOptions = {
  name: required(text('NAME', 'What it is called in keys and lists; lower case.')),
  kind: choice('smpp where it is left out; a sandbox delivers nothing.', 'smpp', 'sandbox'),
  host: text('HOST', 'Its SMSC.'),
  port: integer('PORT', 'The port of its SMSC.', 1, PORT_MAX),
  'system-id': text('ID', 'The system_id it gave you.'),
  'password-file': text('FILE', 'A file with the password; else it is asked for, or read from a pipe.'),
  tls: flag('Encrypted or not. Without TLS only this machine can be reached, where a tunnel may end.', true),
  'ca-file': text('FILE', 'PEM file of the only authority its certificate may come from; else the public ones.'),
  servername: text('NAME', 'The name its certificate must have, where it is not the host.'),
  pin: text('HASH', 'SHA-256 of the public key its certificate must have, in base64.'),
  'tls-1.2': flag('Take TLS 1.2 too, for an SMSC without 1.3.'),
  'system-type': text('TYPE', 'The system_type, where the carrier wants one.'),
  window: integer('N', 'How many submit_sm may wait for their answer.', 1, WINDOW_MAX),
};

/** The path of a file is meant from here, and the gateway stands elsewhere. */
const tlsOf = (values: Call<typeof addOptions>['values']): object => ({
  servername: values.servername,
  caFile: values['ca-file'] === undefined ? undefined : resolve(values['ca-file']),
  pin: values.pin,
  allowsTls12: values['tls-1.2'] || undefined,
});

async function wantedCarrier({ values, stdin, stderr }: Call<typeof addOptions>): Promise<object> {
  const { name, kind = 'smpp', host, port, window } = values;
  if (kind === 'sandbox') return { kind, name };
  const [systemId, systemType] = [values['system-id'], values['system-type']];
  const missing = Object.entries({ host, port, 'system-id': systemId }).find(([, value]) => value === undefined);
  if (missing !== undefined) {
    throw trouble('usage', `--${missing[0]} is missing.`, 'See: npx sallyport carrier add --help');
  }
  const tls = values.tls && tlsOf(values);
  const password = await readPassword(values['password-file'], stdin, stderr);
  return { kind, name, host, port, tls, systemId, password, systemType, window };
}

const add = command({
  name: 'carrier add',
  summary: 'Add a carrier and connect to it.',
  about: [
    'The password is read from --password-file, asked for on a terminal, or read from a pipe. It is no option: every user of\nthis machine could read it in the list of processes, and the shell would keep it. SMPP gives it 8 characters at most.',
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
  about: ['Ends with 1 where the link is down. No message is sent.'],
  operand: 'NAME',
  options: {},
  example: 'carrier test north',
  async run({ values, operand, stdout, control }) {
    const carrier = await control.post<Carrier>(`/v1/carriers/${encodeURIComponent(operand)}/test`);
    if (values.json) json(stdout, carrier);
    else tell(stdout, carrier);
    return carrier.isUp ? exitCodes.done : exitCodes.failed;
  },
});

export const carrierCommands = [add, list, test];
