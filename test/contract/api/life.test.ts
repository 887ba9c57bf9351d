import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { FaultError } from '../../../src/base/fault.ts';
import { openDoor } from '../../support/api-door.ts';

const hello = { to: '+12025550143', from: '12345', text: 'Hello' };
const settledBy = async (condition: () => boolean) => {
  while (!condition()) await new Promise(setImmediate);
};

/** Connections of this process, at either end. */
const openSockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;

/** A clock whose alarms ring when the test says so. */
function handClock() {
  const alarms = new Set<() => void>();
  const clock: Clock = {
    ...systemClock,
    after(_, action) {
      alarms.add(action);
      return () => alarms.delete(action);
    },
  };
  const ring = () => {
    for (const action of alarms) action();
  };
  return { clock, alarms, ring };
}

test('a store that does not answer in time is told, once; what comes later is ignored', async (t) => {
  const { clock, alarms, ring } = handClock();
  const door = await openDoor(clock);
  t.after(() => door.close());
  const held = door.messages.hold();
  const options = { key: door.key, body: hello, headers: { 'idempotency-key': 'k' } };
  const single = door.client.post('/v1/messages', options);
  const batch = door.client.post('/v1/messages/batch', { key: door.key, body: { messages: [hello, hello] } });
  await settledBy(() => held.length === 3);
  held.at(-1)!();
  ring();
  const [first, second] = [await single, await batch];
  assert.deepEqual([first.status, first.body.code], [503, 'store_unavailable']);
  const results = second.body.results as { status: string; problem?: { code: string } }[];
  assert.deepEqual(
    results.map(({ problem }) => problem?.code),
    ['store_unavailable', undefined],
  );
  assert.equal((await door.client.post('/v1/messages', options)).body.code, 'idempotency_in_progress');
  for (const settle of held) settle();
  door.messages.goOn();
  const again = await door.client.post('/v1/messages', options);
  assert.deepEqual([again.status, again.headers['idempotency-replayed']], [202, 'true']);
  assert.equal(alarms.size, 0);
});

test('closing finishes what is in flight, answers it, and ends every connection', async (t) => {
  const door = await openDoor();
  t.after(() => door.close());
  const held = door.messages.hold();
  const inFlight = door.client.post('/v1/messages', { key: door.key, body: hello });
  await settledBy(() => held.length === 1);
  const stream = request({ socketPath: door.socketPath, path: '/v1/handset/stream' }).end();
  await once(stream, 'response');
  const idle = connect({ port: door.port, host: '127.0.0.1', ca: door.tls.cert });
  await once(idle, 'secureConnect');
  idle.resume();
  const closed = door.close();
  await once(idle, 'close');
  held[0]!();
  const answer = await inFlight;
  assert.deepEqual([answer.status, answer.headers.connection], [202, 'close']);
  await closed;
  assert.equal(existsSync(door.socketPath), false);
});

test('a connection that is still open while the door closes is told to come again', async (t) => {
  const door = await openDoor();
  t.after(() => door.close());
  const held = door.messages.hold();
  const body = JSON.stringify(hello);
  const head = (path: string, more: string) =>
    `${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${door.key}\r\n${more}\r\n`;
  const socket = connect({ port: door.port, host: '127.0.0.1', ca: door.tls.cert });
  let heard = '';
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString();
  });
  const half = body.slice(0, 5);
  socket.write(
    head('POST /v1/messages', `content-type: application/json\r\ncontent-length: ${body.length}\r\n`) + half,
  );
  const other = door.client.post('/v1/messages', { key: door.key, body: hello });
  await settledBy(() => held.length === 1);
  const closed = door.close();
  socket.write(body.slice(5));
  await settledBy(() => held.length === 2);
  for (const settle of held) settle();
  assert.equal((await other).status, 202);
  await once(socket, 'close');
  await closed;
  assert.match(heard, /^HTTP\/1\.1 202 /);
});

test('a client that leaves in the middle of its body is not our mistake', async (t) => {
  const door = await openDoor();
  t.after(() => door.close());
  const socket = connect({ port: door.port, host: '127.0.0.1', ca: door.tls.cert });
  const head = `POST /v1/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${door.key}\r\n`;
  socket.write(`${head}content-type: application/json\r\ncontent-length: 10\r\n\r\n{`);
  await settledBy(() => door.administration.askedCount === 1);
  socket.destroy();
  await settledBy(() => openSockets() === 0);
  assert.deepEqual(door.logged, []);
});

test('our own mistake is answered without a word about it, and is in the log under the same id', async (t) => {
  const door = await openDoor();
  t.after(() => door.close());
  door.messages.find = () => Promise.reject(new Error('SELECT secret FROM somewhere'));
  const { status, body } = await door.client.get('/v1/messages/01890a5d-ac96-774b-bcce-b302099a8057', {
    key: door.key,
  });
  assert.deepEqual([status, body.code], [500, 'internal']);
  assert.equal(JSON.stringify(body).includes('SELECT'), false);
  const [line] = door.logged.map((text) => JSON.parse(text) as Record<string, unknown>);
  assert.equal(`urn:uuid:${String(line!.request)}`, body.instance);
  assert.equal(line!.command, 'GET /v1/messages/:id');
  door.messages.find = () => Promise.reject(new FaultError('store_unavailable'));
  const known = await door.client.get('/v1/messages/01890a5d-ac96-774b-bcce-b302099a8057', { key: door.key });
  assert.deepEqual([known.status, known.body.code], [503, 'store_unavailable']);
});

test('a control socket that is answered is not taken over; a forgotten one is', async (t) => {
  const door = await openDoor();
  t.after(() => door.close());
  await assert.rejects(door.api.listenControl(door.socketPath), FaultError);
});
