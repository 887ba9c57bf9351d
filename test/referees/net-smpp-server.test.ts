import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { GatewayProcess } from '../support/gateway-process.ts';
import { PeerProcess } from '../support/peer-process.ts';
import { TsharkRecorder } from '../support/tshark-recorder.ts';
import { assertTsharkReads } from '../support/tshark-verdict.ts';
import {
  addCarrier,
  addCredential,
  CARRIER,
  curlSends,
  joined,
  LONG_GSM_TEXT,
  LONG_UCS2_TEXT,
  SHORT_CODE,
  whereIs,
} from './stage.ts';

/** Perl's Net::SMPP as the carrier, and curl as the application. */
const stack = new AsyncDisposableStack();
let gateway: GatewayProcess;
let smsc: PeerProcess;
let recorder: TsharkRecorder;
let key = '';

before(async () => {
  smsc = stack.use(new PeerProcess('perl', [join(import.meta.dirname, 'net-smpp-server.pl')]));
  recorder = stack.use(await TsharkRecorder.before(Number((await smsc.event('listening')).port)));
  gateway = stack.use(await GatewayProcess.start());
  await addCarrier(gateway, recorder.port);
  key = (await addCredential(gateway, 'api_key')).secret;
});
after(() => stack.disposeAsync());

let submits = 0;

/** Sends a text, and gives its parts as they arrived, once the gateway has answered their receipts. */
async function send(to: string, text: string, parts: number) {
  const id = await curlSends(gateway, key, to, text);
  const first = submits;
  submits += parts;
  const heard = (await smsc.events('submit_sm', submits)).slice(first);
  const answers = (await smsc.events('deliver_sm_resp', submits)).slice(first);
  assert.deepEqual(
    answers.map(({ status }) => status),
    Array.from({ length: parts }, () => 0),
  );
  return { heard, message: await whereIs(gateway, key, id) };
}

test('the gateway binds as itself, with SMPP 3.4', async () => {
  const { systemId, version } = await smsc.event('bind');
  assert.deepEqual({ systemId, version }, { systemId: 'sallyport', version: 0x34 });
});

test('a message that curl sent arrives with its addresses and text, and its receipt ends it', async () => {
  const { heard, message } = await send('+12025550143', 'Hi @ {home}: 5 €', 1);
  assert.deepEqual(heard, [
    {
      event: 'submit_sm',
      from: SHORT_CODE,
      fromTon: 3,
      fromNpi: 0,
      to: '12025550143',
      toTon: 1,
      toNpi: 1,
      dataCoding: 0,
      registeredDelivery: 1,
      octets: 19,
      header: '',
      text: 'Hi @ {home}: 5 €',
      messageId: 'perl-1',
    },
  ]);
  assert.equal(message.state, 'delivered');
  assert.deepEqual(
    message.timeline.map(({ state }) => state),
    ['accepted', 'sent', 'delivered'],
  );
  assert.ok(message.timeline.some(({ carrier }) => carrier === CARRIER));
});

test('a receipt that says the handset was not reached ends the message so, with the error of the network', async () => {
  const { message } = await send('+12025550149', 'nobody there', 1);
  assert.equal(message.state, 'undelivered');
  assert.equal(message.timeline.at(-1)!.code, 11);
});

test('a receipt that is here before the answer that names its message finds it', async () => {
  const { message } = await send('+12025550148', 'fast', 1);
  assert.equal(message.state, 'delivered');
});

/** Length of the header, concatenation (0), its length. */
const HEADER = '050003';

test('a long message arrives in parts of at most 140 octets of user data, and is delivered when all are', async () => {
  const { heard, message } = await send('+447700900123', LONG_GSM_TEXT, 2);
  assert.equal(joined(heard, HEADER), LONG_GSM_TEXT);
  for (const { dataCoding, octets } of heard) {
    assert.equal(dataCoding, 0);
    assert.ok(Number(octets) <= 6 + 153);
  }
  assert.equal(message.state, 'delivered');
});

test('what the GSM alphabet lacks arrives in UCS-2, and a long one is cut between characters', async () => {
  const short = await send('+447700900124', 'Код 🔑', 1);
  assert.equal(short.heard[0]!.dataCoding, 8);
  assert.equal(short.heard[0]!.text, 'Код 🔑');
  const long = await send('+447700900125', LONG_UCS2_TEXT, 2);
  assert.equal(joined(long.heard, HEADER), LONG_UCS2_TEXT);
  for (const { dataCoding, octets } of long.heard) {
    assert.equal(dataCoding, 8);
    assert.ok(Number(octets) <= 140);
  }
  assert.equal(long.message.state, 'delivered');
});

test('the gateway unbinds when it is stopped, and tshark reads every PDU', async (t) => {
  assert.equal(await gateway.stop(), 0);
  await smsc.event('unbind');
  assert.equal(smsc.eventsSoFar('submit_sm').length, submits, 'nothing is sent twice');
  assert.deepEqual(smsc.eventsSoFar('unexpected'), []);
  const seen = assertTsharkReads(recorder);
  t.diagnostic([...seen].join(', '));
  for (const name of ['bind_transceiver', 'submit_sm', 'deliver_sm', 'unbind']) {
    assert.ok(seen.has(name), name);
    assert.ok(seen.has(`${name}_resp`), `the answer to ${name}`);
  }
});
