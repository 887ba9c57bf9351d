import { safe } from './print.ts';

/** An entry as the API tells it. */
export interface AuditEntry {
  readonly index: number | null;
  readonly at: string | null;
  readonly what: string;
  readonly who: string;
  readonly from: string | null;
  readonly on: readonly string[];
  readonly why: string | null;
  readonly outcome: string;
  readonly about: Readonly<Record<string, unknown>> | null;
}

export interface Flaw {
  readonly code: string;
  readonly where: string;
  readonly offset: number | null;
  readonly index: number | null;
  readonly words: string;
}

const INDEX_CHARACTERS = 8;

/** Some entries name hundreds of messages. */
const NAMES = 3;

/** What it is about, first the one that was asked for. */
function namesOf(on: readonly string[], asked: string): string {
  const names = [...on.filter((name) => name === asked), ...on.filter((name) => name !== asked)];
  const more = names.length - NAMES;
  return more > 1 ? `${names.slice(0, NAMES).join(' ')} and ${more} more` : names.join(' ');
}

/** What says something: of a message 0 is the number of no part, code, credential or carrier. */
const saysMore = (what: string, value: unknown): boolean =>
  value !== null && value !== '' && !(value === 0 && what.startsWith('message.'));

/** `     412  2030-01-01 00:00:00.000Z  account.made by operator:local (control socket) on account:3` */
export function plainEntry({ index, at, what, who, from, on, why, outcome, about }: AuditEntry, asked = ''): string {
  const words = [
    `${String(index ?? '-').padStart(INDEX_CHARACTERS)}  ${(at ?? '-').replace('T', ' ')}  ${what}`,
    who === '' ? '' : `by ${who}`,
    from === null ? '' : `(${from})`,
    on.length === 0 ? '' : `on ${namesOf(on, asked)}`,
    outcome === 'done' || outcome === '' ? '' : `: ${outcome}`,
    why === null ? '' : `because: ${why}`,
    ...Object.entries(about ?? {}).flatMap(([name, value]) =>
      saysMore(what, value) ? `${name}=${String(value)}` : [],
    ),
  ];
  return safe(words.filter((word) => word !== '').join(' '));
}

/** Where a log is wrong, and why. */
export const foundText = ({ code, where, offset, words }: Flaw): string[] => [
  `The log is not what was signed (${code}).`,
  safe(`${where}${offset === null ? '' : `, octet ${offset}`}: ${words}.`),
];
