import { SECOND_MS } from '../../../base/clock.ts';
import { Dice } from '../../../base/dice.ts';
import {
  type Asked,
  addressOf,
  type Misbehaviour,
  misbehaviourOf,
  misbehaviours,
  type Pace,
  play,
  type Target,
  type Verdict,
} from '../../../simulator/index.ts';
import { clientTls } from '../../../transport/index.ts';
import { type Call, command, exitCodes } from '../command.ts';
import { flag, integer, list, text } from '../options.ts';
import { json, line, safe } from '../print.ts';
import { readPassword } from '../read-input.ts';
import { trouble } from '../trouble.ts';
import { described } from './simulate-smsc.ts';

const PORT_MAX = 65_535;
const COUNT_MAX = 10_000;
const PATIENCE_MAX = 3600;
const LATE_MAX = 86_400;
const OCTET_MS_MAX = 60_000;
const SEED_MAX = 999_999_999;
const DEFAULTS = { host: '127.0.0.1', count: 20, patience: 90, late: 60, octetMs: 1000, seed: 1 } as const;
const SEE = 'See: npx sallyport simulate esme --help';

const options = {
  list: flag('Show the misbehaviours there are, and what a sound server does about each.'),
  behave: list('NAME', 'Misbehaviours of the list, or all, one after the other.'),
  host: text('HOST', 'The server to try; 127.0.0.1 where it is left out.'),
  port: integer('PORT', 'Its port.', 1, PORT_MAX),
  tls: flag('Whether it is spoken to over TLS.'),
  'ca-file': text('FILE', 'PEM file of the authority its certificate must come from.'),
  'system-id': text('ID', 'The system_id to bind with.'),
  'password-file': text('FILE', 'A file with the password; else it is asked for, or read from a pipe.'),
  from: text('SENDER', 'A sender the server takes from this system_id; 10666 where it is left out.'),
  to: text('NUMBER', 'A handset to write to; a number of fiction where it is left out.'),
  count: integer('N', 'How often is done what is done often; 20 where it is left out.', 1, COUNT_MAX),
  patience: integer(
    'SECONDS',
    'How long an answer, or the end, is waited for; 90 where it is left out.',
    1,
    PATIENCE_MAX,
  ),
  late: integer('SECONDS', 'How late a late answer is; 60 where it is left out.', 1, LATE_MAX),
  'octet-ms': integer(
    'MS',
    'Between two octets of what comes octet by octet; 1000 where it is left out.',
    1,
    OCTET_MS_MAX,
  ),
  seed: integer('N', 'Chance is thrown from this number, so that a run can be had again.', 0, SEED_MAX),
  'i-may-test-this-host': flag('You have the permission of whoever runs a server that is not on this machine.'),
};

type EsmeCall = Call<typeof options>;

export const simulateEsme = command({
  name: 'simulate esme',
  summary: 'Be a bad application, and say whether a server takes it as a sound one does.',
  about: [
    'Each misbehaviour is played against the server, and followed by one honest question on another connection. It ends\nwith 1 where the server did not do what a sound one does. Messages are submitted: use a credential for tests.',
    'It breaks the rules of the protocol on purpose, so it speaks to this machine only, unless\n--i-may-test-this-host is given.',
  ],
  options,
  example: 'simulate esme --port 2775 --system-id test --password-file test.txt --behave http,bind-twice',
  async run(call) {
    const { values, stdout } = call;
    if (values.list) return listed(call);
    const rows = rowsOf(values.behave ?? []);
    const target = await targetOf(values);
    const [asked, pace] = [await askedOf(call), paceOf(call)];
    const verdicts: Verdict[] = [];
    for (const row of rows) {
      const verdict = await play(row, target, asked, pace);
      verdicts.push(verdict);
      if (!values.json)
        line(
          stdout,
          verdict.complaint === null
            ? `${row.name}: as a sound server`
            : `${row.name}: NOT as a sound server: ${safe(verdict.complaint)}`,
        );
    }
    if (values.json) json(stdout, { verdicts });
    return verdicts.every(({ complaint }) => complaint === null) ? exitCodes.done : exitCodes.failed;
  },
});

function listed({ stdout, values }: EsmeCall): number {
  const rows = misbehaviours.map(({ name, does, sound }) => ({ name, does, sound }));
  if (values.json) json(stdout, { misbehaviours: rows });
  else described(stdout, rows, 'a sound server');
  return exitCodes.done;
}

function rowsOf(names: readonly string[]): readonly Misbehaviour[] {
  if (names.length === 0) throw trouble('usage', '--behave is missing.', 'See: npx sallyport simulate esme --list');
  return names.flatMap((name) => {
    const row = misbehaviourOf(name);
    if (name === 'all') return misbehaviours;
    if (row !== undefined) return [row];
    throw trouble('usage', `There is no misbehaviour ${safe(name)}.`, 'See: npx sallyport simulate esme --list');
  });
}

async function targetOf(values: EsmeCall['values']): Promise<Target> {
  const { host = DEFAULTS.host, port } = values;
  if (port === undefined) throw trouble('usage', '--port is missing.', SEE);
  const { address, isLoopback } = await whereIs(host);
  if (!isLoopback && !values['i-may-test-this-host']) {
    throw trouble('host_not_permitted', 'That host is not this machine, and this command breaks rules on purpose.');
  }
  const caFile = values['ca-file'];
  const tls = values.tls
    ? clientTls({ servername: host, allowsTls12: true, ...(caFile !== undefined && { caFile }) })
    : null;
  return { address, port, tls };
}

async function whereIs(host: string): ReturnType<typeof addressOf> {
  try {
    return await addressOf(host);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw trouble('usage', `The host has no address (${code}).`, SEE);
  }
}

async function askedOf({ values, stdin, stderr }: EsmeCall): Promise<Asked> {
  const systemId = values['system-id'];
  if (systemId === undefined) throw trouble('usage', '--system-id is missing.', SEE);
  return {
    systemId,
    password: await readPassword(values['password-file'], stdin, stderr),
    from: values.from ?? '10666',
    to: values.to ?? '12025550143',
    count: values.count ?? DEFAULTS.count,
    dice: new Dice(values.seed ?? DEFAULTS.seed),
  };
}

const paceOf = ({ values, clock }: EsmeCall): Pace => ({
  clock,
  patienceMs: (values.patience ?? DEFAULTS.patience) * SECOND_MS,
  lateMs: (values.late ?? DEFAULTS.late) * SECOND_MS,
  octetMs: values['octet-ms'] ?? DEFAULTS.octetMs,
});
