import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AccountClient } from '../support/account-client.ts';
import { Esme } from '../support/esme.ts';
import { smppLogin } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { ScriptedSmsc } from '../support/scripted-smsc.ts';

const HANDSET = '12025550143';
const SENDER = '54321';
const RECEIPT = 0x04;
const ESME_RX_T_APPN = 0x64;
const capability = { carriers: ['hostile'], senders: [SENDER] };

let gateway: GatewayProcess;
let smsc: ScriptedSmsc;
let client: AccountClient;
before(async () => {
  gateway = await GatewayProcess.start();
  smsc = new ScriptedSmsc();
  const port = await smsc.listen();
  const at = { kind: 'smpp', name: 'hostile', host: '127.0.0.1', port, tls: false };
  const added = await gateway.control('POST', '/v1/carriers', { ...at, systemId: 'gateway', password: 'opensesa' });
  assert.equal(added.status, 201);
  await isBound(1);
  client = await AccountClient.open(gateway, { capability });
});
after(async () => {
  client[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
  await smsc[Symbol.asyncDispose]();
});

/** Once the enquiry has its answer, what was sent before it has been read. */
async function hasRead(): Promise<void> {
  const answers = smsc.heardOf('enquire_link_resp').length;
  smsc.session.connection.out.write('enquire_link', 0, 1_000_000);
  await smsc.until(() => smsc.heardOf('enquire_link_resp').length > answers);
}

async function isBound(times: number): Promise<void> {
  await smsc.until(() => smsc.heardOf('bind_transceiver').length === times);
  await hasRead();
}

const receiptFor = (id: string) =>
  smsc.session.deliver({ source: HANDSET, destination: SENDER, esmClass: RECEIPT, text: `id:${id} stat:DELIVRD` });

test('a message from a handset that is longer than a short_message reaches the session whole', async () => {
  const login = await smppLogin(gateway, { capability: { ...capability, senders: ['54323'] } });
  using esme = await Esme.bound(gateway, login);
  const text = Buffer.alloc(1000, 'long');
  const from = { source: HANDSET, destination: '54323', text: '' };
  assert.equal(await smsc.session.deliver(from, { message_payload: text }), 0);
  const { fields, tlvs } = await esme.receives();
  assert.equal(fields.short_message.length, 0);
  assert.deepEqual(tlvs.message_payload, text);
});

test('an application that reads is not cut off for the long messages that waited for it', async () => {
  const login = await smppLogin(gateway, { capability: { ...capability, senders: ['54322'] } });
  const from = { source: HANDSET, destination: '54322', text: '' };
  const payload = { message_payload: Buffer.alloc(65_000, 'long') };
  for (let round = 0; round < 10; round++) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => smsc.session.deliver(from, payload)));
    assert.deepEqual(new Set(answers), new Set([0]));
  }
  using esme = await Esme.bound(gateway, login);
  for (let n = 0; n < 20; n++) await esme.receives();
  await esme.submitted({ source_addr: '54322' });
});

for (const status of [0x8000_0000, 0xffff_ffff]) {
  test(`a message that is refused with command_status 0x${status.toString(16)} has failed`, async () => {
    smsc.script = { submit: (submit, session) => session.refuse(submit, status) };
    const id = await client.sends({ from: SENDER });
    const { timeline } = await client.until(id, 'failed');
    assert.equal(timeline.at(-1)?.code, 0xff);
  });
}

test('receipts that nobody knows do not keep back one that is in the store', async () => {
  smsc.script = { submit: (submit, session) => session.answer(submit, 'known') };
  const id = await client.sends({ from: SENDER });
  await client.until(id, 'sent');
  await gateway.stop();
  gateway = await GatewayProcess.start({ dataFolder: gateway.dataFolder });
  client[Symbol.dispose]();
  client = client.at(gateway);
  await isBound(2);
  let dropped = 0;
  for (let n = 0; n < 600; n++) void receiptFor(`unknown-${n}`).then((status) => (dropped += status === 0 ? 1 : 0));
  assert.equal(await receiptFor('known'), 0);
  assert.equal(dropped, 0);
  assert.equal((await client.reads(id)).state, 'delivered');
});

test('a gateway that stops gives receipts back that it knows nothing of, and does not wait for them', async () => {
  const answer = receiptFor('never heard of');
  await hasRead();
  assert.equal(await gateway.stop(), 0);
  assert.equal(await answer, ESME_RX_T_APPN);
});
