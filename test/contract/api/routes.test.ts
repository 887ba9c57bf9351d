import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { faults } from '../../../src/base/fault.ts';
import type { Route } from '../../../src/doors/api/index.ts';
import { type Door, openDoor } from '../../support/api-door.ts';

const verbs = ['send', 'read', 'cancel', 'webhook', 'audit'] as const;

let door: Door;
before(async () => {
  door = await openDoor();
});
after(() => door.close());

const pathOf = (route: Route): string =>
  route.path.replace('{id}', '01890a5d-ac96-774b-bcce-b302099a8057').replaceAll(/\{\w+\}/g, 'acme');
const isForKeys = ({ who }: Route) => who !== 'public' && who !== 'operator';
const routesWhere = (condition: (route: Route) => boolean) => {
  const found = door.api.routes.filter(condition);
  assert.notEqual(found.length, 0);
  return found;
};

/** What can be told of an answer but for when and which it was. */
const about = ({ status, body, headers }: { status: number; body: Record<string, unknown>; headers: object }) => {
  const { date: _, ...rest } = headers as Record<string, unknown>;
  return { status, rest, code: body.code, body: { ...body, instance: '' } };
};

test('the table has each route once', () => {
  const names = door.api.routes.map(({ method, path, who }) => `${method} ${path} ${who}`);
  const perListener = names.filter((name) => !name.endsWith(' public'));
  assert.equal(new Set(perListener).size, perListener.length);
});

test('every route for keys asks for a key', async () => {
  for (const route of routesWhere(isForKeys)) {
    const answer = await door.client.call(route.method, pathOf(route), {});
    assert.deepEqual([answer.status, answer.body.code], [401, 'credential_missing'], pathOf(route));
    assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer/);
  }
});

test('every route for keys refuses unknown and revoked ones alike', async () => {
  const revoked = door.administration.key('acme');
  await door.administration.revokeCredential(Number(revoked.slice('key-'.length)));
  for (const route of routesWhere(isForKeys)) {
    const answers = [];
    for (const key of ['key-999', 'x', revoked]) {
      answers.push(about(await door.client.call(route.method, pathOf(route), { key })));
    }
    assert.equal(answers[0]!.code, 'credential_invalid');
    assert.deepEqual(answers[1], answers[0]);
    assert.deepEqual(answers[2], answers[0]);
  }
});

test('every route for keys refuses a key that may do everything else', async () => {
  for (const route of routesWhere(isForKeys)) {
    const key = door.administration.key('acme', { verbs: verbs.filter((verb) => verb !== route.who) });
    const answer = await door.client.call(route.method, pathOf(route), { key });
    assert.deepEqual([answer.status, answer.body.code], [403, 'verb_not_allowed'], pathOf(route));
  }
});

test('no route of the operator is there for applications, with or without a key', async () => {
  for (const route of routesWhere(({ who }) => who === 'operator')) {
    for (const options of [{}, { key: door.key }]) {
      const answer = await door.client.call(route.method, pathOf(route), options);
      assert.deepEqual([answer.status, answer.body.code], [404, 'not_found'], pathOf(route));
    }
  }
});

test('no route for keys is there on the control socket', async () => {
  for (const route of routesWhere(isForKeys)) {
    const answer = await door.control.call(route.method, pathOf(route), { key: door.key });
    assert.equal(answer.status, 404, pathOf(route));
  }
});

test('every route refuses a query', async () => {
  for (const route of routesWhere(({ who }) => who !== 'public')) {
    const client = route.who === 'operator' ? door.control : door.client;
    const answer = await client.call(route.method, `${pathOf(route)}?to=12025550143`, { key: door.key });
    assert.ok(answer.status === 422 || answer.status === 404, `${pathOf(route)}: ${answer.status}`);
    assert.equal(JSON.stringify(answer.body).includes('12025550143'), false);
  }
});

test('every route with a body refuses what is no JSON, and fields it does not know', async () => {
  for (const route of routesWhere(({ shape }) => shape.body !== undefined)) {
    const client = route.who === 'operator' ? door.control : door.client;
    const bad = async (raw: string) =>
      (await client.call(route.method, pathOf(route), { key: door.key, raw })).body.code;
    assert.equal(await bad('{"to":'), 'malformed_body', pathOf(route));
    assert.equal(await bad(''), 'malformed_body', pathOf(route));
    assert.equal(await bad('{"nobodyKnowsThis":1}'), 'invalid_request', pathOf(route));
    assert.equal(await bad('[]'), 'invalid_request', pathOf(route));
  }
});

test('a method that an address does not take is answered with those it takes', async () => {
  const listeners = { client: door.client, control: door.control };
  for (const [name, client] of Object.entries(listeners)) {
    const { paths } = await client.description();
    for (const [path, operations] of Object.entries(paths)) {
      const answer = await client.call('OPTIONS', path.replaceAll(/\{\w+\}/g, 'x'), {});
      assert.equal(answer.status, 405, `${name} ${path}`);
      assert.deepEqual(
        answer.headers.allow
          ?.split(', ')
          .map((method) => method.toLowerCase())
          .toSorted(),
        Object.keys(operations).toSorted(),
      );
    }
  }
});

test('every answer says that it is not to be kept, guessed at or framed, and HTTPS is to stay', async () => {
  for (const path of ['/v1/health', '/v1/webhook', '/nowhere']) {
    const { headers } = await door.client.get(path, { key: door.key });
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(String(headers['strict-transport-security']), /max-age=31536000/);
    assert.match(String(headers['content-security-policy']), /default-src 'none'/);
    assert.equal(headers['x-powered-by'], undefined);
    assert.equal(headers.server, undefined);
  }
});

test('the description has exactly the routes of its listener, and every fault it names is in the table', async () => {
  for (const [client, who] of [
    [door.client, 'operator'],
    [door.control, 'key'],
  ] as const) {
    const document = await client.description();
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const others = (route: Route) => (who === 'operator' ? route.who === 'operator' : isForKeys(route));
    const expected = new Set(
      door.api.routes.filter((route) => !others(route)).map(({ method, path }) => `${method} ${path}`),
    );
    assert.deepEqual(described.toSorted(), [...expected].toSorted());
  }
  const text = JSON.stringify(await door.client.description());
  for (const [, code = ''] of text.matchAll(/`([a-z_]+)`: /g)) assert.ok(code in faults, code);
});

test('health is for everyone, and says why not', async () => {
  assert.deepEqual((await door.client.get('/v1/health')).body, { live: true, ready: true });
  door.health.trouble = { code: 'store_unavailable' };
  const { status, headers, body } = await door.control.get('/v1/health');
  door.health.trouble = null;
  assert.deepEqual([status, body.code, headers['retry-after']], [503, 'store_unavailable', '1']);
});
