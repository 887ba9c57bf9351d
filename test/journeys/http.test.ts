import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AccountClient, hello, type Shown } from '../support/account-client.ts';
import { until } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

let gateway: GatewayProcess;
let client: AccountClient;
before(async () => {
  gateway = await GatewayProcess.start();
  client = await AccountClient.open(gateway);
});
after(async () => {
  client[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
});

const statesOf = ({ timeline }: Shown) => timeline.map(({ state }) => state);
const fromNow = (ms: number) => new Date(Date.now() + ms).toISOString();

test('a message is accepted, sent and delivered, and its time line says so', async () => {
  const id = await client.sends({ reference: 'order 7' });
  assert.deepEqual(statesOf(await client.until(id, 'delivered')), ['accepted', 'sent', 'delivered']);
});

const ends = [
  { to: '+12025550190', states: ['accepted', 'sent', 'undelivered'], code: 0 },
  { to: '+12025550191', states: ['accepted', 'sent', 'expired'], code: 0 },
  { to: '+12025550193', states: ['accepted', 'sent', 'delivered'], code: 0 },
  { to: '+12025550194', states: ['accepted', 'failed'], code: 0x0b },
  { to: '+12025550199', states: ['accepted', 'sent', 'delivered'], code: 0 },
];
for (const { to, states, code } of ends) {
  test(`a message ends ${states.at(-1)} by way of ${states.join(', ')}`, async () => {
    const shown = await client.until(await client.sends({ to }), states.at(-1)!);
    assert.deepEqual(statesOf(shown), states);
    assert.equal(shown.timeline.at(-1)!.code, code);
  });
}

test('a message that the carrier refuses for now is retried later, and can be cancelled meanwhile', async () => {
  const id = await client.sends({ to: '+12025550195' });
  const shown = await client.until(id, 'retrying');
  assert.equal(shown.timeline.at(-1)!.code, 0x08);
  assert.equal((await client.post(`/v1/messages/${id}/cancel`)).body.state, 'cancelled');
});

test('a long text is cut, and each segment has its place in the time line', async () => {
  const { status, body } = await client.post('/v1/messages', { ...hello, text: 'x'.repeat(400) });
  assert.deepEqual([status, body.segments, body.encoding], [202, 3, 'gsm7']);
  await client.until(body.id as string, 'delivered');
  const { status: wide, body: unicode } = await client.post('/v1/messages', { ...hello, text: 'Привет'.repeat(12) });
  assert.deepEqual([wide, unicode.segments, unicode.encoding], [202, 2, 'ucs2']);
});

test('a preview says what sending then takes', async () => {
  for (const text of ['Hello', '[€]'.repeat(40), 'Größe 😀', 'Привет'.repeat(12), 'x'.repeat(400)]) {
    const { status, body: told } = await client.post('/v1/messages/preview', { ...hello, text });
    const { body: sent } = await client.post('/v1/messages', { ...hello, text });
    assert.deepEqual([status, told.segments, told.encoding], [200, sent.segments, sent.encoding]);
    assert.equal((told.parts as unknown[]).length, told.segments);
    await client.until(sent.id as string, 'delivered');
  }
});

test('each message of a batch has its own answer, in order', async () => {
  const wrong = { ...hello, to: '+1202' };
  const { status, body } = await client.post('/v1/messages/batch', { messages: [hello, wrong, hello] });
  assert.equal(status, 200);
  const results = body.results as { status: string; id: string; problem: { code: string; errors: unknown } }[];
  assert.deepEqual(
    results.map((result) => result.status),
    ['accepted', 'refused', 'accepted'],
  );
  const { code, errors } = results[1]!.problem;
  assert.deepEqual([code, (errors as { pointer: string }[])[0]!.pointer], ['invalid_number', '/messages/1/to']);
  for (const at of [0, 2]) await client.until(results[at]!.id, 'delivered');
  assert.equal((await client.post('/v1/messages/batch', { messages: [hello, hello] })).status, 202);
});

test('a message with a time of delivery waits for it', async () => {
  const sendAt = fromNow(2000);
  const { body } = await client.post('/v1/messages', { ...hello, sendAt });
  assert.equal(body.state, 'scheduled');
  const id = body.id as string;
  assert.equal((await client.reads(id)).state, 'scheduled');
  const { timeline } = await client.until(id, 'delivered');
  const sent = timeline.find(({ state }) => state === 'sent') as unknown as { at: string };
  assert.ok(Date.parse(sent.at) >= Date.parse(sendAt), 'it leaves at its time, not before');
});

test('a validity period is counted from the time of delivery', async () => {
  const sendAt = fromNow(3_600_000);
  const { body } = await client.post('/v1/messages', { ...hello, sendAt, validitySeconds: 90 });
  assert.equal(Date.parse(body.expiresAt as string) - Date.parse(sendAt), 90_000);
});

test('a scheduled message can be cancelled, once and for all', async () => {
  const id = await client.sends({ sendAt: fromNow(1500) });
  const following = await client.sends({ sendAt: fromNow(1600) });
  const first = await client.post(`/v1/messages/${id}/cancel`);
  const second = await client.post(`/v1/messages/${id}/cancel`);
  assert.deepEqual([first.status, first.body.state], [200, 'cancelled']);
  assert.deepEqual([second.status, second.body.state], [200, 'cancelled']);
  await client.until(following, 'delivered');
  assert.deepEqual(statesOf(await client.reads(id)), ['accepted', 'cancelled']);
});

test('a message that was delivered cannot be cancelled', async () => {
  const id = await client.sends();
  await client.until(id, 'delivered');
  const { status, body } = await client.post(`/v1/messages/${id}/cancel`);
  assert.deepEqual([status, body.code], [409, 'message_not_cancellable']);
});

test('messages are found by recipient, state and time, page by page', async () => {
  assert.equal((await gateway.control('POST', '/v1/accounts', { name: 'searcher' })).status, 201);
  using searcher = await AccountClient.open(gateway, { account: 'searcher' });
  const sent: string[] = [];
  for (const to of ['+12025550150', '+12025550151', '+12025550150', '+12025550190', '+12025550150']) {
    sent.push(await searcher.sends({ to }));
  }
  for (const id of sent) await until(gateway, 'searcher', id, id === sent[3] ? 'undelivered' : 'delivered');
  const search = async (query: object) => {
    const { status, body } = await searcher.post('/v1/messages/search', query);
    assert.equal(status, 200);
    const { messages, next } = body as unknown as { messages: { id: string; to: string }[]; next: string | null };
    return { ids: messages.map(({ id }) => id), to: messages.map(({ to }) => to), next };
  };
  assert.deepEqual((await search({})).ids, sent.toReversed());
  assert.deepEqual((await search({ state: 'undelivered' })).ids, [sent[3]]);
  const { ids, to } = await search({ recipient: '+12025550150' });
  assert.deepEqual(ids, [sent[4], sent[2], sent[0]]);
  assert.deepEqual(new Set(to), new Set(['+*********50']));
  assert.deepEqual((await search({ recipient: '+12025550159' })).ids, []);
  const { acceptedAt } = (await searcher.get(`/v1/messages/${sent[2]}`)).body as { acceptedAt: string };
  assert.deepEqual((await search({ since: acceptedAt })).ids.at(-1), sent[2]);
  assert.deepEqual((await search({ until: acceptedAt })).ids[0], sent[1]);
  const pages: string[][] = [];
  for (let next: string | null | undefined; next !== null; ) {
    const page = await search(next === undefined ? { limit: 2 } : { limit: 2, cursor: next });
    pages.push(page.ids);
    next = page.next;
  }
  assert.deepEqual(pages, [[sent[4], sent[3]], [sent[2], sent[1]], [sent[0]]]);
});

test('no number has a place in a URL, and none comes into the log', async () => {
  const { paths } = (await client.get('/v1/openapi.json')).body as { paths: Record<string, object> };
  const places = Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods as Record<string, { parameters?: { name: string; in: string }[] }>)
      .flatMap(({ parameters = [] }) => parameters)
      .filter((parameter) => parameter.in === 'query' || parameter.in === 'path')
      .map(({ name }) => `${path} ${name}`),
  );
  // Where a tile of the audit log is: numbers of its level and place, which say nothing of messages.
  const [ofTiles, others] = [true, false].map((is) =>
    places.filter((place) => place.startsWith('/v1/audit/tile/') === is),
  );
  assert.deepEqual(others, ['/v1/messages/{id} id', '/v1/messages/{id}/cancel id']);
  assert.deepEqual(new Set(ofTiles!.map((place) => place.split(' ')[1])), new Set(['level', 'n1', 'n2', 'n3', 'n4']));
  const id = await client.sends({ to: '+12025550155', text: 'not for the log' });
  await client.until(id, 'delivered');
  assert.equal((await client.get('/v1/messages/search?recipient=12025550155')).status, 404);
  await client.post('/v1/messages/preview', { ...hello, to: '+12025550155', text: 'not for the log' });
  assert.doesNotMatch(gateway.rawLog, /2025550155|not for the log/);
});
