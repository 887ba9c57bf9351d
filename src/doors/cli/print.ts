import { type InspectColor, styleText } from 'node:util';
import type { Output } from './command.ts';

const GAP = '  ';
/** Controls steer a terminal, and the marks of direction (Unicode TR36 §3.3) show a text as another. */
const STEERING = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const STEERING_BUT_LINES = /(?!\n)[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const escaped = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16)}}`;

/** A text of someone else's, made safe to show in one line. */
export const safe = (text: string): string => text.replaceAll(STEERING, escaped);

/** The same, with its line breaks kept. */
export const safeLines = (text: string): string[] =>
  text.replaceAll('\r\n', '\n').replaceAll(STEERING_BUT_LINES, escaped).split('\n');

export const line = (out: Output, text = ''): void => void out.write(`${text}\n`);

export const json = (out: Output, value: unknown): void => line(out, JSON.stringify(value, null, 2));

/** Coloured on a terminal that wants colours, plain elsewhere. */
export const styled = (out: Output, style: InspectColor, text: string): string =>
  out.isTTY ? styleText(style, text, { stream: out, validateStream: true }) : text;

const width = (text: string): number => Array.from(text).length;
const padded = (text: string, to: number): string => text + ' '.repeat(Math.max(0, to - width(text)));

/** A time of the API, for people: in UTC, as all times of the gateway. */
export const timeText = (time: string): string => time.replace('T', ' ');

export const orDash = (text: string | null): string => (text === null || text === '' ? '-' : text);

/** Rows under their headings, aligned. */
export function table(out: Output, headings: readonly string[], rows: readonly (readonly string[])[]): void {
  const cells = rows.map((row) => row.map(safe));
  const widths = headings.map((heading, at) => Math.max(width(heading), ...cells.map((row) => width(row[at] ?? ''))));
  const joined = (row: readonly string[]) =>
    row
      .map((cell, at) => padded(cell, widths[at] ?? 0))
      .join(GAP)
      .trimEnd();
  line(out, styled(out, 'dim', joined(headings)));
  for (const row of cells) line(out, joined(row));
}

/** Names and their values, aligned. */
export function fields(out: Output, rows: readonly (readonly [name: string, value: string])[]): void {
  const widest = Math.max(...rows.map(([name]) => width(name)));
  for (const [name, value] of rows) line(out, `${padded(name, widest)}${GAP}${safe(value)}`);
}
