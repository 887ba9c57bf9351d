import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Esme } from '../support/esme.ts';
import { smppLogin, until } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { ScriptedSmsc } from '../support/scripted-smsc.ts';

const SENDER = '72345';
const BACKLOG = 300;
const SYSTEM_ERROR = 0x08;

interface TimelineEntry {
  readonly state: string;
}

/** A gateway with one SMPP carrier, and an application that may send through it. */
async function setUp(): Promise<{
  gateway: GatewayProcess;
  carrier: ScriptedSmsc;
  port: number;
  login: { systemId: string; password: string };
}> {
  const gateway = await GatewayProcess.start();
  const smsc = new ScriptedSmsc();
  const port = await smsc.listen();
  const carrier = {
    kind: 'smpp',
    name: 'smsc',
    host: 'localhost',
    port,
    tls: false,
    systemId: 'gateway',
    password: 'portcull',
  };
  assert.equal((await gateway.control('POST', '/v1/carriers', carrier)).status, 201);
  const login = await smppLogin(gateway, {
    capability: { senders: [SENDER], carriers: ['smsc'], classes: ['transactional'] },
  });
  await smsc.until(() => smsc.heardOf('bind_transceiver').length > 0);
  return { gateway, carrier: smsc, port, login };
}

async function carrierIs(gateway: GatewayProcess, isUp: boolean): Promise<void> {
  for (;;) {
    const { body } = await gateway.control('GET', '/v1/carriers');
    if (
      (body as { carriers: { name: string; isUp: boolean }[] }).carriers.find(({ name }) => name === 'smsc')?.isUp ===
      isUp
    )
      return;
  }
}

async function statesOf(gateway: GatewayProcess, id: string): Promise<string[]> {
  const { body } = await gateway.control('GET', `/v1/accounts/sandbox/messages/${id}`);
  return (body as { timeline: TimelineEntry[] }).timeline.map(({ state }) => state);
}

const textsAt = (smsc: ScriptedSmsc): string[] =>
  smsc
    .heardOf('submit_sm')
    .map((pdu) => ('short_message' in pdu.fields ? pdu.fields.short_message.toString('latin1') : ''));

test('what waited for a carrier that was down leaves once after a kill, and none of it is in doubt', async () => {
  const { gateway, carrier, port, login } = await setUp();
  await using first = gateway;
  await using smsc = carrier;
  await smsc[Symbol.asyncDispose]();
  await carrierIs(first, false);
  using esme = await Esme.bound(first, login);
  const ids: string[] = [];
  for (let at = 0; at < BACKLOG; at++) {
    ids.push(await esme.submitted({ source_addr: SENDER, short_message: `waits ${at}` }));
  }
  await first.kill();

  await using second = await GatewayProcess.start({ dataFolder: first.dataFolder });
  await using again = new ScriptedSmsc();
  await again.listen(port);
  for (const id of ids) await until(second, 'sandbox', id, 'sent');
  assert.deepEqual(textsAt(again).toSorted(), Array.from({ length: BACKLOG }, (_, at) => `waits ${at}`).toSorted());
  for (const id of ids) assert.deepEqual(await statesOf(second, id), ['accepted', 'taken', 'sent']);
});

test('scheduled, retrying and expired messages have their end after a kill', async () => {
  const { gateway, carrier, port, login } = await setUp();
  await using first = gateway;
  await using smsc = carrier;
  await carrierIs(first, true);
  using esme = await Esme.bound(first, login);
  smsc.script = { submit: (submit, session) => session.refuse(submit, SYSTEM_ERROR) };
  const retrying = await esme.submitted({ source_addr: SENDER, short_message: 'retried' });
  await until(first, 'sandbox', retrying, 'retrying');
  const scheduled = await esme.submitted({
    source_addr: SENDER,
    short_message: 'scheduled',
    schedule_delivery_time: '000000000004000R',
  });
  await smsc[Symbol.asyncDispose]();
  await carrierIs(first, false);
  const expired = await esme.submitted({
    source_addr: SENDER,
    short_message: 'expired',
    validity_period: '000000000001000R',
  });
  const { body } = await first.control('GET', `/v1/accounts/sandbox/messages/${expired}`);
  const { expiresAt } = body as { expiresAt: string };
  await first.kill();
  while (Date.now() <= Date.parse(expiresAt)) await new Promise(setImmediate);

  await using second = await GatewayProcess.start({ dataFolder: first.dataFolder });
  await until(second, 'sandbox', expired, 'expired');
  await using again = new ScriptedSmsc();
  await again.listen(port);
  for (const id of [retrying, scheduled]) await until(second, 'sandbox', id, 'sent');
  assert.deepEqual(textsAt(again).toSorted(), ['retried', 'scheduled']);
  for (const id of [retrying, scheduled]) assert.ok(!(await statesOf(second, id)).includes('in_doubt'));
});

test('a message in doubt stays in hand through one kill after the other, until the carrier answers', async () => {
  const { gateway, carrier, login } = await setUp();
  await using first = gateway;
  await using smsc = carrier;
  smsc.script = { submit: () => {} };
  await carrierIs(first, true);
  using esme = await Esme.bound(first, login);
  const message = { source_addr: SENDER, short_message: 'unanswered' };
  const ids = [await esme.submitted(message)];
  ids.push(await esme.submitted({ ...message, schedule_delivery_time: '000000000001000R' }));
  await smsc.until(() => smsc.heardOf('submit_sm').length === 2);
  await first.kill();

  await using second = await GatewayProcess.start({ dataFolder: first.dataFolder });
  await smsc.until(() => smsc.heardOf('submit_sm').length === 4);
  await second.kill();

  smsc.script = {};
  await using third = await GatewayProcess.start({ dataFolder: first.dataFolder });
  for (const id of ids) {
    await until(third, 'sandbox', id, 'sent');
    const doubts = (await statesOf(third, id)).filter((state) => state === 'in_doubt');
    assert.equal(doubts.length, 2);
  }
  assert.equal(textsAt(smsc).length, 6);
});
