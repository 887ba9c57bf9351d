import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createPlain, type RequestListener, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { testCertificate } from '../../../test/support/test-certificate.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { Poster, type PosterOptions, type Resolve } from './post.ts';

const certificate = testCertificate('localhost', '127.0.0.1', 'hooks.example');
const heard: { headers: Record<string, unknown>; body: string }[] = [];

const answers: Record<string, RequestListener> = {
  '/ok': (_, answer) => answer.writeHead(204).end(),
  '/gone': (_, answer) => answer.writeHead(410).end(),
  '/moved': (_, answer) => answer.writeHead(302, { location: '/ok' }).end(),
  '/broken': (_, answer) => answer.writeHead(500).end('x'),
  '/endless': (_, answer) => {
    answer.writeHead(200);
    const pour = () => {
      while (answer.write(Buffer.alloc(16_384))) if (answer.destroyed) return;
      answer.once('drain', pour);
    };
    pour();
  },
  '/hangs-up': (request) => request.socket.destroy(),
  '/silent': () => {},
};

const listener: RequestListener = (request, answer) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    heard.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    answers[request.url!]!(request, answer);
  });
};

const receiver = createServer(certificate, listener);
const plainReceiver = createPlain(listener);
const portOf = (server: Server | ReturnType<typeof createServer>) => (server.address() as AddressInfo).port;

