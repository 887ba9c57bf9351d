import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Esme } from '../support/esme.ts';
import { apiKey, smppLogin, until } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { RecordReader } from '../support/recorded.ts';

const SYSTEM_ERROR = 0x08;
const MESSAGES = 200;
const message = { to: '+12025550143', from: '10666', text: 'kept' };

/** Sends until an answer has this status, and returns the ids that were accepted on the way. */
async function sendUntil(
  gateway: GatewayProcess,
  key: string,
  status: number,
): Promise<{ ids: string[]; body: unknown }> {
  const ids: string[] = [];
  for (;;) {
    const answer = await gateway.ask('POST', '/v1/messages', message, { key });
    const { id } = answer.body as { id?: string };
    if (id !== undefined) ids.push(id);
    if (answer.status === status) return { ids, body: answer.body };
  }
}

test('what was accepted is kept when the database is killed under load, and the service comes back by itself', async () => {
  await using gateway = await GatewayProcess.start();
  const { key } = await apiKey(gateway);
  using esme = await Esme.bound(gateway, await smppLogin(gateway));
  for (let count = 0; count < MESSAGES; count++) esme.submits();
  await esme.hears('submit_sm_resp', { status: 0 });
  const firstPid = gateway.databasePid;
  process.kill(firstPid, 'SIGKILL');

  const refused = await sendUntil(gateway, key, 503);
  assert.equal((refused.body as { code: string }).code, 'store_unavailable');
  const accepted = await sendUntil(gateway, key, 202);
  assert.notEqual(gateway.databasePid, firstPid);

  const heard = [];
  for (let count = 1; count < MESSAGES; count++) heard.push(await esme.hears('submit_sm_resp', {}));
  const taken = heard.filter(({ status }) => status === 0).map(({ fields }) => fields.message_id);
  const others = new Set(heard.map(({ status }) => status).filter((status) => status !== 0));
  assert.ok(others.size === 0 || others.has(SYSTEM_ERROR), [...others].join(' '));
  for (const id of [...refused.ids, ...accepted.ids, ...taken]) await until(gateway, 'sandbox', id, 'delivered');
});

test('a database that is killed while nothing is under way comes back before anything is asked of it', async () => {
  await using gateway = await GatewayProcess.start();
  const { key } = await apiKey(gateway);
  using esme = await Esme.bound(gateway, await smppLogin(gateway));
  let status = 0;
  // It may be back before we can ask: then it is killed again.
  while (status === 0) {
    process.kill(gateway.databasePid, 'SIGKILL');
    await gateway.logs('store_connection_lost');
    const sequence = esme.submits();
    ({ status } = await esme.hears('submit_sm_resp', { sequence }));
  }
  assert.equal(status, SYSTEM_ERROR);
  const { ids } = await sendUntil(gateway, key, 202);
  await until(gateway, 'sandbox', ids[0]!, 'delivered');
  assert.match(await esme.submitted(), /^[0-9a-f-]{36}$/);
});

test('while the database is killed again and again, what is answered as done, shown or bound is on record', async () => {
  await using gateway = await GatewayProcess.start();
  const { key } = await apiKey(gateway);
  const login = await smppLogin(gateway);
  const { ids } = await sendUntil(gateway, key, 202);
  const counts = { made: 0, shown: 0, bound: 0, refused: 0 };
  const binds = async () => {
    using esme = await Esme.plain(gateway);
    const sequence = esme.sends('bind_transmitter', { system_id: login.systemId, password: login.password });
    const { status } = await esme.hears('bind_transmitter_resp', { sequence });
    assert.ok(status === 0 || status === SYSTEM_ERROR, String(status));
    if (status === 0) counts.bound++;
    else counts.refused++;
  };
  for (let round = 0; round < 3; round++) {
    process.kill(gateway.databasePid, 'SIGKILL');
    for (let isBack = false; !isBack; ) {
      const made = await gateway.control('POST', '/v1/accounts', { name: `round-${round}-${counts.refused}` });
      const shown = await gateway.ask('GET', `/v1/messages/${ids[0]}`, undefined, { key });
      await binds();
      if (made.status === 201) counts.made++;
      if (shown.status === 200) counts.shown++;
      counts.refused += [made, shown].filter(({ status }) => status === 503).length;
      assert.ok(
        [201, 409, 503].includes(made.status) && [200, 503].includes(shown.status),
        `${made.status} ${shown.status}`,
      );
      isBack = made.status !== 503 && shown.status === 200;
    }
  }
  await using record = await RecordReader.open(gateway.dataFolder);
  await record.next();
  const recorded = (what: string) => record.entries.filter((entry) => entry.what === what).length;
  const { body } = await gateway.control('GET', '/v1/accounts');
  assert.equal(recorded('account.made'), (body as { accounts: unknown[] }).accounts.length);
  assert.ok(recorded('message.read') >= counts.shown);
  assert.ok(record.entries.filter(({ about }) => about?.door === 'smpp').length >= counts.bound);
  assert.ok(counts.refused > 0 && counts.made > 0 && counts.shown > 0, JSON.stringify(counts));
});
