import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { type Door, openDoor } from '../../support/api-door.ts';

const hello = { to: '+12025550143', from: '12345', text: 'Hello' };

let door: Door;
before(async () => {
  door = await openDoor();
});
after(() => door.close());

const send = (body: unknown) => door.client.post('/v1/messages', { key: door.key, body });
const sendRaw = (raw: string | Buffer, headers: Record<string, string> = {}) =>
  door.client.post('/v1/messages', { key: door.key, raw, headers });

const typed = (type: string) => sendRaw(JSON.stringify(hello), { 'content-type': type });

const malformed = {
  'a half object': '{"to":',
  'no JSON': 'hello',
  'a byte order mark': `\u{feff}${JSON.stringify(hello)}`,
  'bytes that are no UTF-8': Buffer.from('{"to":"+12025550143","from":"12345","text":"\xff"}', 'latin1'),
  'a comment': '{/**/}',
  NaN: '{"validitySeconds":NaN}',
};
for (const [name, raw] of Object.entries(malformed)) {
  test(`malformed: ${name}`, async () => {
    const { status, body } = await sendRaw(raw);
    assert.deepEqual([status, body.code], [400, 'malformed_body']);
  });
}

const mistakes: [string, unknown, string][] = [
  ['a field nobody knows', { ...hello, colour: 'red' }, '/colour'],
  ['a field that is a number in disguise', { ...hello, '+12025550143': 1 }, ''],
  ['a missing text', { to: hello.to, from: hello.from }, '/text'],
  ['a number that is a number', { ...hello, to: 12_025_550_143 }, '/to'],
  ['a text that is null', { ...hello, text: null }, '/text'],
  ['a class nobody knows', { ...hello, class: 'spam' }, '/class'],
  ['a time that is none', { ...hello, sendAt: 'tomorrow' }, '/sendAt'],
  ['a validity of nothing', { ...hello, validitySeconds: 0 }, '/validitySeconds'],
  ['a validity of 1e300', { ...hello, validitySeconds: 1e300 }, '/validitySeconds'],
  ['a reference with a NUL', { ...hello, reference: 'a\0b' }, '/reference'],
  ['a reference that is too long', { ...hello, reference: 'x'.repeat(65) }, '/reference'],
  ['half a surrogate pair', { ...hello, text: 'x\ud800' }, '/text'],
  ['a prototype', JSON.parse(`{"to":"+12025550143","from":"12345","text":"x","__proto__":{"class":"otp"}}`), ''],
  ['an array', [hello], ''],
  ['null', null, ''],
];
for (const [name, body, pointer] of mistakes) {
  test(`not of the schema: ${name}`, async () => {
    const acceptedBefore = door.messages.submissions.length;
    const answer = await send(body);
    assert.deepEqual([answer.status, answer.body.code], [422, 'invalid_request']);
    assert.equal((answer.body.errors as { pointer: string }[])[0]!.pointer, pointer);
    const said = JSON.stringify(answer.body);
    for (const secret of ['2025550143', 'spam', 'tomorrow', '__proto__']) assert.equal(said.includes(secret), false);
    assert.equal(door.messages.submissions.length, acceptedBefore);
  });
}

test('another media type, or none, is refused', async () => {
  for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'nonsense', '']) {
    const { status, body } = await typed(type);
    assert.deepEqual([status, body.code], [415, 'unsupported_media_type'], type);
  }
  assert.equal((await typed('application/json; charset=utf-8')).status, 202);
});

test('a body that is too large is refused, whether it says so or not', async () => {
  const raw = JSON.stringify({ ...hello, text: 'x'.repeat(65_536) });
  for (const isChunked of [false, true]) {
    const { status, body } = await door.client.post('/v1/messages', { key: door.key, raw, isChunked });
    assert.deepEqual([status, body.code], [413, 'body_too_large']);
  }
  const batch = { key: door.key, raw: `{"messages":[${'0,'.repeat(1_048_576)}0]}` };
  assert.equal((await door.client.post('/v1/messages/batch', batch)).body.code, 'body_too_large');
});

