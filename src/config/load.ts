import { readFileSync } from 'node:fs';
import { FaultError } from '../base/fault.ts';
import type { WitnessAddress } from './audit-kinds.ts';
import { allSettings, ENVIRONMENT_PREFIX, type Settings } from './settings.ts';
import { readSettingsFile, type Said } from './settings-file.ts';

/** Names the settings file; without it `sallyport.yaml` in the working directory is read where there is one. */
const FILE_VARIABLE = 'SALLYPORT_CONFIG';
const DEFAULT_FILE = './sallyport.yaml';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The settings of this process: an environment variable wins over the file, the file over the default. An empty variable
 * counts as not set. Throws `invalid_setting` with every mistake and its place, one a line.
 */
export function loadSettings(environment: Environment): Settings {
  const file = readFile(environment[FILE_VARIABLE]);
  const variables = readEnvironment(environment);
  const values = new Map([...file.values, ...variables.values]);
  const mistakes = [...file.mistakes, ...variables.mistakes, ...mismatches(values)];
  if (mistakes.length > 0) throw new FaultError('invalid_setting', { detail: mistakes.join('\n') });
  return fill(values);
}

function readFile(named: string | undefined): Said {
  const path = named || DEFAULT_FILE;
  try {
    return readSettingsFile(path, readFileSync(path, 'utf8'));
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    const isAbsent = !named && code === 'ENOENT';
    return { values: new Map(), mistakes: isAbsent ? [] : [`${path} cannot be read (${code})`] };
  }
}

function readEnvironment(environment: Environment): Said {
  const said: Said = { values: new Map(), mistakes: [] };
  for (const { name, environment: variable, setting } of allSettings) {
    const text = environment[variable];
    if (!text) continue;
    const value = setting.kind.read(setting.kind.fromText(text));
    if (value === undefined) said.mistakes.push(`${variable} must be ${setting.kind.words}`);
    else said.values.set(name, value);
  }
  said.mistakes.push(...unknownVariables(environment));
  return said;
}

function unknownVariables(environment: Environment): string[] {
  const known = new Set([FILE_VARIABLE, ...allSettings.map((row) => row.environment)]);
  const ours = Object.keys(environment).filter((variable) => variable.startsWith(ENVIRONMENT_PREFIX));
  return ours.filter((variable) => !known.has(variable)).map((variable) => `${variable} is not a setting`);
}

const PAIRS = [
  ['tls.certFile', 'tls.keyFile'],
  ['kms.certFile', 'kms.keyFile'],
  ['audit.exportCertFile', 'audit.exportKeyFile'],
] as const;

/** What a root key in another place than a file cannot do without. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  pkcs11: ['pkcs11.module', 'pkcs11.token', 'pkcs11.pinFile'],
  kms: ['kms.url', 'kms.keyId'],
};

/** What single settings cannot see: those that only make sense together. */
function mismatches(values: ReadonlyMap<string, unknown>): string[] {
  const halves = PAIRS.filter(([one, other]) => values.has(one) !== values.has(other));
  const rootKey = String(values.get('vault.rootKey'));
  const missing = (NEEDED[rootKey] ?? []).filter((name) => !values.has(name));
  const isUnknown = rootKey === 'kms' && !values.has('kms.tokenFile') && !values.has('kms.certFile');
  return [
    ...halves.map(([one, other]) => `${one} and ${other} belong together: set both or neither`),
    ...missing.map((name) => `${name} is needed where vault.rootKey is ${rootKey}`),
    ...tooFewWitnesses(values),
    ...(isUnknown ? ['kms.tokenFile or kms.certFile is needed where vault.rootKey is kms'] : []),
  ];
}

/** A quorum that cannot be reached would call every checkpoint unwitnessed, and alarm for ever. */
function tooFewWitnesses(values: ReadonlyMap<string, unknown>): string[] {
  const quorum = Number(values.get('audit.witnessQuorum') ?? 0);
  const witnesses = (values.get('audit.witnesses') ?? []) as readonly WitnessAddress[];
  const names = new Set(witnesses.map(({ key }) => key.slice(0, key.indexOf('+'))));
  if (quorum <= Math.max(1, names.size)) return []; // one is what it is where there are no witnesses
  return [`audit.witnessQuorum is ${quorum} and audit.witnesses names ${names.size}: they could never be enough`];
}

function fill(values: ReadonlyMap<string, unknown>): Settings {
  const filled: Record<string, unknown> = {};
  for (const { name, setting } of allSettings) {
    const [group = '', member] = name.split('.');
    const value = values.has(name) ? values.get(name) : setting.default;
    if (member === undefined) filled[group] = value;
    else filled[group] = { ...(filled[group] as object), [member]: value };
  }
  return filled as unknown as Settings;
}
