import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type Command, type GlobalValues, globalOptions } from './command.ts';
import { nearest } from './nearest.ts';
import type { Options, Values } from './options.ts';
import { type Trouble, trouble } from './trouble.ts';

export interface Parsed {
  readonly values: Values<Options> & GlobalValues;
  readonly operand: string;
}

type Raw = Readonly<Record<string, string | boolean | undefined>>;

const HELP = { type: 'boolean', short: 'h' };

/** The options of a command, those of every command among them: a command may demand what others may leave out. */
export const optionsOf = (command: Command): Options => ({ ...globalOptions, ...command.options });

/** Reads what stands after the name of a command. Mistakes are told without what was typed, but for names of options. */
export function parse(command: Command, args: readonly string[]): Parsed {
  const options = optionsOf(command);
  const { values, positionals } = split(command, options, args);
  const wantsHelp = values.help === true;
  const read = Object.entries(options).map(([name, option]) => [name, readOption(name, option, values[name])] as const);
  const missing = Object.entries(options).find(([name, { isRequired }]) => isRequired && values[name] === undefined);
  if (!wantsHelp) {
    if (missing !== undefined) throw usage(command, `--${missing[0]} ${missing[1].value ?? ''} is missing.`);
    checkOperand(command, positionals);
  }
  return { values: Object.fromEntries(read) as Parsed['values'], operand: positionals[0] ?? '' };

  function readOption(name: string, option: Options[string], given: string | boolean | undefined): unknown {
    if (given === undefined) return option.fallback ?? undefined;
    if (typeof given === 'boolean') return given;
    const value = option.read(given);
    if (value === undefined) throw usage(command, `--${name} must be ${option.words}.`);
    return value;
  }
}

function split(command: Command, options: Options, args: readonly string[]): { values: Raw; positionals: string[] } {
  const rows = Object.entries(options).map(([name, { value }]) => [
    name,
    { type: value === null ? 'boolean' : 'string' },
  ]);
  const config = Object.fromEntries([...rows, ['help', HELP]]) as ParseArgsOptionsConfig;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: config,
      allowPositionals: true,
      allowNegative: true,
    });
    return { values: values as Raw, positionals };
  } catch (error) {
    throw misread(command, options, error as NodeJS.ErrnoException);
  }
}

function misread(command: Command, options: Options, error: NodeJS.ErrnoException): unknown {
  if (!error.code?.startsWith('ERR_PARSE_ARGS')) return error;
  const name = /'(?:-\w, )?--?(?<name>[\w-]+)/.exec(error.message)?.groups?.name ?? '';
  if (error.code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const takesNone = options[name]?.value === null;
    const words = takesNone ? 'takes no value' : `needs a value; one that begins with - is written --${name}=VALUE`;
    return usage(command, `--${name} ${words}.`);
  }
  if (name.startsWith('password')) {
    const words = 'There is no --password: every user of this machine could read it in the list of processes.';
    return usage(command, words);
  }
  const meant = nearest(name, Object.keys(options));
  return usage(command, `There is no option --${name}.${meant === null ? '' : ` Did you mean --${meant}?`}`);
}

function checkOperand({ name, operand, ...rest }: Command, positionals: readonly string[]): void {
  const command = { name, ...rest };
  if (operand === undefined && positionals.length > 0) throw usage(command, `${name} takes options only.`);
  if (operand !== undefined && positionals.length === 0) throw usage(command, `${operand} is missing.`);
  if (positionals.length > 1) throw usage(command, `${name} takes one ${operand ?? ''}: put it in quotes.`);
}

/** A line that cannot be read, with where its help is. */
export const usage = ({ name }: Pick<Command, 'name'>, words: string): Trouble =>
  trouble('usage', words, `See: npx sallyport ${name} --help`);
