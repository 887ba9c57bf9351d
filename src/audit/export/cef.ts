import { isIP } from 'node:net';
import type { EntryView } from '../entry-view.ts';
import type { Source } from './formats.ts';

/** 0 to 10 (ArcSight Common Event Format, "Header information"). */
const severities: Readonly<Record<EntryView['kind'], number>> = {
  message: 1,
  run: 3,
  use: 3,
  read: 4,
  change: 5,
  key: 6,
  alarm: 8,
};
const REFUSED_SEVERITY = 6;

/** In a field of the header pipe and backslash are escaped, and there are no line breaks. */
export const cefHeader = (text: string): string =>
  text.replaceAll(/[\\|]/g, String.raw`\$&`).replaceAll(/[\r\n]+/g, ' ');

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '=': '\\=', '\r': '\\r', '\n': '\\n' };
const RESERVED_IN_VALUE = /[\\=\r\n]/g;

/** In a value backslash, equals sign and line breaks are escaped; a pipe is not. */
export const cefValue = (text: string): string =>
  text.replaceAll(RESERVED_IN_VALUE, (character) => escapes[character]!);

/** An entry in ArcSight Common Event Format 0, one line. */
export function cefLine(entry: EntryView, { origin, version }: Source): string {
  const severity =
    entry.outcome === 'done' ? severities[entry.kind] : Math.max(severities[entry.kind], REFUSED_SEVERITY);
  const header = ['Sallyport', 'Sallyport', version, entry.what, entry.what, String(severity)].map(cefHeader);
  const extension = pairsOf(entry, origin).map(([key, value]) => `${key}=${cefValue(value)}`);
  return `CEF:0|${header.join('|')}|${extension.join(' ')}`;
}

type Pair = readonly [key: string, value: string];

function pairsOf(entry: EntryView, origin: string): Pair[] {
  const { index, atMs, kind, what, who, on, why, outcome, about } = entry;
  return [
    ['rt', String(atMs)],
    ['externalId', String(index)],
    ['cat', kind],
    ['act', what],
    ['suser', who],
    ...sourceOf(entry),
    ['outcome', outcome],
    ...(why === null ? [] : [['reason', why] as const]),
    ['cs1Label', 'log'],
    ['cs1', origin],
    ['cs2Label', 'on'],
    ['cs2', on.join(' ')],
    ['cs3Label', 'about'],
    ['cs3', JSON.stringify(about)],
  ];
}

/** `src` is for IPv4 only; IPv6 has a field of its own, and what is no address is a name. */
function sourceOf({ from }: EntryView): Pair[] {
  if (from === null) return [];
  switch (isIP(from)) {
    case 4:
      return [['src', from]];
    case 6:
      return [
        ['c6a2Label', 'Source IPv6 Address'],
        ['c6a2', from],
      ];
    default:
      return [['shost', from]];
  }
}
