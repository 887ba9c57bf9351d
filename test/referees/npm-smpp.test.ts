import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { GatewayProcess } from '../support/gateway-process.ts';
import { npmClient, npmSmsc } from '../support/npm-smpp.ts';
import type { PeerProcess } from '../support/peer-process.ts';
import { testCertificate } from '../support/test-certificate.ts';
import { TsharkRecorder } from '../support/tshark-recorder.ts';
import { assertTsharkReads } from '../support/tshark-verdict.ts';
import { addCarrier, addCredential, joined, LONG_GSM_TEXT, LONG_UCS2_TEXT, SHORT_CODE, whereIs } from './stage.ts';

/** The npm package `smpp` on both sides of the gateway. */
const HANDSET = '12025550143';
const RECEIPT = 4;
const WANTS_RECEIPT = 1;
const USER_DATA_HEADER = 0x40;
/** Concatenation (0) and its length, as the package shows a header. */
const HEADER = '0003';

interface Sides {
  readonly gateway: GatewayProcess;
  readonly smsc: PeerProcess;
  readonly esme: PeerProcess;
  /** To ask the API what became of a message. */
  readonly key: string;
}

interface Ways {
  readonly smsc: PeerProcess;
  readonly gateway: GatewayProcess;
  /** Where the gateway finds the SMSC, and the client the gateway. */
  readonly smscPort: number;
  readonly gatewayPort: number;
  readonly isTls: boolean;
}

/** Connects all three. */
async function connect(stack: AsyncDisposableStack, { smsc, gateway, ...ways }: Ways): Promise<Sides> {
  const { isTls: tls } = ways;
  await addCarrier(gateway, ways.smscPort, { host: tls ? 'localhost' : '127.0.0.1', tls });
  const { systemId, secret } = await addCredential(gateway, 'smpp');
  const key = (await addCredential(gateway, 'api_key')).secret;
  const esme = stack.use(npmClient());
  esme.tell({ port: ways.gatewayPort, ca: tls ? gateway.authority : null, systemId, password: secret });
  assert.equal((await esme.event('bind_resp')).status, 0);
  return { gateway, smsc, esme, key };
}

async function sendsAndHearsBack({ gateway, smsc, esme, key }: Sides): Promise<void> {
  const to = { dest_addr_ton: 1, dest_addr_npi: 1, registered_delivery: WANTS_RECEIPT, source_addr: SHORT_CODE };
  const texts = [
    { destination_addr: HANDSET, short_message: 'Grüße @ {5 €}', data_coding: 0 },
    { destination_addr: '12025550149', short_message: 'Код: 🔑', data_coding: 8 },
  ];
  for (const text of texts) esme.tell({ ...to, ...text });
  const arrived = await smsc.events('submit_sm', 2);
  for (const { destination_addr, short_message, data_coding } of texts) {
    const heard = arrived.find((submit) => submit.to === destination_addr)!;
    assert.deepEqual([heard.from, heard.dataCoding, heard.text], [SHORT_CODE, data_coding, short_message]);
  }
  const answers = await esme.events('submit_sm_resp', 2);
  const receipts = await esme.events('deliver_sm', 2);
  for (const receipt of receipts) {
    const isLost = receipt.from === '12025550149';
    assert.deepEqual([receipt.to, receipt.esmClass, receipt.state], [SHORT_CODE, RECEIPT, isLost ? 5 : 2]);
    const id = String(receipt.receiptedId);
    assert.ok(answers.some(({ messageId, status }) => messageId === id && status === 0));
    assert.match(String(receipt.text), new RegExp(`^id:${id} .*stat:${isLost ? 'UNDELIV' : 'DELIVRD'} `));
    assert.equal((await whereIs(gateway, key, id)).state, isLost ? 'undelivered' : 'delivered');
  }
}

