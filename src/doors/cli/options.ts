import { isWhy, WHY_CHARACTERS_MAX } from '../../base/why.ts';

/** One option of a command: how it is read, and how the help shows it. */
export interface Option<T, IsAlways extends boolean = false> {
  /** What stands for its value in the help; null for a switch, which takes none. */
  readonly value: string | null;
  readonly about: string;
  /** Whether the command cannot do without. */
  readonly isRequired: boolean;
  /** What a switch is where nothing is said; null for options with a value. */
  readonly fallback: boolean | null;
  /** The value a text stands for, or undefined where it is none. A method, so that options of all kinds fit one table. */
  read(text: string): T | undefined;
  /** What it must be: `--limit must be ${words}`. */
  readonly words: string;
  /** Whether there is always a value: it is required, or has a fallback. */
  readonly isAlways: IsAlways;
}

export type Options = Readonly<Record<string, Option<unknown, boolean>>>;

/** What a command gets of its options, by their names. */
export type Values<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends Option<infer T, infer IsAlways>
    ? IsAlways extends true
      ? T
      : T | undefined
    : never;
};

function option<T>(value: string, about: string, words: string, read: (text: string) => T | undefined): Option<T> {
  return { value, about, words, read, isRequired: false, fallback: null, isAlways: false };
}

export const text = (value: string, about: string): Option<string> =>
  option(value, about, 'a text that is not empty', (given) => (given === '' ? undefined : given));

/** What stands beside an action in the audit log. */
export const reason = (about: string): Option<string> =>
  option('TEXT', about, `one line of 1 to ${WHY_CHARACTERS_MAX} characters`, (given) =>
    isWhy(given) ? given : undefined,
  );

export const integer = (value: string, about: string, least: number, most: number): Option<number> =>
  option(value, about, `an integer from ${least} to ${most}`, (given) => {
    const number = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
    return number >= least && number <= most ? number : undefined;
  });

export const choice = <const W extends string>(about: string, ...words: W[]): Option<W> =>
  option(words.join('|'), about, `one of ${words.join(', ')}`, (given) => words.find((word) => word === given));

export const list = (value: string, about: string): Option<readonly string[]> =>
  option(`${value},…`, about, 'words with commas between them', (given) => {
    const items = given.split(',').map((item) => item.trim());
    return items.includes('') ? undefined : items;
  });

/** A time as people write it: RFC 3339, or without an offset for the time of this machine. Given on in UTC. */
export const time = (about: string): Option<string> =>
  option('TIME', about, 'a time like 2027-01-31T09:30 or 2027-01-31T09:30:00Z', (given) => {
    const unixMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(given) ? Date.parse(given) : Number.NaN;
    return Number.isNaN(unixMs) ? undefined : new Date(unixMs).toISOString();
  });

/** A switch; where it is on by itself, `--no-…` turns it off. */
export const flag = (about: string, fallback = false): Option<boolean, true> => ({
  value: null,
  about,
  words: '',
  read: () => undefined,
  isRequired: false,
  fallback,
  isAlways: true,
});

export const required = <T>(wanted: Option<T>): Option<T, true> => ({ ...wanted, isRequired: true, isAlways: true });
