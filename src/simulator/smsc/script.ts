import { Value } from 'typebox/value';
import { LineCounter, parseDocument, visit } from 'yaml';
import { behaviourOf } from './behaviours.ts';
import { type Conduct, merged, type Rule, Script } from './conduct.ts';

export interface ReadScript {
  readonly script: Script;
  /** Each with its place; empty where the script can be used. */
  readonly mistakes: readonly string[];
}

/** Reads a script. Every mistake is told: those of YAML with their line, the others with the path of the value. */
export function readScript(source: string): ReadScript {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const mistakes = document.errors.map(
    ({ code, pos }) =>
      `line ${lines.linePos(pos[0]).line}: this is not valid YAML (${code.toLowerCase().replaceAll('_', ' ')})`,
  );
  visit(document, { Alias: () => void mistakes.push('a script is written out, without aliases') });
  if (mistakes.length > 0) return { script: {}, mistakes };
  const value: unknown = document.toJS() ?? {};
  return Value.Check(Script, value)
    ? { script: value, mistakes: unknownNames(value) }
    : { script: {}, mistakes: [...Value.Errors(Script, value)].filter((mistake) => !isRepeated(mistake)).map(words) };
}

type Mistake = ReturnType<typeof Value.Errors>[number];

/** A name that is not known is told once, where it stands. */
const isRepeated = ({ keyword }: Mistake): boolean => keyword === 'additionalProperties';

function words({ keyword, instancePath, message, params }: Mistake): string {
  const place = instancePath === '' ? 'the script' : instancePath.slice(1).replaceAll('/', '.');
  if (keyword === 'boolean') return `${place}: there is no such thing to say here`;
  const { allowedValues } = params as { allowedValues?: readonly string[] };
  return allowedValues === undefined ? `${place}: ${message}` : `${place}: must be one of ${allowedValues.join(', ')}`;
}

const unknownNames = ({ behave = [], rules = [] }: Script): string[] =>
  [...behave, ...rules.flatMap((rule) => rule.behave ?? [])]
    .filter((name) => behaviourOf(name) === undefined)
    .map((name) => `behave: there is no behaviour ${JSON.stringify(name)}`);

/** What a script or one of its rules says: its behaviours in their order, then what it says itself. */
export function conductOf({ behave = [], ...says }: Script | Rule): Conduct {
  const { answer, receipt, link, bind, rate, inbound } = says as Script;
  const own = Object.entries({ answer, receipt, link, bind, rate, inbound }).filter(
    ([, section]) => section !== undefined,
  );
  return merged([...behave.map((name) => behaviourOf(name)?.conduct ?? {}), Object.fromEntries(own)]);
}
