import { type Command, globalOptions, type Output } from './command.ts';
import { commands } from './commands.ts';
import type { Options } from './options.ts';
import { optionsOf } from './parse.ts';
import { line } from './print.ts';

const INDENT = '  ';

/** Two columns, the second aligned. */
function columns(out: Output, rows: readonly (readonly [string, string])[]): void {
  const widest = Math.max(...rows.map(([left]) => left.length));
  for (const [left, right] of rows) line(out, `${INDENT}${left.padEnd(widest)}${INDENT}${right}`.trimEnd());
}

const optionText = (name: string, { value, fallback }: Options[string]): string => {
  const dashes = fallback === true ? `--[no-]${name}` : `--${name}`;
  return value === null ? dashes : `${dashes} ${value}`;
};

const optionRows = (options: Options) =>
  Object.entries(options).map(([name, option]) => [optionText(name, option), option.about] as const);

/** `sallyport send --to NUMBER [--at TIME] TEXT` */
function usageLine({ name, options, operand, handsOn }: Command): string {
  const required = Object.entries(options).filter(([, { isRequired }]) => isRequired);
  const words = required.map(([option, spec]) => optionText(option, spec));
  const open = handsOn ? '…' : '[options]';
  return ['npx sallyport', name, ...words, open, operand].filter((word) => word !== undefined).join(' ');
}

/** All commands. */
export function overview(out: Output): void {
  line(out, 'Sallyport, an SMS gateway for short codes.');
  line(out, '\nUsage: npx sallyport <command> [options]\n\nCommands:');
  columns(
    out,
    commands.map(({ name, summary }) => [name, summary]),
  );
  line(out, '\nOptions of every command:');
  columns(out, optionRows(globalOptions));
  line(out, '\nExamples:');
  for (const name of ['start', 'handset', 'send']) {
    for (const { example } of commands.filter((one) => one.name === name))
      line(out, `${INDENT}npx sallyport ${example}`);
  }
  line(out, '\nnpx sallyport <command> --help says more about one. Commands end with 0 when it was done, 1 when not,');
  line(
    out,
    'and 2 when the line could not be read. They reach the gateway over the control socket in its data folder.',
  );
}

/** One command, whole. */
export function commandHelp(out: Output, command: Command): void {
  line(out, command.summary);
  line(out, `\nUsage: ${usageLine(command)}`);
  for (const paragraph of command.about ?? []) line(out, `\n${paragraph}`);
  if (!command.handsOn) {
    line(out, '\nOptions:');
    columns(out, optionRows(optionsOf(command)));
  }
  line(out, `\nExample:\n${INDENT}npx sallyport ${command.example}`);
}

/** The commands that begin with a word, like those of `key`. */
export function groupHelp(out: Output, group: readonly Command[]): void {
  columns(
    out,
    group.map(({ name, summary }) => [`npx sallyport ${name}`, summary]),
  );
  line(out, '\nAdd --help to one for its options.');
}
