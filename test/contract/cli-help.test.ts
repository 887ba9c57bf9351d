import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { commands } from '../../src/doors/cli/commands.ts';
import { optionsOf, parse } from '../../src/doors/cli/parse.ts';
import { command } from '../support/command-line.ts';

/** Splits an example as a shell does. */
const words = (line: string): string[] =>
  [...line.matchAll(/'(?<quoted>[^']*)'|(?<bare>\S+)/g)].map(({ groups }) => groups?.quoted ?? groups?.bare ?? '');

const LINE_CHARACTERS = 120;

describe('the help of each command', () => {
  for (const one of commands) {
    it(`${one.name} --help`, async () => {
      const { code, out, err } = await command([...one.name.split(' '), '--help']);
      assert.deepEqual([code, err], [0, '']);
      assert.ok(out.startsWith(`${one.summary}\n`));
      assert.ok(out.includes(`Usage: npx sallyport ${one.name}`));
      assert.ok(out.includes(`  npx sallyport ${one.example}\n`));
      assert.deepEqual(
        out.split('\n').filter((line) => line.length > LINE_CHARACTERS),
        [],
      );
      if (!one.handsOn)
        for (const option of Object.keys(optionsOf(one))) assert.match(out, new RegExp(`-${option}\\b|]${option}\\b`));
      assert.equal((await command(['help', ...one.name.split(' ')])).out, out);
      assert.equal((await command([...one.name.split(' '), '-h'])).out, out);
    });

    it(`${one.name}: its example can be read`, () => {
      const line = words(one.example);
      const name = one.name.split(' ');
      assert.deepEqual(line.slice(0, name.length), name);
      if (!one.handsOn) parse(one, line.slice(name.length));
    });
  }
});

test('every command takes as a reason only what can be put on record as it is', () => {
  for (const one of commands) {
    const { why } = optionsOf(one);
    for (const wrong of ['two\nlines', 'x'.repeat(501), ' ']) assert.equal(why?.read(wrong), undefined, one.name);
    assert.equal(why?.read('case 12'), 'case 12', one.name);
  }
});

test('the overview names every command', async () => {
  for (const argv of [['--help'], ['-h'], ['help']]) {
    const { code, out } = await command(argv);
    assert.equal(code, 0);
    for (const { name, summary } of commands) assert.match(out, new RegExp(`  ${name} +${RegExp.escape(summary)}\n`));
  }
});

test('nothing at all shows the overview and counts as a mistake', async () => {
  const { code, out, err } = await command([]);
  assert.deepEqual([code, out], [2, '']);
  assert.ok(err.includes('Usage: npx sallyport <command>'));
});

test('the version is that of the package', async () => {
  assert.match((await command(['--version'])).out, /^\d+\.\d+\.\d+\n$/);
});

test('a word that begins several commands lists them', async () => {
  const asked = await command(['key', '--help']);
  assert.equal(asked.code, 0);
  for (const name of ['key create', 'key list', 'key revoke']) assert.ok(asked.out.includes(`npx sallyport ${name} `));
  assert.deepEqual(await command(['key']), { code: 2, out: '', err: asked.out });
});

describe('a line that cannot be read', () => {
  const cases: readonly (readonly [line: string[], said: RegExp])[] = [
    [['stauts'], /Did you mean: npx sallyport status\?/],
    [['handest', 'answer'], /Did you mean: npx sallyport handset answer\?/],
    [['key', 'creat'], /Did you mean: npx sallyport key create\?.*\nSee: npx sallyport key --help/],
    [['xyzzy'], /There is no such command\. \(usage\)\nSee: npx sallyport --help/],
    [['--json', 'status'], /The command comes before its options/],
    [['send', '--form', '12345'], /no option --form\. Did you mean --from\?/],
    [['send', '--to'], /--to needs a value/],
    [['send', '--json=yes'], /--json takes no value/],
    [['send', '--from', '12345', 'Hi'], /--to NUMBER is missing/],
    [['send', '--to', '+12025550143', '--from', '12345'], /TEXT is missing/],
    [['send', '--to', '+12025550143', '--from', '12345', 'Hello', 'you'], /put it in quotes/],
    [['send', '--to', '+12025550143', '--from', '12345', '--class', 'spam', 'Hi'], /--class must be one of otp,/],
    [['send', '--to', '+12025550143', '--from', '12345', '--at', 'noon', 'Hi'], /--at must be a time like/],
    [['messages', '--limit', '101'], /--limit must be an integer from 1 to 100/],
    [['key', 'create', '--name', 'shop', '--senders', '1,,2'], /--senders must be words with commas/],
    [['key', 'list', 'all'], /key list takes options only/],
    [['carrier', 'add', '--password', 'secret'], /There is no --password: every user of this machine could read it/],
    [['carrier', 'add', '--name', 'north', '--host', 'smsc.example'], /--port is missing/],
  ];
  for (const [line, said] of cases) {
    it(line.join(' '), async () => {
      const { code, out, err } = await command(line);
      assert.deepEqual([code, out], [2, '']);
      assert.match(err, said);
      assert.match(err, /See: npx sallyport /);
    });
  }
});
