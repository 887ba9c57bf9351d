import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Esme } from '../support/esme.ts';
import { apiKey, smppLogin, until } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

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