/** What handsets send comes to the application whose sender they wrote to; the SMSC is told that it was kept. */
async function handsetsAreHeard({ smsc, esme }: Sides): Promise<void> {
  const answered = smsc.eventsSoFar('deliver_sm_resp').length;
  const heard = esme.eventsSoFar('deliver_sm').length;
  const from = { source_addr: HANDSET, source_addr_ton: 1, source_addr_npi: 1, destination_addr: SHORT_CODE };
  const texts = [
    { short_message: 'Señor, ¿5 €?', data_coding: 0 },
    { short_message: 'Спасибо 🔑', data_coding: 8 },
  ];
  for (const text of texts) smsc.tell({ ...from, ...text });
  const answers = (await smsc.events('deliver_sm_resp', answered + 2)).slice(answered);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [0, 0],
  );
  const messages = (await esme.events('deliver_sm', heard + 2)).slice(heard);
  for (const { short_message, data_coding } of texts) {
    const message = messages.find(({ text }) => text === short_message)!;
    assert.deepEqual([message.from, message.to, message.fromTon], [HANDSET, SHORT_CODE, 1]);
    assert.deepEqual([message.dataCoding, message.esmClass, message.registeredDelivery], [data_coding, 0, 0]);
  }
}

/** Texts of the API that need several SMS, put together again by the headers that the package has read. */
async function longTextsArriveInParts({ gateway, smsc, key }: Sides): Promise<void> {
  for (const text of [LONG_GSM_TEXT, LONG_UCS2_TEXT]) {
    const first = smsc.eventsSoFar('submit_sm').length;
    const answered = smsc.eventsSoFar('deliver_sm_resp').length;
    const message = { to: `+${HANDSET}`, from: SHORT_CODE, text };
    const { body } = await gateway.ask('POST', '/v1/messages', message, { key });
    const { id, segments } = body as { id: string; segments: number };
    assert.equal(segments, 2);
    const parts = (await smsc.events('submit_sm', first + 2)).slice(first);
    assert.equal(joined(parts, HEADER), text);
    for (const { esmClass } of parts) assert.equal(esmClass, USER_DATA_HEADER);
    await smsc.events('deliver_sm_resp', answered + 2);
    assert.equal((await whereIs(gateway, key, id)).state, 'delivered');
  }
}

async function allUnbind({ gateway, smsc, esme }: Sides): Promise<void> {
  esme.tell({ unbind: true });
  assert.equal((await esme.event('unbind_resp')).status, 0);
  await esme.event('closed');
  assert.equal(await gateway.stop(), 0);
  await smsc.event('unbind');
  for (const peer of [esme, smsc]) assert.deepEqual(peer.eventsSoFar('error'), []);
}

async function wholeConversation(t: TestContext, sides: Sides): Promise<void> {
  await t.test('messages arrive, receipts come back', () => sendsAndHearsBack(sides));
  await t.test('messages from handsets arrive', () => handsetsAreHeard(sides));
  await t.test('long texts arrive in parts', () => longTextsArriveInParts(sides));
  await t.test('both sides unbind', () => allUnbind(sides));
}

test('npm smpp on both sides, without TLS; tshark reads every PDU', async (t) => {
  await using stack = new AsyncDisposableStack();
  const smsc = stack.use(npmSmsc());
  const behind = stack.use(await TsharkRecorder.before(Number((await smsc.event('listening')).port)));
  const gateway = stack.use(await GatewayProcess.start());
  const inFront = stack.use(await TsharkRecorder.before(gateway.smppPlainPort));
  const ports = { smscPort: behind.port, gatewayPort: inFront.port };
  await wholeConversation(t, await connect(stack, { smsc, gateway, ...ports, isTls: false }));
  const seen = assertTsharkReads(inFront, behind);
  t.diagnostic([...seen].join(', '));
  for (const name of ['bind_transceiver', 'submit_sm', 'deliver_sm', 'unbind']) {
    assert.ok(seen.has(name), name);
    assert.ok(seen.has(`${name}_resp`), `the answer to ${name}`);
  }
});

test('npm smpp on both sides, over TLS', async (t) => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-npm-smpp-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const { key, cert } = testCertificate('localhost', '127.0.0.1');
  await Promise.all([writeFile(keyFile, key, { mode: 0o600 }), writeFile(certFile, cert)]);

  const smsc = stack.use(npmSmsc(keyFile, certFile));
  const smscPort = Number((await smsc.event('listening')).port);
  // The authority of the SMSC, besides the public ones.
  const gateway = stack.use(await GatewayProcess.start({ settings: { NODE_EXTRA_CA_CERTS: certFile } }));
  const ports = { smscPort, gatewayPort: gateway.smppTlsPort };
  await wholeConversation(t, await connect(stack, { smsc, gateway, ...ports, isTls: true }));
});
