import { dirname, join, relative } from 'node:path/posix';
import { lineAt, onlyCode, withoutComments } from './source-text.ts';

/** The shelves of the source, lowest first: a module may import from lower shelves, not from its own and not upwards. */
const SHELVES: readonly (readonly string[])[] = [
  ['base'],
  ['wire', 'store', 'config', 'transport'],
  ['vault'],
  ['audit'],
  ['register'],
  ['access', 'consent', 'defense', 'privacy', 'backup'],
  ['carriers'],
  ['messages'],
  ['verify'],
  ['simulator'],
  ['doors/api', 'doors/smpp', 'doors/console', 'doors/assess', 'doors/cli'],
  ['main'],
];

/** What one module of a shelf may know of another of the same shelf. */
const NEIGHBOURS: Readonly<Record<string, readonly string[]>> = { transport: ['wire'] };

/** Modules without an index.ts: each of their files may be imported. */
const OPEN_MODULES = ['base', 'wire'];

/** The file outside of src that the source may read: it carries the version. */
const MANIFEST = 'package.json';

const TIME_AND_CHANCE =
  /\b(?:Date\.now|performance\.now|process\.hrtime|Math\.random|AbortSignal\.timeout|random(?:Bytes|Fill|FillSync|Int|UUID)|getRandomValues)\b|(?<![.\w])set(?:Timeout|Interval)\b|\bnew Date\(\)/g;
const TIMER_MODULE = /^(?:node:)?timers\b/;
const TIME_RULE = 'time and chance are parameters: only base reads clocks, sets timers and draws random bytes';
const ENVIRONMENT = /\bprocess\.env\b/g;
const SQL = /(?<=['"`])\s*(?:SELECT|INSERT|UPDATE|DELETE|COPY|CREATE|ALTER|DROP|TRUNCATE|GRANT|WITH)\s+[^\s'"`]/g;
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*(['"])(?<target>[^'"\n]+)\1/g;

export interface Breach {
  readonly file: string;
  readonly line: number;
  readonly from: string;
  /** The module imported, or the words that may not stand here. */
  readonly what: string;
  readonly rule: string;
}

export const isTest = (file: string): boolean => file.endsWith('.test.ts');

/**
 * The module of a file: `src/doors/api/routes.ts` is in `doors/api`, and what lies in src itself is `main`, which wires
 * everything; null outside of src.
 */
export function moduleOf(file: string): string | null {
  const [root, ...path] = file.split('/');
  if (root !== 'src') return null;
  if (path.length === 1) return 'main';
  return path[0] === 'doors' ? `doors/${path[1]}` : (path[0] ?? null);
}

const shelfOf = (module: string): number => SHELVES.findIndex((shelf) => shelf.includes(module));

function ruleAgainst(from: string, target: string): string | null {
  const to = moduleOf(target);
  if (to === null) return target === MANIFEST ? null : 'the source imports nothing from outside of src';
  if (to === from) return null;
  if (shelfOf(to) === -1) return `${to} stands on no shelf`;
  if (shelfOf(to) > shelfOf(from)) return `imports go downwards: ${to} stands above ${from}`;
  if (shelfOf(to) === shelfOf(from) && !NEIGHBOURS[from]?.includes(to))
    return `${from} and ${to} do not know one another`;
  if (!OPEN_MODULES.includes(to) && target !== `src/${to}/index.ts`) return `${to} is reached through its index.ts`;
  return null;
}

function* importBreaches(file: string, from: string, source: string): Generator<Breach> {
  const text = withoutComments(source);
  for (const found of text.matchAll(IMPORT)) {
    const target = found.groups?.target ?? '';
    const line = lineAt(text, found.index);
    if (TIMER_MODULE.test(target) && from !== 'base') yield { file, line, from, what: target, rule: TIME_RULE };
    if (!target.startsWith('.')) continue;
    const path = join(dirname(file), target);
    const rule = ruleAgainst(from, path);
    const what = moduleOf(path) ?? relative('.', path);
    if (rule !== null) yield { file, line, from, what, rule };
  }
}

interface WordRule {
  readonly words: RegExp;
  readonly rule: string;
  readonly view: (source: string) => string;
  readonly allows: (file: string, module: string) => boolean;
}

const WORD_RULES: readonly WordRule[] = [
  {
    words: TIME_AND_CHANCE,
    rule: TIME_RULE,
    view: onlyCode,
    allows: (_, module) => module === 'base',
  },
  {
    words: ENVIRONMENT,
    rule: 'only src/main.ts and config read the environment',
    view: onlyCode,
    allows: (file, module) => file === 'src/main.ts' || module === 'config',
  },
  {
    words: SQL,
    rule: 'SQL stands in *-store.ts files and in store only',
    view: withoutComments,
    allows: (file, module) => module === 'store' || file.endsWith('-store.ts'),
  },
];

function* wordBreaches(file: string, from: string, source: string): Generator<Breach> {
  for (const { words, rule, view, allows } of WORD_RULES) {
    if (allows(file, from)) continue;
    const text = view(source);
    for (const found of text.matchAll(words)) {
      yield { file, line: lineAt(text, found.index), from, what: found[0].trim(), rule };
    }
  }
}

/** Every breach of the import rules in one file of src; `file` is its path from the root of the project. */
export function breachesOf(file: string, source: string): Breach[] {
  const from = moduleOf(file);
  if (from === null || isTest(file)) return [];
  if (shelfOf(from) === -1) return [{ file, line: 1, from, what: from, rule: 'every module of src stands on a shelf' }];
  return [...importBreaches(file, from, source), ...wordBreaches(file, from, source)];
}

export const breachText = ({ file, line, from, what, rule }: Breach): string =>
  `${file}:${line} ${from} -> ${what}: ${rule}`;
