import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccountClient, hello } from '../support/account-client.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

interface Result {
  readonly id?: string;
  readonly status: string;
}

const named = (name: string) => ({ 'idempotency-key': name });
const batch = { messages: [hello, { ...hello, from: '10999' }, { ...hello, text: 'third' }] };
const resultsOf = (answer: { body: Record<string, unknown> }) => answer.body.results as Result[];
const count = async (client: AccountClient) =>
  ((await client.post('/v1/messages/search', {})).body.messages as unknown[]).length;

test('once per Idempotency-Key, before and after a restart', async () => {
  await using first = await GatewayProcess.start();
  using client = await AccountClient.open(first);

  const one = await client.post('/v1/messages', hello, named('order-1'));
  assert.deepEqual([one.status, one.headers['idempotency-replayed']], [202, undefined]);
  const again = await client.post('/v1/messages', hello, named('order-1'));
  assert.deepEqual([again.status, again.headers['idempotency-replayed']], [202, 'true']);
  assert.deepEqual(again.body, one.body);
  const other = await client.post('/v1/messages', { ...hello, text: 'other' }, named('order-1'));
  assert.deepEqual([other.status, other.body.code], [422, 'idempotency_mismatch']);
  const twins = await Promise.all([1, 2, 3].map(() => client.post('/v1/messages', hello, named('order-2'))));
  for (const { status, body } of twins) assert.ok(status === 202 || body.code === 'idempotency_in_progress');
  assert.equal(new Set(twins.filter(({ status }) => status === 202).map(({ body }) => body.id)).size, 1);

  const mixed = await client.post('/v1/messages/batch', batch, named('batch-1'));
  assert.deepEqual(
    resultsOf(mixed).map(({ status }) => status),
    ['accepted', 'refused', 'accepted'],
  );
  const retried = await client.post('/v1/messages/batch', batch, named('batch-1'));
  assert.deepEqual(retried.body, {
    results: resultsOf(mixed).map((result, at) => (at === 1 ? resultsOf(retried)[1] : result)),
  });
  assert.equal(await count(client), 4);
  assert.equal(await first.stop(), 0);

  await using second = await GatewayProcess.start({ dataFolder: first.dataFolder });
  using later = client.at(second);
  const replayed = await later.post('/v1/messages', hello, named('order-1'));
  assert.deepEqual([replayed.body, replayed.headers['idempotency-replayed']], [one.body, 'true']);
  assert.equal(
    (await later.post('/v1/messages', { ...hello, text: 'x' }, named('order-1'))).body.code,
    'idempotency_mismatch',
  );
  const accepted = resultsOf(await later.post('/v1/messages/batch', batch, named('batch-1')));
  assert.deepEqual([accepted[0]!.id, accepted[2]!.id], [resultsOf(mixed)[0]!.id, resultsOf(mixed)[2]!.id]);
  assert.equal(await count(later), 4);
});

test('a scheduled message is given again as it was answered', async () => {
  await using gateway = await GatewayProcess.start();
  using client = await AccountClient.open(gateway);
  const later = { ...hello, sendAt: new Date(Date.now() + 1000).toISOString() };
  const first = await client.post('/v1/messages', later, named('later'));
  const again = await client.post('/v1/messages', later, named('later'));
  assert.deepEqual([again.status, again.body], [202, first.body]);
  await client.until(first.body.id as string, 'delivered');
  const afterwards = await client.post('/v1/messages', later, named('later'));
  assert.deepEqual([afterwards.status, afterwards.body.id], [202, first.body.id]);
  assert.deepEqual(afterwards.body, first.body);
});
