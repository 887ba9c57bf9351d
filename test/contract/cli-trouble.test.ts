import assert from 'node:assert/strict';
import { chmodSync, linkSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { command } from '../support/command-line.ts';
import { HandClock } from '../support/hand-clock.ts';

const NOBODY = 65_534;

let folder: string;
let socketPath: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-'));
  socketPath = join(folder, 'control.sock');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Something at the control socket that is no gateway. */
async function stranger(listener: RequestListener): Promise<AsyncDisposable> {
  const server = createHttpServer(listener);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('without a gateway it is said how to start one, and for programs in JSON', async () => {
  const { code, out, err } = await command(['status'], { socketPath });
  assert.deepEqual([code, out], [1, '']);
  assert.ok(
    err.startsWith(`sallyport: No gateway is running here: nothing answers at ${socketPath}. (gateway_not_running)\n`),
  );
  assert.match(err, /npx sallyport start/);
  const asJson = await command(['status', '--json'], { socketPath });
  assert.equal((JSON.parse(asJson.err) as { error: { code: string } }).error.code, 'gateway_not_running');
});

test('a socket that nobody listens on any more is no gateway either', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const held = join(folder, 'held');
  linkSync(socketPath, held);
  await new Promise((resolve) => server.close(resolve));
  linkSync(held, socketPath);
  assert.match((await command(['status'], { socketPath })).err, /\(gateway_not_running\)/);
});

test('the folder can be named on the line', async () => {
  const { err } = await command(['status', '--data', join(folder, 'other')], { socketPath });
  assert.ok(err.includes(join(folder, 'other', 'control.sock')));
});

test('who may not open the socket is told why', async () => {
  await using _ = await stranger((_request, response) => response.end('{}'));
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  else chmodSync(folder, 0);
  try {
    const { code, err } = await command(['status'], { socketPath });
    assert.equal(code, 1);
    assert.match(
      err,
      /You may not open the control socket .* \(socket_denied\)\nWhoever can open the control socket is the operator/,
    );
  } finally {
    if (isRoot) process.seteuid?.(0);
    else chmodSync(folder, 0o700);
  }
});

test('settings that are wrong are told, and --data goes around them', async () => {
  const env = { SALLYPORT_API_PORT: 'many' };
  const wrong = await command(['status'], { env });
  assert.match(wrong.err, /SALLYPORT_API_PORT must be .*\(invalid_setting\)\n.*--data DIR/);
  assert.match((await command(['status', '--data', folder], { env })).err, /\(gateway_not_running\)/);
});

test('a gateway that does not answer is not waited for without end', async () => {
  const clock = new HandClock();
  await using _ = await stranger(() => clock.advance(60_000));
  const { code, err } = await command(['status'], { socketPath, clock });
  assert.equal(code, 1);
  assert.match(err, /\(no_answer\)\n.*look before doing it again/);
  assert.equal(clock.pending, 0);
});

test('a connection that breaks leaves open what was done, and that is said', async () => {
  await using _ = await stranger((request) => request.socket.destroy());
  const { err } = await command(['account', 'create', 'bank'], { socketPath });
  assert.match(err, /\(connection_lost\)\n.*Whether it did what was asked is not known/);
});

test('a watch whose connection breaks ends with the reason', async () => {
  await using _ = await stranger((request, response) => {
    response.writeHead(200);
    response.write('{"from"', () => request.socket.destroy());
  });
  const { code, err } = await command(['handset'], { socketPath });
  assert.equal(code, 1);
  assert.match(err, /\(connection_lost\)/);
});

for (const [what, status, body] of [
  ['text', 200, 'hello'],
  ['a refusal without a code', 500, '{"error":"oops"}'],
  ['a refusal that is text', 502, 'Bad Gateway'],
] as const) {
  test(`an answer that is ${what} is not taken for one of a gateway`, async () => {
    await using _ = await stranger((_request, response) => response.writeHead(status).end(body));
    const { code, err } = await command(['status'], { socketPath });
    assert.equal(code, 1);
    assert.match(err, /\(answer_not_understood\)/);
  });
}
