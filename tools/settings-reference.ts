/** Writes docs/reference/settings.md and sallyport.example.yaml from the table of settings. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { allSettings, type NamedSetting } from '../src/config/index.ts';

const REFERENCE_HEADER = `# Settings

Made from \`src/config/settings.ts\` by \`node tools/settings-reference.ts\`.

A setting comes from its environment variable, else from the settings file, else from its default. The settings file is
\`sallyport.yaml\` in the working directory, or the file that \`SALLYPORT_CONFIG\` names. In the environment, lists are
separated by commas, and an empty variable counts as not set. Unknown names and values that do not fit stop the start, and
all of them are told at once. Relative paths count from the working directory.
`;

const EXAMPLE_HEADER = `# Settings of Sallyport; docs/reference/settings.md says more about each. Copy this file to sallyport.yaml and take away
# the '#' before what you change. The values shown are the defaults.
`;

/** The default as both files show it; null where there is none. */
function fallbackOf({ setting }: NamedSetting): string | null {
  if (setting.default === null) return null;
  return Array.isArray(setting.default) ? `[${setting.default.join(', ')}]` : `${setting.default as string | number}`;
}

function section(row: NamedSetting): string {
  const { name, environment, setting } = row;
  const fallback = fallbackOf(row);
  return [
    `## ${name}`,
    '',
    setting.doc,
    '',
    `- Environment: \`${environment}\``,
    `- Value: ${setting.kind.words}${setting.unit ? `; ${setting.unit}` : ''}`,
    `- Default: ${fallback === null ? 'none' : `\`${fallback}\``}`,
    ...(setting.secret ? ['- It is a secret: no log and no error shows it.'] : []),
    '',
  ].join('\n');
}

/** The text of docs/reference/settings.md. */
export const referencePage = (): string => [REFERENCE_HEADER, ...allSettings.map(section)].join('\n');

/** The lines of one setting; a member of a group is indented below the group's own line. */
function exampleLines(row: NamedSetting, previous: NamedSetting | undefined): string[] {
  const [group = '', member] = row.name.split('.');
  const isNewGroup = member !== undefined && previous?.name.split('.')[0] !== group;
  const indent = member === undefined ? '' : '  ';
  const value = fallbackOf(row);
  return [
    '',
    ...(isNewGroup ? [`${group}:`] : []),
    `${indent}# ${row.setting.doc}`,
    `${indent}# ${member ?? group}:${value === null ? '' : ` ${value}`}`,
  ];
}

/** The text of sallyport.example.yaml. */
export const exampleFile = (): string =>
  `${EXAMPLE_HEADER}${allSettings.flatMap((row, at) => exampleLines(row, allSettings[at - 1])).join('\n')}\n`;

/** File → its text, both from the root of the project. */
export const generatedFiles = (): Readonly<Record<string, string>> => ({
  'docs/reference/settings.md': referencePage(),
  'sallyport.example.yaml': exampleFile(),
});

if (import.meta.main) {
  for (const [file, text] of Object.entries(generatedFiles())) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
