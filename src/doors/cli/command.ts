import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import type { Settings } from '../../config/index.ts';
import type { Control } from './control.ts';
import { flag, type Options, reason, text, type Values } from './options.ts';

export type Output = Writable & { readonly isTTY?: boolean };
export type Input = Readable & { readonly isTTY?: boolean };

/** Where a command reads and writes. `process` is one. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  /** The standard input of the process, where it is left out. */
  readonly stdin?: Input;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Options that every command has. */
export const globalOptions = {
  json: flag('Print JSON for programs.'),
  data: text('DIR', 'The data folder of the gateway, where the settings do not say.'),
  why: reason('Why you do it, as it goes on record with what is done. No personal data.'),
  help: flag('Show this help.'),
};

export type GlobalValues = Values<typeof globalOptions>;

/** One run of a command. */
export interface Call<O extends Options> {
  readonly values: Values<O> & GlobalValues;
  /** What stands on the line beside the options; '' where the command takes nothing there. */
  readonly operand: string;
  /** The whole rest of the line, for a command that hands it on. */
  readonly rest: readonly string[];
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Input;
  readonly clock: Clock;
  readonly control: Control;
  /** The settings of the gateway. Throws `invalid_setting`. */
  readonly settings: () => Settings;
}

export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/** One row of the table of commands: parser, help and tests are made from it. */
export interface CommandSpec<O extends Options> {
  /** As it is typed: `key create`. */
  readonly name: string;
  readonly summary: string;
  /** What should be known before it is used; each entry a paragraph. */
  readonly about?: readonly string[];
  /** What is typed beside the options, e.g. `TEXT`. */
  readonly operand?: string;
  readonly options: O;
  /** A line that works when typed, after `sallyport `. */
  readonly example: string;
  /** Whether the line is handed on as it is. */
  readonly handsOn?: true;
  /** Answers the exit code. Null for what `main` does itself. A method, so that commands of all options fit one table. */
  run?(call: Call<O>): Promise<number>;
}

export type Command = CommandSpec<Options>;

/** A row whose `run` knows the types of its own options. */
export const command = <const O extends Options>(spec: CommandSpec<O>): Command => spec;
