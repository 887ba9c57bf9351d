import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { Dice } from '../../src/base/dice.ts';
import { behaviours, misbehaviours, readScript, Smsc } from '../../src/simulator/index.ts';
import { begin, command } from '../support/command-line.ts';
import { Esme } from '../support/esme.ts';
import { HandClock } from '../support/hand-clock.ts';

const LOGIN = { systemId: 'lab', password: 'secret' };
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-simulate-'));
});
after(() => rm(folder, { recursive: true }));

async function fileOf(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** A simulated SMSC that a command raised, and a way to end it. */
async function raised(...args: string[]) {
  const clock = new HandClock();
  const { stdout, start } = begin(['simulate', 'smsc', ...args], { clock });
  const code = start();
  await stdout.shows('Ctrl-C ends it.');
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(stdout.text)![1]);
  const end = async () => {
    clock.advance(3_600_000);
    return { code: await code, out: stdout.text };
  };
  return { port, end, [Symbol.asyncDispose]: async () => void (await end()) };
}

test('the lists name every row', async () => {
  for (const [name, rows] of [
    ['smsc', behaviours],
    ['esme', misbehaviours],
  ] as const) {
    const { code, out } = await command(['simulate', name, '--list']);
    assert.equal(code, 0);
    for (const row of rows) assert.ok(out.includes(`${row.name}\n  ${row.does}\n`), row.name);
    const { out: asJson } = await command(['simulate', name, '--list', '--json']);
    assert.ok(asJson.includes(`"${rows[0]!.name}"`));
  }
});

test('an SMSC takes a bind and a message, and counts them at its end', async () => {
  await using smsc = await raised();
  using esme = await Esme.bound({ smppPlainPort: smsc.port }, LOGIN);
  const id = await esme.submitted({ registered_delivery: 1 });
  const receipt = await esme.receives();
  assert.ok(receipt.fields.short_message.toString().startsWith(`id:${id} `));
  await esme.unbinds();
  const { code, out } = await smsc.end();
  assert.equal(code, 0);
  for (const counted of ['connections  1', 'binds        1', 'submits      1', 'delivered    1'])
    assert.ok(out.includes(counted), out);
});

test('an SMSC that is to know its applications refuses others', async () => {
  const password = await fileOf('password', LOGIN.password);
  await using smsc = await raised('--system-id', LOGIN.systemId, '--password-file', password);
  using stranger = await Esme.plain({ smppPlainPort: smsc.port });
  await stranger.binds({ ...LOGIN, password: 'guess' }, 'bind_transceiver', 0x0e);
  using esme = await Esme.bound({ smppPlainPort: smsc.port }, LOGIN);
  await esme.submitted();
});

test('an SMSC keeps the rules of the session', async () => {
  await using smsc = await raised();
  using esme = await Esme.plain({ smppPlainPort: smsc.port });
  await esme.hears('submit_sm_resp', { status: 0x04, sequence: esme.submits() });
  await esme.binds(LOGIN, 'bind_receiver');
  await esme.hears('submit_sm_resp', { status: 0x04, sequence: esme.submits() });
  await esme.binds(LOGIN, 'bind_transceiver', 0x05);
  await esme.unbinds();
  const { out } = await smsc.end();
  for (const counted of ['binds        1', 'submits      0']) assert.ok(out.includes(counted), out);
});

test('an SMSC does what its script says', async () => {
  const script = await fileOf('script.yaml', "rules:\n  - { to: '1202', answer: { status: ESME_RSYSERR } }\n");
  await using smsc = await raised('--script', script);
  using esme = await Esme.bound({ smppPlainPort: smsc.port }, LOGIN);
  const sequence = esme.submits();
  await esme.hears('submit_sm_resp', { status: 0x08, sequence });
});

