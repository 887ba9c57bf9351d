import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { previewText } from '../../src/wire/text/preview.ts';
import { begin, command } from '../support/command-line.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-preview-'));
});
after(() => rmSync(folder, { recursive: true }));

const preview = (input: string, ...options: string[]) => command(['preview', ...options], { input });

test('a text that is piped in is shown with where each SMS ends, and no gateway is needed', async () => {
  const { code, out, err } = await preview(`${'ж'.repeat(66)}😀 and so on\n`);
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /^2 SMS in UCS-2\.\n\nSMS {2}FROM {2}TO {2}USED {2}OF\n1 +0 +66 +66 +67\n2 +66 +78 +12 +67\n/);
  assert.match(out, /\nNot in the GSM 7-bit default alphabet: U\+0436, U\+1F600\n$/);
});

test('a text comes from a file too, whole but for the last line end', async () => {
  const file = join(folder, 'reminder.txt');
  writeFileSync(file, 'One\nTwo\n');
  const { code, out } = await command(['preview', '--text-file', file]);
  assert.equal(code, 0);
  assert.match(out, /^One SMS in GSM 7-bit\.\n\n.*\n1 +0 +7 +7 +160\n$/);
});

test('what national languages would save is told', async () => {
  const text = 'ş'.repeat(100);
  assert.match(
    (await preview(text)).out,
    /\nWith national languages: One SMS in GSM 7-bit \(turkish locking shift\)\.\n$/,
  );
  assert.doesNotMatch((await preview(text, '--languages', 'hindi,tamil')).out, /With national languages/);
});

test('programs get the whole preview', async () => {
  const text = 'ş'.repeat(100);
  const { out } = await preview(text, '--json', '--languages', 'turkish');
  assert.deepEqual(JSON.parse(out), previewText(text, ['turkish']));
});

const refusals: [name: string, input: string, options: string[], code: number, said: RegExp][] = [
  ['no text', '', [], 2, /\(text_missing\)\nPipe the text in/],
  ['a text beyond what can be numbered', 'ж'.repeat(255 * 67 + 1), [], 1, /\(text_too_long\)/],
  ['more than is read', 'a'.repeat(1024 * 1024 + 1), [], 2, /At most 1 MiB is read/],
  ['a language that is none', 'Hi', ['--languages', 'turkish,klingon'], 2, /--languages must be of turkish, spanish,/],
  ['a file that is not there', '', ['--text-file', '/nowhere/at/all'], 1, /The text file cannot be read \(ENOENT\)/],
  ['a text on the line', '', ['Secret words'], 2, /preview takes options only/],
];

for (const [name, input, options, expected, said] of refusals) {
  test(`refused in words, without the text: ${name}`, async () => {
    const { code, out, err } = await preview(input, ...options);
    assert.deepEqual([code, out], [expected, '']);
    assert.match(err, said);
    assert.equal(err.includes('Secret words'), false);
  });
}

test('on a terminal it is said how to end the text', async () => {
  const { stdin, stdout, stderr, start } = begin(['preview']);
  stdin.isTTY = true;
  const done = start();
  await stderr.shows('Type the text, then Ctrl-D.');
  stdin.end('Hi');
  assert.equal(await done, 0);
  assert.match(stdout.text, /^One SMS/);
});
