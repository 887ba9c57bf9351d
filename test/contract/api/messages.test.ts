import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Door, openDoor } from '../../support/api-door.ts';

const hello = { to: '+12025550143', from: '12345', text: 'Hello' };
const unknownId = '01890a5d-ac96-774b-bcce-b302099a8057';

let door: Door;
before(async () => {
  door = await openDoor();
});
after(() => door.close());

const send = (body: unknown, headers: Record<string, string> = {}) =>
  door.client.post('/v1/messages', { key: door.key, body, headers });

const sendBatch = (messages: unknown[]) =>
  door.client.post('/v1/messages/batch', { key: door.key, body: { messages } });
const cancel = (id: unknown) => door.client.post(`/v1/messages/${String(id)}/cancel`, { key: door.key });

test('a message is accepted, and its time line can be read', async () => {
  const sent = await send({ ...hello, reference: 'order 7' });
  assert.equal(sent.status, 202);
  const { id, state, segments, encoding } = sent.body;
  assert.deepEqual({ state, segments, encoding }, { state: 'accepted', segments: 1, encoding: 'gsm7' });
  const read = await door.client.get(`/v1/messages/${String(id)}`, { key: door.key });
  assert.equal(read.status, 200);
  assert.equal(read.body.to, '+*********43');
  assert.equal(read.body.reference, 'order 7');
  assert.equal(read.body.class, 'transactional');
});

test('what is written is what the river is given', async () => {
  const sendAt = '2031-01-02T03:04:05+01:00';
  await send({ ...hello, text: 'Größe 😀', class: 'otp', sendAt, validitySeconds: 60, reference: 'r' });
  const { credential, id, ...submission } = door.messages.submissions.at(-1)!;
  assert.equal(credential.accountId, 1);
  assert.equal(id, null);
  assert.deepEqual(submission, {
    to: '+12025550143',
    from: '12345',
    content: { kind: 'text', text: 'Größe 😀' },
    class: 'otp',
    sendAtMs: Date.UTC(2031, 0, 2, 2, 4, 5),
    validityMs: 60_000,
    reference: 'r',
    wantsReceipt: false,
    failuresOnly: false,
    successOnly: false,
    wantsUnderway: false,
    serviceType: null,
    isOneOfMany: false,
  });
});

const refusals = [
  { name: 'an impossible number', body: { ...hello, to: '+1' }, status: 422, code: 'invalid_number', pointer: '/to' },
  { name: 'an empty text', body: { ...hello, text: '' }, status: 422, code: 'text_empty', pointer: '/text' },
  {
    name: 'a sender of others',
    body: { ...hello, from: '99999' },
    status: 403,
    code: 'sender_not_allowed',
    pointer: '/from',
  },
  {
    name: 'a second that is not',
    body: { ...hello, sendAt: '2031-12-31T23:59:60Z' },
    status: 422,
    code: 'invalid_schedule',
    pointer: '/sendAt',
  },
];
for (const { name, body, status, code, pointer } of refusals) {
  test(`refused with words, and without a quotation: ${name}`, async () => {
    const { status: got, body: problem } = await send(body);
    assert.deepEqual([got, problem.code], [status, code]);
    assert.equal((problem.errors as { pointer: string }[])[0]!.pointer, pointer);
    assert.equal(JSON.stringify(problem).includes('99999'), false);
  });
}

test('a full river says when to come again', async () => {
  door.messages.hasRoom = false;
  const single = await send(hello);
  const batch = await door.client.post('/v1/messages/batch', { key: door.key, body: { messages: [hello] } });
  door.messages.hasRoom = true;
  assert.deepEqual([single.status, single.headers['retry-after']], [429, '3']);
  assert.deepEqual([batch.status, batch.headers['retry-after']], [429, '1']);
});

test('a batch is answered message by message, in order', async () => {
  const whole = await sendBatch([hello, hello]);
  assert.equal(whole.status, 202);
  const mixed = await sendBatch([hello, { ...hello, to: '+1' }, hello]);
  assert.equal(mixed.status, 200);
  const results = mixed.body.results as { status: string; problem?: { code: string; errors: { pointer: string }[] } }[];
  assert.deepEqual(
    results.map(({ status }) => status),
    ['accepted', 'refused', 'accepted'],
  );
  assert.equal(results[1]!.problem!.code, 'invalid_number');
  assert.equal(results[1]!.problem!.errors[0]!.pointer, '/messages/1/to');
});

test('a batch has 1 to 1000 messages, and they fit its body', async () => {
  assert.equal((await sendBatch([])).status, 422);
  assert.equal((await sendBatch(Array.from({ length: 1001 }, () => hello))).status, 422);
  const text = 'x'.repeat(1500);
  assert.equal((await sendBatch(Array.from({ length: 1000 }, () => ({ ...hello, text })))).status, 202);
});

test('the same Idempotency-Key and body get the same answer, and nothing is sent twice', async () => {
  const key = { 'idempotency-key': 'order-1' };
  const first = await send(hello, key);
  const acceptedBefore = door.messages.submissions.length;
  const again = await send(hello, key);
  assert.deepEqual(again.body, first.body);
  assert.equal(first.headers['idempotency-replayed'], undefined);
  assert.equal(again.headers['idempotency-replayed'], 'true');
  assert.equal(door.messages.submissions.length, acceptedBefore);
});

test('the same Idempotency-Key with another body, or for another address, is refused', async () => {
  const key = { 'idempotency-key': 'order-2' };
  await send(hello, key);
  assert.equal((await send({ ...hello, text: 'Bye' }, key)).body.code, 'idempotency_mismatch');
  const options = { key: door.key, headers: key, body: { messages: [hello] } };
  assert.equal((await door.client.post('/v1/messages/batch', options)).body.code, 'idempotency_mismatch');
});

