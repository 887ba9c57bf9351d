import { join } from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import { type Clock, systemClock } from '../../base/clock.ts';
import { FaultError } from '../../base/fault.ts';
import { must } from '../../base/must.ts';
import { loadSettings } from '../../config/index.ts';
import { type Command, exitCodes, type Io, type Output } from './command.ts';
import { commands } from './commands.ts';
import { Control } from './control.ts';
import { commandHelp, groupHelp, overview } from './help.ts';
import { nearest } from './nearest.ts';
import { parse } from './parse.ts';
import { line } from './print.ts';
import { tell } from './tell.ts';
import { nextSteps, Trouble, trouble } from './trouble.ts';

const SOCKET = 'control.sock';
const SETTINGS_ADVICE = 'Correct the settings, or name the data folder with --data DIR.';
const HELP = ['help', '--help', '-h'];

/** A reader that went away, like `head`, is no trouble. It may be noticed after the command has ended. */
const ignoreGone = (error: NodeJS.ErrnoException): void => must(error.code === 'EPIPE', 'what is read can be written');

/** Does what a command line (without `sallyport` itself) asks for, and answers the exit code. */
export async function runCommand(argv: readonly string[], io: Io, clock: Clock = systemClock): Promise<number> {
  io.stdout.on('error', ignoreGone);
  try {
    return await dispatch(argv, io, clock);
  } catch (error) {
    return tell(io.stderr, knownTrouble(error), commandOf(argv), argv.includes('--json'));
  }
}

function knownTrouble(error: unknown): Trouble {
  if (error instanceof Trouble) return error;
  if (error instanceof FaultError) return troubleWith(error);
  throw error;
}

const troubleWith = ({ fault: { code }, message }: FaultError): Trouble =>
  new Trouble(code, message, { next: code === 'invalid_setting' ? SETTINGS_ADVICE : (nextSteps[code] ?? null) });

function dispatch(argv: readonly string[], io: Io, clock: Clock): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined) return shown(io.stderr, overview, exitCodes.usage);
  if (first === '--version') return shown(io.stdout, (out) => line(out, manifest.version));
  if (!HELP.includes(first)) return named(argv, io, clock);
  return rest.length === 0 ? shown(io.stdout, overview) : named([...rest, '--help'], io, clock);
}

function shown(out: Output, show: (out: Output) => void, code: number = exitCodes.done): Promise<number> {
  show(out);
  return Promise.resolve(code);
}

const wordsOf = ({ name }: Command): string[] => name.split(' ');

/** The command a line begins with: `handset answer` before `handset`. */
const commandOf = (argv: readonly string[]): Command | undefined =>
  commands
    .toSorted((a, b) => wordsOf(b).length - wordsOf(a).length)
    .find((command) => wordsOf(command).every((word, at) => argv[at] === word));

function named(argv: readonly string[], io: Io, clock: Clock): Promise<number> {
  const command = commandOf(argv);
  if (command !== undefined) return run(command, argv.slice(wordsOf(command).length), io, clock);
  const group = commands.filter(({ name }) => name.startsWith(`${argv[0]} `));
  const [, second] = argv;
  if (group.length === 0 || (second !== undefined && !second.startsWith('-'))) throw unknown(argv, group);
  const wantsHelp = argv.some((word) => HELP.includes(word));
  const show = (out: Output) => groupHelp(out, group);
  return wantsHelp ? shown(io.stdout, show) : shown(io.stderr, show, exitCodes.usage);
}

function unknown(argv: readonly string[], group: readonly Command[]): Trouble {
  const [first = '', second = ''] = argv;
  if (first.startsWith('-'))
    return trouble('usage', 'The command comes before its options.', 'See: npx sallyport --help');
  const names = (group.length > 0 ? group : commands).map(({ name }) => name);
  const firsts = group.length > 0 ? [] : commands.map((command) => wordsOf(command)[0] ?? '');
  const meant = nearest(`${first} ${second}`.trim(), names) ?? nearest(first, firsts);
  const hint = meant === null ? '' : ` Did you mean: npx sallyport ${meant}?`;
  const where = group.length > 0 ? `npx sallyport ${first} --help` : 'npx sallyport --help';
  return trouble('usage', `There is no such command.${hint}`, `See: ${where}`);
}

async function run(command: Command, args: readonly string[], io: Io, clock: Clock): Promise<number> {
  const wantsHelp = args[0] === '--help' || args[0] === '-h';
  const { values, operand } = parse(command, command.handsOn && !wantsHelp ? [] : args);
  if (values.help) return shown(io.stdout, (out) => commandHelp(out, command));
  must(command.run !== undefined, 'main does what has no run of its own');
  const control = new Control(socketPath(values.data, command, io), clock, values.why);
  const { stdout, stderr, stdin = process.stdin } = io;
  const settings = () => loadSettings(io.env);
  return command.run({ values, operand, rest: args, stdout, stderr, stdin, clock, control, settings });
}

/** Settings that are wrong stop a command only where the data folder has to be read from them. */
function socketPath(data: string | undefined, command: Command, { env }: Io): string {
  if (command.handsOn) return '';
  return join(data ?? loadSettings(env).dataFolder, SOCKET);
}
