import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Action, actions } from '../../src/audit/index.ts';
import type { Route } from '../../src/doors/api/index.ts';
import { formatSmppTime } from '../../src/wire/smpp/times.ts';
import { openDoor } from '../support/api-door.ts';
import { Esme } from '../support/esme.ts';
import { apiKey, capability, smppLogin, until } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { logReads } from '../support/log-routes.ts';
import { elsewhere, notOnRecord } from '../support/not-on-record.ts';
import { privacyDeeds } from '../support/privacy-deeds.ts';
import { RecordReader } from '../support/recorded.ts';
import { streamBegun } from '../support/streamed.ts';

const HANDSET = '12025550143';
const OTHER_HANDSET = '12025550177';
const SENDER = '10666';
const TEXT = 'Your parcel waits at the window';
const hello = { to: `+${HANDSET}`, from: SENDER, text: TEXT };
const KEY = 'an idempotency key of somebody';
/** The reason that goes with every request; that of a body counts before it. */
const WHY = 'tried';
const why = { 'sallyport-why': WHY };

let gateway: GatewayProcess;
let record: RecordReader;
let routes: readonly Route[];
let key: string;
const secrets: string[] = [];

before(async () => {
  const door = await openDoor();
  routes = door.api.routes.filter(({ who }) => who !== 'public');
  await door.close();
  gateway = await GatewayProcess.start();
  record = await RecordReader.open(gateway.dataFolder);
  ({ key } = await apiKey(gateway, { capability: { verbs: [...capability.verbs, 'audit'] } }));
  secrets.push(key, gateway.sandboxKey);
  while ((await gateway.control('GET', '/v1/audit-log/checkpoint')).status !== 200);
});
after(async () => {
  await record[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}
type Body = Record<string, unknown>;
/** What must be on record when the step is answered: an action, or that a message was accepted or received. */
type Expected = Action | 'message';
interface Step {
  readonly route: string;
  readonly expects: Expected;
  readonly does: (ask: Ask) => Promise<Answer>;
  /** The name that an operator gave, where it was asked for. */
  readonly by?: string;
  /** The reason that stands in the body, where it is asked for. */
  readonly because?: unknown;
}
/** Asks the way that the route is there for. */
type Ask = (method: string, path: string, body?: unknown) => Promise<Answer>;

const ids: Record<string, string> = {};
const took = (answer: Answer, name: string, field = 'id'): Answer => {
  ids[name] = String((answer.body as Body)[field]);
  return answer;
};
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
const ofApp = (route: string, expects: Expected, does: Step['does']): Step => ({
  route: `app ${route}`,
  expects,
  does,
});
const ofOperator = (route: string, expects: Expected, does: Step['does']): Step => ({
  route: `operator ${route}`,
  expects,
  does,
});
const carrier = {
  kind: 'smpp',
  name: 'spare',
  host: '127.0.0.1',
  port: 2,
  tls: false,
  systemId: 'us',
  password: 'pw-c4rr',
};

const steps: readonly Step[] = [
  ofApp('POST /v1/messages', 'message', async (ask) =>
    took(await ask('POST', '/v1/messages', { ...hello, sendAt: inAnHour() }), 'mine'),
  ),
  ofApp('POST /v1/messages/batch', 'message', (ask) => ask('POST', '/v1/messages/batch', { messages: [hello] })),
  ofApp('GET /v1/messages/{id}', 'message.read', (ask) => ask('GET', `/v1/messages/${ids.mine}`)),
  ofApp('POST /v1/messages/search', 'messages.searched', (ask) =>
    ask('POST', '/v1/messages/search', { recipient: `+${HANDSET}` }),
  ),
  ofApp('POST /v1/messages/{id}/cancel', 'message.cancelled', (ask) => ask('POST', `/v1/messages/${ids.mine}/cancel`)),
  ofApp('PUT /v1/webhook', 'webhook.set', async (ask) => {
    const answer = await ask('PUT', '/v1/webhook', { url: 'https://hooks.example/of?token=t0ps3cret' });
    secrets.push(String((answer.body as Body).secret), 't0ps3cret');
    return answer;
  }),
  ofApp('DELETE /v1/webhook', 'webhook.removed', (ask) => ask('DELETE', '/v1/webhook')),
  ofOperator('POST /v1/accounts', 'account.made', (ask) => ask('POST', '/v1/accounts', { name: 'clinic' })),
  ofOperator('POST /v1/accounts/{account}/messages', 'message', async (ask) =>
    took(await ask('POST', '/v1/accounts/sandbox/messages', { ...hello, sendAt: inAnHour() }), 'ours'),
  ),
  ofOperator('POST /v1/accounts/{account}/messages/batch', 'message', (ask) =>
    ask('POST', '/v1/accounts/sandbox/messages/batch', { messages: [hello] }),
  ),
  ofOperator('GET /v1/accounts/{account}/messages/{id}', 'message.read', (ask) =>
    ask('GET', `/v1/accounts/sandbox/messages/${ids.ours}`),
  ),
  ofOperator('GET /v1/accounts/{account}/messages/{id}/timeline', 'message.read', (ask) =>
    ask('GET', `/v1/accounts/sandbox/messages/${ids.ours}/timeline`),
  ),
  ofOperator('POST /v1/accounts/{account}/messages/search', 'messages.searched', (ask) =>
    ask('POST', '/v1/accounts/sandbox/messages/search', { recipient: `+${HANDSET}` }),
  ),
  ofOperator('POST /v1/accounts/{account}/messages/{id}/cancel', 'message.cancelled', (ask) =>
    ask('POST', `/v1/accounts/sandbox/messages/${ids.ours}/cancel`),
  ),
  ofOperator('POST /v1/keys', 'credential.made', async (ask) => {
    const made = await ask('POST', '/v1/keys', { account: 'clinic', kind: 'api_key', name: 'of Anna', capability });
    secrets.push(String((made.body as Body).secret), 'of Anna');
    return took(made, 'key');
  }),
  ofOperator('POST /v1/keys/{id}/revoke', 'credential.revoked', (ask) => ask('POST', `/v1/keys/${ids.key}/revoke`)),
  ofOperator('POST /v1/carriers', 'carrier.added', (ask) => ask('POST', '/v1/carriers', carrier)),
  ofOperator('PATCH /v1/carriers/{name}', 'carrier.changed', (ask) =>
    ask('PATCH', '/v1/carriers/spare', { isEnabled: false, password: 'pw-n3w' }),
  ),
  ofOperator('GET /v1/carriers/{name}/receipts/unmatched', 'receipts.read', (ask) =>
    ask('GET', '/v1/carriers/spare/receipts/unmatched'),
  ),
  ofOperator('DELETE /v1/carriers/{name}', 'carrier.removed', (ask) => ask('DELETE', '/v1/carriers/spare')),
  ofOperator('POST /v1/routes', 'route.changed', async (ask) =>
    took(await ask('POST', '/v1/routes', { prefix: OTHER_HANDSET, carriers: ['sandbox'] }), 'route'),
  ),
  ofOperator('DELETE /v1/routes/{id}', 'route.changed', (ask) => ask('DELETE', `/v1/routes/${ids.route}`)),
  ofOperator('POST /v1/register/accept', 'register.accepted', (ask) =>
    ask('POST', '/v1/register/accept', { table: 'route' }),
  ),
  ofOperator('GET /v1/receipts/unmatched', 'receipts.read', (ask) => ask('GET', '/v1/receipts/unmatched')),
  ofOperator('POST /v1/vault/rotate', 'key.rotate', (ask) => ask('POST', '/v1/vault/rotate', { account: 'clinic' })),
  ofOperator('POST /v1/vault/compromise', 'key.compromise', (ask) =>
    ask('POST', '/v1/vault/compromise', { account: 'clinic', day: new Date().toISOString().slice(0, 10) }),
  ),
  ofOperator('POST /v1/root-key/rewrap', 'key.rewrap', (ask) => ask('POST', '/v1/root-key/rewrap', { renew: true })),
  ofOperator('POST /v1/root-key/forget', 'key.forget', (ask) => ask('POST', '/v1/root-key/forget', { version: 1 })),
  ofOperator('POST /v1/root-key/passphrase', 'key.passphrase', (ask) =>
    ask('POST', '/v1/root-key/passphrase', { current: null, next: null }),
  ),
  ofOperator('GET /v1/handset/stream', 'handset.watched', () => watched('/v1/handset/stream')),
  ofOperator('GET /v1/audit-log/entries/{index}/stream', 'log.read', () => watched('/v1/audit-log/entries/0/stream')),
  ofOperator('POST /v1/audit-log/verification', 'log.read', () => watched('/v1/audit-log/verification', '{}')),
  ...logReads.map(({ who, route, path }) => ({
    route: `${who} ${route}`,
    expects: 'log.read' as const,
    does: (ask: Ask) => ask('GET', path),
  })),
  ofOperator('POST /v1/handset/messages', 'message', (ask) =>
    ask('POST', '/v1/handset/messages', { from: `+${OTHER_HANDSET}`, to: SENDER, text: TEXT }),
  ),
  ...privacyDeeds(`+${HANDSET}`).map(({ route, action, by, path, body }) => ({
    ...ofOperator(route, action, async (ask) => {
      const done = await ask(route.split(' ')[0]!, path(ids.hold ?? ''), { ...body, by });
      return action === 'hold.asked' ? took(done, 'hold') : done;
    }),
    by,
    because: body.why,
  })),
];

/** Begins to watch, and stops as soon as the answer begins. */
async function watched(path: string, body?: string): Promise<Answer> {
  const status = await streamBegun(gateway.dataFolder, path, { headers: why, ...(body !== undefined && { body }) });
  return { status, body: null };
}

const asks: Readonly<Record<string, Ask>> = {
  app: (method, path, body) =>
    gateway.ask(method, path, body, { key, headers: { ...why, 'idempotency-key': KEY + path } }),
  operator: (method, path, body) => gateway.control(method, path, body, why),
};

const nameOf = ({ who, method, path }: Route) => `${who === 'operator' ? 'operator' : 'app'} ${method} ${path}`;

test('every route is a step of this journey or stands in the list of those that are not on record', () => {
  const known = steps.map(({ route }) => route);
  for (const route of routes) {
    const isExcepted = `${route.method} ${route.path}` in notOnRecord;
    assert.notEqual(known.includes(nameOf(route)), isExcepted, nameOf(route));
  }
  const names = routes.map(nameOf);
  for (const route of known) assert.ok(names.includes(route), route);
  const all = routes.map(({ method, path }) => `${method} ${path}`);
  for (const route of Object.keys(notOnRecord)) assert.ok(all.includes(route), route);
});

for (const { route, expects, does, by = 'local', because = WHY } of steps) {
  test(`${route} is answered when it is on record as ${expects}, and why`, async () => {
    await record.next();
    const [who] = route.split(' ');
    const { status, body } = await does(asks[who!]!);
    assert.ok(status >= 200 && status < 300, `${status} ${JSON.stringify(body)}`);
    const { entries, messages } = await record.next();
    if (expects === 'message') return assert.ok(messages.some(({ state }) => state === 0));
    const [entry] = entries.filter(({ what }) => what === expects);
    assert.ok(entry, JSON.stringify(entries));
    const from = who === 'operator' ? 'control socket' : '127.0.0.1';
    assert.deepEqual([entry.outcome, entry.from, entry.why], ['done', from, because]);
    assert.match(entry.who, who === 'operator' ? new RegExp(`^operator:${by}$`) : /^credential:\d+$/);
  });
}

test('the first request of a day is on record, and the next is not', async () => {
  const fresh = await apiKey(gateway);
  secrets.push(fresh.key);
  await record.next();
  const uses = async () => (await record.next()).entries.filter(({ what }) => what === 'credential.used');
  await Promise.all(Array.from({ length: 3 }, () => gateway.ask('GET', '/v1/webhook', undefined, { key: fresh.key })));
  assert.deepEqual(
    (await uses()).map(({ who, from, about }) => [who, from, about]),
    [[`credential:${fresh.id}`, '127.0.0.1', { door: 'api' }]],
  );
  await gateway.ask('GET', '/v1/webhook', undefined, { key: fresh.key });
  assert.deepEqual(await uses(), []);
});

test('a bind is on record when it is answered, and so is what replaces or stops a message over it', async () => {
  const login = await smppLogin(gateway);
  secrets.push(login.password);
  await record.next();
  using esme = await Esme.bound(gateway, login);
  const who = `credential:${login.id}`;
  const bound = (await record.next()).entries.find(({ what }) => what === 'credential.used');
  assert.deepEqual([bound?.who, bound?.from, bound?.about], [who, '127.0.0.1', { door: 'smpp', mode: 'transceiver' }]);
  const later = { schedule_delivery_time: formatSmppTime(Date.now() + 3_600_000) };
  const id = await esme.submitted({ ...later, short_message: TEXT });
  const about = { message_id: id, source_addr: SENDER };
  const replaced = esme.sends('replace_sm', { ...about, ...later, short_message: Buffer.from(`${TEXT}!`) });
  await esme.hears('replace_sm_resp', { status: 0, sequence: replaced });
  const [replacement] = (await record.next()).entries.filter(({ what }) => what === 'message.replaced');
  assert.deepEqual([replacement?.who, replacement?.on[0]], [who, `message:${id}`]);
  await esme.hears('cancel_sm_resp', { status: 0, sequence: esme.sends('cancel_sm', about) });
  const { entries, messages } = await record.next();
  assert.ok(entries.some((entry) => entry.what === 'message.cancelled' && entry.who === who));
  assert.ok(
    messages.some(({ state, messageId }) => state === 14 && messageId.toString('hex') === id.replaceAll('-', '')),
  );
});

test('refused uses are on record, ten of a source and then their number; a ban is an alarm', async () => {
  await record.next();
  const wrong = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;
  secrets.push(wrong);
  for (let count = 0; count < 15; count++)
    assert.equal((await gateway.ask('GET', '/v1/webhook', undefined, { key: wrong })).status, 401);
  // Who is refused does not wait for the record.
  while (record.entries.filter(({ what }) => what === 'credential.refused').length < 10) await record.next();
  const refused = record.entries.filter(({ what }) => what === 'credential.refused');
  assert.equal(refused.length, 10);
  assert.deepEqual([refused[0]?.outcome, refused[0]?.who], ['credential_invalid', 'nobody']);
  for (let count = 0; count < 5; count++) {
    using esme = await Esme.plain(gateway, '127.0.0.9');
    await esme.binds({ systemId: 'nobody', password: 'guess-9' }, 'bind_transmitter', 0x0e);
  }
  const alarm = await record.until(({ what }) => what === 'alarm.raised');
  assert.deepEqual([alarm.outcome, alarm.on], ['source_banned', ['address:127.0.0.9']]);
});

test('a start and an end are on record, with what was counted of refused uses', async () => {
  const { id } = (await gateway.ask('POST', '/v1/messages', hello, { key })).body as { id: string };
  await until(gateway, 'sandbox', id, 'delivered');
  await record.next();
  await record[Symbol.asyncDispose]();
  const seen = record;
  assert.equal(await gateway.stop(), 0);
  gateway = await GatewayProcess.start({ dataFolder: gateway.dataFolder });
  record = await RecordReader.open(gateway.dataFolder);
  await record.next();
  const runs = record.entries.filter(({ what }) => /^gateway\.(started|stopped)$/.test(what));
  assert.deepEqual(
    runs.map(({ what }) => what),
    ['gateway.started', 'gateway.stopped', 'gateway.started'],
  );
  assert.equal(runs[0]?.about?.settings, runs[2]?.about?.settings);
  assert.match(String(runs[0]?.about?.settings), /^[0-9a-f]{64}$/);
  const counted = record.entries.filter(({ what, outcome }) => what === 'credential.refused' && outcome === 'refused');
  assert.deepEqual(
    counted.map(({ from, about }) => [from, about]),
    [['127.0.0.1', { count: 5 }]],
  );
  assert.ok(record.entries.length > seen.entries.length);
});

test('every action of the table was produced, but for those of other tests', () => {
  const produced = new Set(record.entries.map(({ what }) => what));
  for (const action of Object.keys(actions) as Action[])
    assert.notEqual(produced.has(action), action in elsewhere, action);
});

test('nothing on record is personal data or a secret', () => {
  const words = [
    HANDSET,
    OTHER_HANDSET,
    HANDSET.slice(1),
    OTHER_HANDSET.slice(1),
    TEXT,
    KEY,
    ...'parcel guess-9 pw-c4rr pw-n3w'.split(' '),
  ];
  const numbers = [HANDSET, OTHER_HANDSET].map((digits) => Buffer.from(digits, 'hex').toString('latin1'));
  const all = record.octets.map((entry) => entry.toString('latin1'));
  for (const word of [...words, ...numbers, ...secrets]) {
    assert.notEqual(word, '');
    assert.equal(all.filter((entry) => entry.includes(word)).length, 0);
  }
});