test('another account may use the same Idempotency-Key', async () => {
  const other = door.administration.key('other');
  const headers = { 'idempotency-key': 'order-3' };
  const first = await send(hello, headers);
  const second = await door.client.post('/v1/messages', { key: other, body: hello, headers });
  assert.equal(second.status, 202);
  assert.notEqual(second.body.id, first.body.id);
});

test('while a request is at work, its Idempotency-Key waits; what was refused may be tried again', async () => {
  const headers = { 'idempotency-key': 'order-4' };
  const held = door.messages.hold();
  const first = send(hello, headers);
  while (held.length === 0) await new Promise(setImmediate);
  const early = await send(hello, headers);
  assert.deepEqual([early.status, early.body.code], [409, 'idempotency_in_progress']);
  door.messages.goOn();
  door.messages.hasRoom = false;
  held[0]!();
  assert.equal((await first).status, 429);
  door.messages.hasRoom = true;
  assert.equal((await send(hello, headers)).status, 202);
});

test('a batch is given again as it was answered; only what was refused is tried again', async () => {
  const { key } = door;
  const post = (body: object, name: string) =>
    door.client.post('/v1/messages/batch', { key, headers: { 'idempotency-key': name }, body });
  const first = await post({ messages: [hello, hello] }, 'batch-1');
  const again = await post({ messages: [hello, hello] }, 'batch-1');
  assert.deepEqual(again.body, first.body);
  assert.equal(again.headers['idempotency-replayed'], 'true');

  const mixed = { messages: [hello, { ...hello, to: '1' }] };
  const partial = await post(mixed, 'batch-2');
  const acceptedBefore = door.messages.submissions.length;
  const retried = await post(mixed, 'batch-2');
  assert.deepEqual(retried.body, partial.body);
  assert.equal(retried.headers['idempotency-replayed'], undefined);
  assert.equal(door.messages.submissions.length, acceptedBefore);
});

for (const bad of ['', ' ', 'x'.repeat(256), 'nül']) {
  test(`an Idempotency-Key that is none: ${JSON.stringify(bad.slice(0, 5))}`, async () => {
    const acceptedBefore = door.messages.submissions.length;
    assert.equal((await send(hello, { 'idempotency-key': bad })).body.code, 'invalid_request');
    assert.equal(door.messages.submissions.length, acceptedBefore);
  });
}

test('messages are found by recipient, state and time, page by page, by their own account only', async () => {
  const searcher = door.administration.key('searcher');
  for (const to of ['+12025550150', '+12025550151', '+12025550150']) {
    await door.client.post('/v1/messages', { key: searcher, body: { ...hello, to } });
  }
  const search = async (body: object, key = searcher) => {
    const answer = await door.client.post('/v1/messages/search', { key, body });
    assert.equal(answer.status, 200);
    return answer.body as { messages: { id: string; acceptedAt: string }[]; next: string | null };
  };
  assert.equal((await search({})).messages.length, 3);
  assert.equal((await search({ recipient: '+12025550150' })).messages.length, 2);
  assert.equal((await search({ state: 'delivered' })).messages.length, 0);
  const first = await search({ limit: 2 });
  assert.equal(first.messages.length, 2);
  const rest = await search({ limit: 2, cursor: first.next });
  assert.deepEqual([rest.messages.length, rest.next], [1, null]);
  assert.equal((await search({ until: rest.messages[0]!.acceptedAt })).messages.length, 0);
  assert.equal((await search({ since: rest.messages[0]!.acceptedAt })).messages.length, 3);
  assert.equal((await search({}, door.administration.key('nobody'))).messages.length, 0);
  const wrong = await door.client.post('/v1/messages/search', { key: searcher, body: { recipient: '1' } });
  assert.equal(wrong.body.code, 'invalid_number');
});

test('a message of another account is not there', async () => {
  const { body } = await send(hello);
  const other = { key: door.administration.key('stranger') };
  assert.equal((await door.client.get(`/v1/messages/${String(body.id)}`, other)).body.code, 'message_not_found');
  const stopped = await door.client.post(`/v1/messages/${String(body.id)}/cancel`, other);
  assert.equal(stopped.body.code, 'message_not_found');
});

test('what waits can be cancelled, what was handed over cannot', async () => {
  const scheduled = await send({ ...hello, sendAt: '2031-01-01T00:00:00Z' });
  assert.equal(scheduled.body.state, 'scheduled');
  const cancelled = await cancel(scheduled.body.id);
  assert.deepEqual([cancelled.status, cancelled.body.state], [200, 'cancelled']);
  const now = await send(hello);
  const late = await cancel(now.body.id);
  assert.deepEqual([late.status, late.body.code], [409, 'message_not_cancellable']);
  assert.equal((await cancel(unknownId)).body.code, 'message_not_found');
});

test('a webhook is set with a secret that is shown once', async () => {
  const options = { key: door.key };
  assert.equal((await door.client.get('/v1/webhook', options)).status, 404);
  const set = await door.client.call('PUT', '/v1/webhook', { ...options, body: { url: 'https://hooks.example/x' } });
  assert.match(String(set.body.secret), /^whsec_/);
  const read = await door.client.get('/v1/webhook', options);
  assert.deepEqual(Object.keys(read.body), ['url', 'createdAt']);
  assert.equal((await door.client.call('DELETE', '/v1/webhook', options)).status, 204);
  assert.equal((await door.client.call('DELETE', '/v1/webhook', options)).status, 404);
  const plain = await door.client.call('PUT', '/v1/webhook', { ...options, body: { url: 'http://hooks.example/' } });
  assert.equal(plain.body.code, 'webhook_address_refused');
});
