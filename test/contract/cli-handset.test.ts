import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { sandboxRules } from '../../src/carriers/index.ts';
import { type Door, openDoor } from '../support/api-door.ts';
import { begin, command } from '../support/command-line.ts';

const code = { from: '12345', to: '+12025550143', text: 'Your code is 493021', atMs: 0 };

let door: Door;
before(async () => {
  door = await openDoor();
});
afterEach(async () => {
  door.handset.written.length = 0;
  while (door.handset.watcherCount > 0) await new Promise(setImmediate);
});
after(() => door.close());

test('what arrives is shown plainly, and what would steer a terminal is shown as what it is', async () => {
  const { stdout, stderr, start } = begin(['handset', '--count', '2'], { socketPath: door.socketPath });
  const ended = start();
  await stderr.shows('Waiting for messages');
  door.handset.arrives({ ...code, text: 'One\nTwo \u001b[2J\u202e' });
  door.handset.arrives(code);
  assert.equal(await ended, 0);
  const head = '1970-01-01 00:00:00.000Z  12345 to +12025550143';
  assert.equal(stdout.text, `${head}\n  One\n  Two \\u{1b}[2J\\u{202e}\n${head}\n  Your code is 493021\n`);
});

test('for programs each message is a line of JSON', async () => {
  const { stdout, start } = begin(['handset', '--json', '--count', '1'], { socketPath: door.socketPath });
  const ended = start();
  while (door.handset.watcherCount === 0) await new Promise(setImmediate);
  door.handset.arrives(code);
  assert.equal(await ended, 0);
  assert.deepEqual(JSON.parse(stdout.text), {
    from: '12345',
    to: '+12025550143',
    text: code.text,
    at: '1970-01-01T00:00:00.000Z',
  });
});

test('on a terminal a typed line answers the last message, and Ctrl-C ends', async () => {
  const { stdin, stdout, stderr, start } = begin(['handset'], { socketPath: door.socketPath });
  stdin.isTTY = true;
  stdout.isTTY = true;
  const ended = start();
  await stderr.shows('Type a line to answer');
  stdin.write('STOP\r');
  await stdout.shows('Nothing has arrived yet');
  door.handset.arrives(code);
  await stdout.shows(code.text);
  stdin.write('STOP\r');
  await stdout.shows('Sent to 12345.');
  assert.deepEqual(door.handset.written, [{ from: '+12025550143', to: '12345', text: 'STOP' }]);
  stdin.write('\u0003');
  assert.equal(await ended, 0);
});

test('an answer is sent by a command of its own, typed or piped in', async () => {
  const answer = ['handset', 'answer', '--from', '+12025550143', '--to', '12345'];
  const socketPath = door.socketPath;
  assert.deepEqual(await command([...answer, 'STOP'], { socketPath }), { code: 0, out: 'Sent.\n', err: '' });
  assert.equal((await command([...answer, '-'], { socketPath, input: 'HELP\n' })).code, 0);
  assert.deepEqual(
    door.handset.written.map(({ text }) => text),
    ['STOP', 'HELP'],
  );
});

test('the numbers that the sandbox treats in a way of its own are all told, without a gateway', async () => {
  const { code: exit, out } = await command(['handset', '--numbers']);
  assert.equal(exit, 0);
  for (const { digits, words } of sandboxRules) {
    assert.ok(out.includes(`  +120255501${String(digits[0]).padStart(2, '0')}  ${words}\n`), out);
  }
});

test('a gateway that stops ends the watching', async () => {
  const other = await openDoor();
  const { stderr, start } = begin(['handset', '--watch'], { socketPath: other.socketPath });
  const ended = start();
  await stderr.shows('Waiting for messages');
  await other.close();
  assert.equal(await ended, 0);
});