test('depth and width are refused without harm', async () => {
  const deep = `{"messages":${'['.repeat(500_000)}${']'.repeat(500_000)}}`;
  assert.equal(
    (await door.client.post('/v1/messages/batch', { key: door.key, raw: deep })).body.code,
    'invalid_request',
  );
  const wide = `{"messages":[${'{},'.repeat(600_000)}{}]}`;
  assert.equal(
    (await door.client.post('/v1/messages/batch', { key: door.key, raw: wide })).body.code,
    'invalid_request',
  );
});

test('addresses that are none are refused', async () => {
  for (const path of ['/v1/messages/%zz', '/v1/messages/../../etc', '/%', `/v1/messages/${'x'.repeat(500)}`, '//']) {
    const { status } = await door.client.get(path, { key: door.key });
    assert.ok(status === 404 || status === 400, `${path}: ${status}`);
  }
});

/** Writes bytes on a connection of its own and hears what comes until it is closed. */
async function hears(socket: Socket | TLSSocket, bytes: string): Promise<string> {
  const heard: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => heard.push(chunk));
  socket.on('error', () => heard.push(Buffer.from('[reset]')));
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(heard).toString();
}
const overTls = () => connect({ port: door.port, host: '127.0.0.1', ca: door.tls.cert });

const broken = {
  'no HTTP': ['hello there\r\n\r\n', /^HTTP\/1\.1 400 .*"code":"malformed_request"/s],
  'a method nobody knows': ['BREW /v1/health HTTP/1.1\r\nhost: x\r\n\r\n', /^HTTP\/1\.1 400 /],
  'two lengths': [
    'POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}',
    /^HTTP\/1\.1 400 .*"code":"malformed_request"/s,
  ],
  'a length and chunks': [
    'POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    /^HTTP\/1\.1 400 /,
  ],
  'a header that splits': ['GET /v1/health HTTP/1.1\r\nhost: x\r\nx: a\rb\r\n\r\n', /^HTTP\/1\.1 400 /],
  'headers without end': [
    `GET /v1/health HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
    /^HTTP\/1\.1 431 .*"code":"headers_too_large"/s,
  ],
  'a chunk that is none': [
    'POST /v1/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer key-1\r\ncontent-type: application/json\r\n' +
      'transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n',
    /^HTTP\/1\.1 400 .*"code":"malformed_request"/s,
  ],
  'no host': ['GET /v1/health HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
} as const;
for (const [name, [bytes, answer]] of Object.entries(broken)) {
  test(`broken HTTP is answered and the connection closed: ${name}`, async () => {
    assert.match(await hears(overTls(), bytes), answer);
  });
}

test('plain HTTP on the TLS port is told so', async () => {
  const socket = connectPlain(door.port, '127.0.0.1');
  assert.match(await hears(socket, 'GET /v1/health HTTP/1.1\r\nhost: x\r\n\r\n'), /^HTTP\/1\.1 400 .*"tls_required"/s);
});

test('bytes that are neither TLS nor HTTP get the connection closed', async () => {
  const heard = await hears(connectPlain(door.port, '127.0.0.1'), '\x00\x00\x00\x10\x00\x00\x00\x09\x00\x00\x00\x00');
  assert.equal(heard.includes('HTTP'), false);
});

test('TLS 1.2 is not spoken', async () => {
  const socket = connect({ port: door.port, host: '127.0.0.1', ca: door.tls.cert, maxVersion: 'TLSv1.2' });
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  assert.match(error.code ?? '', /PROTOCOL_VERSION/);
});

test('while an answer is due, garbage behind its request is not answered in its place', async () => {
  const held = door.messages.hold();
  const body = JSON.stringify(hello);
  const head = `POST /v1/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${door.key}\r\n`;
  const heard = hears(
    overTls(),
    `${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}garbage\r\n\r\n`,
  );
  assert.equal((await heard).includes('400'), false);
  for (const settle of held) settle();
  door.messages.goOn();
});

test('nothing of all this was logged, and the door still works', async () => {
  assert.deepEqual(door.logged, []);
  assert.equal((await send(hello)).status, 202);
});
