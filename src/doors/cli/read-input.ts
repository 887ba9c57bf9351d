import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Input, Output } from './command.ts';
import { trouble } from './trouble.ts';

const INPUT_BYTES_MAX = 1024 * 1024;
const FROM_INPUT = '-';

/** What editors and `echo` end a file with is no part of what was meant. */
const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '');

async function readAll(stdin: Input): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin as AsyncIterable<Buffer | string>) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > INPUT_BYTES_MAX) throw trouble('usage', 'The input is too long.', 'At most 1 MiB is read.');
    chunks.push(part);
  }
  return withoutLineEnd(Buffer.concat(chunks).toString());
}

/** The text of a message: what was typed, or the input where that is `-`. */
export const messageText = async (operand: string, stdin: Input): Promise<string> => {
  const text = operand === FROM_INPUT ? await readAll(stdin) : operand;
  if (text === '') throw trouble('text_missing', 'The text is empty.');
  return text;
};

function readFile(path: string, what: string): string {
  try {
    return withoutLineEnd(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw trouble('file_unreadable', `The ${what} file cannot be read (${code}).`);
  }
}

/** A JSON object from a file. */
export function readJsonFile(path: string): Readonly<Record<string, unknown>> {
  const value = parsed(readFile(path, 'settings'));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw trouble('file_unreadable', 'The settings file does not hold a JSON object.');
  return value as Readonly<Record<string, unknown>>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A text from a file or the input: neither the list of processes nor the history of the shell shows it. */
export async function quietText(file: string | undefined, stdin: Input): Promise<string> {
  const text = file === undefined ? await readAll(stdin) : readFile(file, 'text');
  if (text === '')
    throw trouble('text_missing', 'The text is empty.', 'Pipe the text in, or name a file that holds it.');
  return text;
}

/** Asks on a terminal, and shows nothing of the answer. */
function ask(question: string, stdin: Input, out: Output): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const nothing = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nothing, terminal: true, historySize: 0 });
  lines.on('close', () => {
    out.write('\n');
    reject(trouble('usage', 'Nothing was given.', null));
  });
  out.write(question);
  lines.question('', (answer) => {
    resolve(answer);
    lines.close();
  });
  return promise;
}

/** A password from a file, a prompt or a pipe; never from the command line. */
export async function readPassword(
  file: string | undefined,
  stdin: Input,
  out: Output,
  question = 'Password: ',
): Promise<string> {
  if (file !== undefined) return readFile(file, 'password');
  return stdin.isTTY ? ask(question, stdin, out) : readAll(stdin);
}

/** The number of a person, from a prompt or a pipe; never from the command line. */
export async function readNumber(stdin: Input, out: Output): Promise<string> {
  const number = (await readPassword(undefined, stdin, out, 'Number: ')).trim();
  if (number === '') throw trouble('text_missing', 'No number was given.', 'Pipe it in, or type it when asked.');
  return number;
}
