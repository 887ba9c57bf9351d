import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccountClient, hello } from '../support/account-client.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

interface Explained {
  readonly route: { readonly id: number } | null;
  readonly carriers: readonly { readonly name: string; readonly state: string }[];
  readonly carrier: string | null;
}

test('a route that the operator adds takes effect at once, says why, outlives a start and can be removed', async () => {
  await using first = await GatewayProcess.start();
  assert.equal((await first.control('POST', '/v1/carriers', { kind: 'sandbox', name: 'second' })).status, 201);
  using client = await AccountClient.open(first, { capability: { carriers: ['sandbox', 'second'] } });
  const carrierOf = async (id: string): Promise<unknown> =>
    ((await client.until(id, 'delivered')).timeline.at(-1) as { carrier?: string }).carrier;
  assert.equal(await carrierOf(await client.sends()), 'sandbox');

  const added = await first.control('POST', '/v1/routes', {
    prefix: '1202555',
    sender: '10666',
    account: 'sandbox',
    carriers: ['second', 'sandbox'],
  });
  assert.equal(added.status, 201, JSON.stringify(added.body));
  const { id } = added.body as { id: number };
  assert.equal(await carrierOf(await client.sends()), 'second');
  const question = { to: hello.to, from: hello.from, key: client.keyId };
  const explained = (await first.control('POST', '/v1/routes/explain', question)).body as Explained;
  assert.deepEqual([explained.route?.id, explained.carrier], [id, 'second']);
  assert.deepEqual(
    explained.carriers.map(({ name, state }) => `${name} ${state}`),
    ['second up', 'sandbox up'],
  );
  for (const [body, status] of [
    [{ carriers: ['nowhere'] }, 404],
    [{ account: 'nobody', carriers: ['second'] }, 404],
    [{ prefix: '1202555', sender: '10666', account: 'sandbox', carriers: ['second'] }, 409],
  ] as const)
    assert.equal((await first.control('POST', '/v1/routes', body)).status, status);
  await first.stop();

  await using second = await GatewayProcess.start({ dataFolder: first.dataFolder });
  using again = client.at(second);
  const sent = await again.sends();
  assert.equal(((await again.until(sent, 'delivered')).timeline.at(-1) as { carrier?: string }).carrier, 'second');
  assert.equal((await second.control('DELETE', `/v1/routes/${id}`)).status, 200);
  const { body } = await second.control('GET', '/v1/routes');
  assert.deepEqual(body, { routes: [] });
});