before(async () => {
  for (const server of [receiver, plainReceiver]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
});
after(() => {
  for (const server of [receiver, plainReceiver]) {
    server.closeAllConnections();
    server.close();
  }
});

const resolveTo =
  (...addresses: string[]): Resolve =>
  (_, answer) =>
    process.nextTick(answer, null, addresses);

const resolveNothing: Resolve = (_, answer) =>
  process.nextTick(answer, Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);

const local: PosterOptions = { clock: systemClock, openNetworks: ['127.0.0.0/8'], extraCa: certificate.cert };

async function posted(path: string, options: Partial<PosterOptions> = {}, host = '127.0.0.1') {
  const poster = new Poster({ ...local, ...options });
  const outcome = await poster.post({ url: `https://${host}:${portOf(receiver)}${path}`, headers: {}, body: '{}' });
  poster.close();
  return outcome;
}

const outcomes = {
  '/ok': { kind: 'ok' },
  '/gone': { kind: 'gone' },
  '/moved': { kind: 'retry', reason: 'status_302' },
  '/broken': { kind: 'retry', reason: 'status_500' },
  '/endless': { kind: 'ok' },
  '/hangs-up': { kind: 'retry', reason: 'connection_failed' },
} as const;

for (const [path, outcome] of Object.entries(outcomes)) {
  test(`a receiver that answers ${path}: ${JSON.stringify(outcome)}`, async () => {
    assert.deepEqual(await posted(path), outcome);
  });
}

test('the notice arrives as it was signed', async () => {
  const poster = new Poster(local);
  const body = '{"text":"Größe"}';
  const headers = { 'webhook-id': 'msg_1', 'webhook-signature': 'v1,x' };
  await poster.post({ url: `https://127.0.0.1:${portOf(receiver)}/ok`, headers, body });
  poster.close();
  const last = heard.at(-1)!;
  assert.equal(last.body, body);
  assert.equal(last.headers['webhook-id'], 'msg_1');
  assert.equal(last.headers['content-type'], 'application/json');
});

test('a redirect is not followed', async () => {
  const heardBefore = heard.length;
  await posted('/moved');
  assert.equal(heard.length, heardBefore + 1);
});

test('a name is connected to at the address that was checked', async () => {
  assert.deepEqual(await posted('/ok', { resolve: resolveTo('127.0.0.1') }, 'hooks.example'), { kind: 'ok' });
});

const refused = { kind: 'retry', reason: 'webhook_address_refused' };
for (const addresses of [['10.0.0.1'], ['::1'], ['169.254.169.254'], ['127.0.0.1', '10.0.0.1'], []]) {
  test(`a name that resolves to [${addresses.join()}] is refused before a connection is made`, async () => {
    const heardBefore = heard.length;
    assert.deepEqual(await posted('/ok', { resolve: resolveTo(...addresses) }, 'hooks.example'), refused);
    assert.equal(heard.length, heardBefore);
  });
}

test('a name that answers otherwise the second time is not asked a second time', async () => {
  const answersInTurn = [['127.0.0.1'], ['10.0.0.1']];
  const resolve: Resolve = (_, answer) => answer(null, answersInTurn.shift() ?? []);
  assert.deepEqual(await posted('/ok', { resolve }, 'hooks.example'), { kind: 'ok' });
  assert.equal(answersInTurn.length, 1);
});

test('a name that cannot be resolved is tried again', async () => {
  assert.deepEqual(await posted('/ok', { resolve: resolveNothing }, 'hooks.example'), {
    kind: 'retry',
    reason: 'connection_failed',
  });
  const { resolve: _, ...withSystem } = local;
  const poster = new Poster(withSystem);
  const outcome = await poster.post({ url: 'https://no-such-name.invalid/', headers: {}, body: '{}' });
  assert.deepEqual(outcome, { kind: 'retry', reason: 'connection_failed' });
  poster.close();
});

test('a certificate of another name, or of nobody known, is refused', async () => {
  const untrusted = { kind: 'retry', reason: 'certificate_refused' };
  assert.deepEqual(await posted('/ok', { resolve: resolveTo('127.0.0.1') }, 'other.example'), untrusted);
  const { extraCa: _, ...strangers } = local;
  const poster = new Poster(strangers);
  const url = `https://127.0.0.1:${portOf(receiver)}/ok`;
  assert.deepEqual(await poster.post({ url, headers: {}, body: '{}' }), untrusted);
  poster.close();
});

const refusedUrls = [
  'https://127.0.0.1/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://169.254.169.254/latest/meta-data',
  'https://user:secret@hooks.example/',
  'http://hooks.example/',
  'http://127.0.0.1/',
  'ftp://hooks.example/',
  'file:///etc/passwd',
  'hooks.example',
  `https://hooks.example/${'x'.repeat(2048)}`,
];

for (const url of refusedUrls) {
  test(`refused by its looks: ${url.slice(0, 60)}`, () => {
    const poster = new Poster({ ...local, openNetworks: [] });
    const answer = poster.inspect(url);
    assert.ok('code' in answer);
    assert.equal(answer.code, 'webhook_address_refused');
    assert.equal(answer.detail?.includes('secret'), false);
  });
}

test('plain http goes to an opened loopback address only', async () => {
  const poster = new Poster({ ...local, resolve: resolveTo('10.0.0.1') });
  const port = portOf(plainReceiver);
  const post = (host: string) => poster.post({ url: `http://${host}:${port}/ok`, headers: {}, body: '{}' });
  assert.deepEqual(await post('127.0.0.1'), { kind: 'ok' });
  assert.deepEqual(await post('localhost'), refused);
  assert.deepEqual(await post('hooks.example'), refused);
  poster.close();
});

test('a silent receiver is given up when its time is over', async () => {
  const alarm = Promise.withResolvers<() => void>();
  const clock: Clock = {
    ...systemClock,
    after(_, action) {
      alarm.resolve(action);
      return () => {};
    },
  };
  const poster = new Poster({ ...local, clock });
  const outcome = poster.post({ url: `https://127.0.0.1:${portOf(receiver)}/silent`, headers: {}, body: '{}' });
  (await alarm.promise)();
  assert.deepEqual(await outcome, { kind: 'retry', reason: 'timeout' });
  poster.close();
});

test('one slow receiver takes no more than its share', async () => {
  const waiting: (() => void)[] = [];
  const resolve: Resolve = (_, answer) => waiting.push(() => answer(null, ['10.0.0.1']));
  const poster = new Poster({ ...local, resolve });
  const post = () => poster.post({ url: 'https://hooks.example/', headers: {}, body: '{}' });
  const atWork = Array.from({ length: 8 }, post);
  assert.deepEqual(await post(), { kind: 'retry', reason: 'busy' });
  assert.equal(poster.room, 56);
  for (const goOn of waiting) goOn();
  assert.deepEqual(new Set((await Promise.all(atWork)).map((outcome) => outcome.kind)), new Set(['retry']));
  assert.equal(poster.room, 64);
  poster.close();
});
