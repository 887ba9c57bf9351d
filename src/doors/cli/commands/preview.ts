import { faults } from '../../../base/fault.ts';
import { must } from '../../../base/must.ts';
import { isLanguage, type Language, languageNames } from '../../../wire/text/languages.ts';
import { type Preview, previewText, type Sending } from '../../../wire/text/preview.ts';
import { command, exitCodes, type Output } from '../command.ts';
import { list, text } from '../options.ts';
import { usage } from '../parse.ts';
import { json, line, table } from '../print.ts';
import { quietText } from '../read-input.ts';
import { Trouble } from '../trouble.ts';

const name = 'preview';

function readLanguages(named: readonly string[] | undefined): readonly Language[] {
  const unknown = named?.find((word) => !isLanguage(word));
  if (unknown !== undefined) throw usage({ name }, `--languages must be of ${languageNames.join(', ')}.`);
  return named?.filter(isLanguage) ?? languageNames;
}

function previewOf(content: string, languages: readonly Language[]): Preview {
  const preview = previewText(content, languages);
  must(preview !== null, 'what was read as UTF-8 is well-formed');
  if (preview === 'too long') throw new Trouble('text_too_long', faults.text_too_long.title);
  return preview;
}

const sizeOf = ({ segments, encoding }: Sending): string =>
  `${segments === 1 ? 'One SMS' : `${segments} SMS`} in ${encoding === 'gsm7' ? 'GSM 7-bit' : 'UCS-2'}`;

const tablesOf = ({ languages: { locking, single } }: Sending): string =>
  [locking && `${locking} locking shift`, single && `${single} single shift`].filter(Boolean).join(', ');

function show(out: Output, preview: Preview): void {
  const { notInGsm7, withNationalLanguages: national, parts } = preview;
  line(out, `${sizeOf(preview)}.\n`);
  const rows = parts.map(({ number, from, to, used, room }) => [number, from, to, used, room].map(String));
  table(out, ['SMS', 'FROM', 'TO', 'USED', 'OF'], rows);
  if (notInGsm7.length > 0) line(out, `\nNot in the GSM 7-bit default alphabet: ${notInGsm7.join(', ')}`);
  if (national) line(out, `\nWith national languages: ${sizeOf(national)} (${tablesOf(national)}).`);
}

export const preview = command({
  name,
  summary: 'Tell in how many SMS a text would go, and where each ends.',
  about: [
    'The text is read from the input or a file, never from the line, where others could see it. Nothing is sent, and no\ngateway is asked.',
    'FROM and TO count UTF-16 code units of the text. USED and OF count septets in GSM 7-bit, where a character like { or\nthe euro sign takes two, and UTF-16 code units in UCS-2.',
  ],
  options: {
    'text-file': text('FILE', 'Read the text from a file.'),
    languages: list('LANGUAGE', 'National languages to try; all thirteen where it is left out.'),
  },
  example: 'preview --text-file reminder.txt',
  async run({ values, stdin, stdout, stderr }) {
    const languages = readLanguages(values.languages);
    const file = values['text-file'];
    if (file === undefined && stdin.isTTY) line(stderr, 'Type the text, then Ctrl-D.');
    const answer = previewOf(await quietText(file, stdin), languages);
    if (values.json) json(stdout, answer);
    else show(stdout, answer);
    return exitCodes.done;
  },
});
