import { readFileSync } from 'node:fs';
import { type Clock, SECOND_MS } from '../../../base/clock.ts';
import { Dice } from '../../../base/dice.ts';
import { behaviourOf, behaviours, hurried, readScript, type Script, Smsc } from '../../../simulator/index.ts';
import { type Call, command, exitCodes, type Output } from '../command.ts';
import { flag, integer, list, text } from '../options.ts';
import { json, line, safe, table } from '../print.ts';
import { readPassword } from '../read-input.ts';
import { trouble } from '../trouble.ts';

const PORT_MAX = 65_535;
const SECONDS_DEFAULT = 3600;
const SECONDS_MAX = 7 * 24 * 3600;
const HURRY_MAX = 10_000;
const SEED_MAX = 999_999_999;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const options = {
  list: flag('Show the behaviours there are, and what a sound application makes of each.'),
  port: integer('PORT', 'Where it listens, on the loopback interface; a free port where it is left out.', 0, PORT_MAX),
  'tls-cert': text('FILE', 'PEM file of its certificate, for SMPP over TLS.'),
  'tls-key': text('FILE', 'PEM file of the key of that certificate.'),
  script: text('FILE', 'How it behaves, and for which messages: docs/simulator.md.'),
  behave: list('NAME', 'Behaviours of the list. Later ones go before earlier ones.'),
  'system-id': text('ID', "The only system_id it takes; everybody's where it is left out."),
  'password-file': text('FILE', 'A file with the only password it takes.'),
  hurry: integer('N', 'Everything takes an N-th of its time: forty minutes, with 2400, a second.', 1, HURRY_MAX),
  seconds: integer('N', 'It ends by itself after so long; after an hour where nothing is said.', 1, SECONDS_MAX),
  seed: integer('N', 'Chance is thrown from this number, so that a run can be had again.', 0, SEED_MAX),
};

type SmscCall = Call<typeof options>;

export const simulateSmsc = command({
  name: 'simulate smsc',
  summary: 'Be a carrier: an SMSC for tests, sound or as bad as you like.',
  about: [
    'It listens on the loopback interface, takes binds, answers submit_sm, sends receipts and messages from handsets. With\n--behave it does so as the behaviours of --list say, and with --script as a file says. It ends with Ctrl-C, and prints\nwhat it has counted.',
  ],
  options,
  example: 'simulate smsc --port 2776 --behave throttles,duplicate-receipts --seconds 600',
  async run(call) {
    if (call.values.list) return listed(call);
    const { values, clock, stdout } = call;
    const { port = 0, hurry = 1, seed = 1, seconds = SECONDS_DEFAULT } = values;
    const smsc = new Smsc({
      script: await scriptOf(call),
      clock: hurried(clock, hurry),
      dice: new Dice(seed),
      identity: identityOf(values['tls-cert'], values['tls-key']),
    });
    await using _ = smsc;
    const where = await smsc.listen(port);
    if (!values.json) line(stdout, `The SMSC listens on 127.0.0.1:${where}. Ctrl-C ends it.`);
    await untilStopped(clock, seconds);
    if (values.json) json(stdout, { port: where, ...smsc.counts, owed: smsc.owed });
    else {
      table(
        stdout,
        ['COUNTED', 'TIMES'],
        Object.entries({ ...smsc.counts, owed: smsc.owed }).map(([name, count]) => [name, String(count)]),
      );
    }
    return exitCodes.done;
  },
});

function listed({ stdout, values }: SmscCall): number {
  const rows = behaviours.map(({ name, does, sound }) => ({ name, does, sound }));
  if (values.json) json(stdout, { behaviours: rows });
  else described(stdout, rows, 'a sound application');
  return exitCodes.done;
}

/** A table whose rows are too long for one line each. */
export function described(
  out: Output,
  rows: readonly { readonly name: string; readonly does: string; readonly sound: string }[],
  who: string,
): void {
  for (const { name, does, sound } of rows) {
    line(out, name);
    line(out, `  ${does}`);
    line(out, `  ${who}: ${sound}`);
  }
}

async function scriptOf({ values, stdin, stderr }: SmscCall): Promise<Script> {
  const { script, behave = [] } = values;
  const unknown = behave.find((name) => behaviourOf(name) === undefined);
  if (unknown !== undefined) {
    throw trouble('usage', `There is no behaviour ${safe(unknown)}.`, 'See: npx sallyport simulate smsc --list');
  }
  const read = script === undefined ? {} : readScriptFile(script);
  const file = values['password-file'];
  const password = file === undefined ? undefined : await readPassword(file, stdin, stderr);
  return {
    ...read,
    ...(values['system-id'] !== undefined && { systemId: values['system-id'] }),
    ...(password !== undefined && { password }),
    behave: [...(read.behave ?? []), ...behave],
  };
}

function readScriptFile(path: string): Script {
  const { script, mistakes } = readScript(readText(path, 'script'));
  if (mistakes.length === 0) return script;
  throw trouble('script_invalid', ['The script cannot be used.', ...mistakes].join('\n'));
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw trouble('file_unreadable', `The file of the ${what} cannot be read (${code}).`);
  }
}

function identityOf(cert: string | undefined, key: string | undefined) {
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined || key === undefined) {
    throw trouble('usage', '--tls-cert and --tls-key belong together.', 'See: npx sallyport simulate smsc --help');
  }
  return { cert: readText(cert, 'certificate'), key: readText(key, 'key') };
}

/** Resolves after so long, or at a signal that ends programs. */
async function untilStopped(clock: Clock, seconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const callOff = clock.after(seconds * SECOND_MS, resolve);
  const stop = () => resolve();
  for (const signal of SIGNALS) process.on(signal, stop);
  await promise;
  callOff();
  for (const signal of SIGNALS) process.off(signal, stop);
}