test('a server that is not sound is told so, with what it did', async () => {
  const smsc = new Smsc({ script: {}, clock: systemClock, dice: new Dice(1), identity: null });
  await using _ = smsc;
  const port = String(await smsc.listen(0));
  const line = [
    'simulate',
    'esme',
    '--port',
    port,
    '--system-id',
    'lab',
    '--behave',
    'wrong-password,submit-before-bind',
  ];
  const { code, out } = await command(line, { input: 'secret' });
  assert.equal(code, 1);
  assert.match(out, /^wrong-password: NOT as a sound server: it accepted what a sound server refuses$/m);
  assert.match(out, /^submit-before-bind: as a sound server$/m);
});

suite('a line of simulate that is refused', () => {
  const esme = ['simulate', 'esme', '--system-id', 'lab'];
  const cases: readonly (readonly [line: readonly string[], said: RegExp])[] = [
    [
      [...esme, '--behave', 'http', '--host', '192.0.2.1', '--port', '2775'],
      /not this machine.*\(host_not_permitted\)/,
    ],
    [[...esme, '--behave', 'http', '--host', '2001:db8::1', '--port', '2775'], /\(host_not_permitted\)/],
    [[...esme, '--behave', 'nonsense', '--port', '2775'], /There is no misbehaviour nonsense/],
    [[...esme, '--port', '2775'], /--behave is missing/],
    [[...esme, '--behave', 'http'], /--port is missing/],
    [['simulate', 'esme', '--behave', 'http', '--port', '2775'], /--system-id is missing/],
    [['simulate', 'smsc', '--behave', 'nonsense'], /There is no behaviour nonsense/],
    [['simulate', 'smsc', '--tls-cert', 'x'], /belong together/],
  ];
  for (const [line, said] of cases) {
    test(line.slice(1).join(' '), async () => {
      const { code, err } = await command(line, { input: 'secret' });
      assert.equal(code, 2);
      assert.match(err, said);
    });
  }

  test('a script with mistakes, each with its place', async () => {
    const script = await fileOf('bad.yaml', 'answer: { delayMs: soon }\nrules:\n  - { nth: 0 }\n');
    const { code, err } = await command(['simulate', 'smsc', '--script', script]);
    assert.equal(code, 2);
    assert.match(err, /answer\.delayMs: must be integer/);
    assert.match(err, /rules\.0\.nth: must be >= 1/);
  });
});

suite('docs/simulator.md', async () => {
  const page = await readFile(new URL('../../docs/simulator.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```(?<kind>\w+)\n(?<body>.*?)^```/gms)].map(({ groups }) => groups!);
  const lines = blocks.filter(({ kind }) => kind === 'sh').flatMap(({ body }) => body!.trim().split('\n'));

  for (const typed of lines) {
    test(typed, async () => {
      const [, , ...args] = typed.split(' ');
      if (args[1] === 'smsc') {
        await using line = await raised(...args.slice(2).map((word) => (word === '2776' ? '0' : word)));
        assert.equal((await line.end()).code, 0);
      } else {
        await using smsc = new Smsc({ script: {}, clock: systemClock, dice: new Dice(1), identity: null });
        const port = String(await smsc.listen(0));
        const password = await fileOf('test.txt', 'secret');
        const words = args.map((word) => ({ 2775: port, 'test.txt': password, 15: '1' })[word] ?? word);
        const { code, err } = await command(words);
        // The simulated SMSC waits for a bind as long as it takes: who sends half of one finds it unsound.
        assert.deepEqual([code, err], [words.includes('half-a-pdu') ? 1 : 0, '']);
      }
    });
  }

  test('its script can be used', () => {
    const scripts = blocks.filter(({ kind }) => kind === 'yaml');
    assert.equal(scripts.length, 1);
    assert.deepEqual(readScript(scripts[0]!.body!).mistakes, []);
  });

  test('its table has every section and every word of it', () => {
    for (const { conduct } of behaviours) {
      for (const [section, says] of Object.entries(conduct)) {
        const row = page.split('\n').find((text) => text.startsWith(`| \`${section}\` |`));
        assert.ok(row, section);
        for (const word of Object.keys(Array.isArray(says) ? says[0]! : says))
          assert.ok(row.includes(`\`${word}\``), `${section}.${word}`);
      }
    }
  });
});
