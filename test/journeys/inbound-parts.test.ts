import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { PduFields } from '../../src/wire/smpp/pdus.ts';
import type { Tlvs } from '../../src/wire/smpp/tlvs.ts';
import { AccountClient } from '../support/account-client.ts';
import { Esme, HANDSET, SENDER } from '../support/esme.ts';
import { headed } from '../support/inbound-pieces.ts';
import { CARRIER, SmscGateway } from '../support/smsc-gateway.ts';
import { testCertificate } from '../support/test-certificate.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const certificate = testCertificate('127.0.0.1', 'localhost');
const folder = mkdtempSync(join(tmpdir(), 'sallyport-test-parts-'));
const authority = join(folder, 'authority.pem');
writeFileSync(authority, certificate.cert);
const HEADER = 0x40;
const KEPT = 0;

let both: SmscGateway;
let receiver: WebhookReceiver;
let client: AccountClient;
let secret: string;
before(async () => {
  receiver = await WebhookReceiver.open(certificate);
  both = await SmscGateway.start({
    NODE_EXTRA_CA_CERTS: authority,
    SALLYPORT_WEBHOOK_ALLOW_NETWORKS: '127.0.0.0/8',
  });
  client = await AccountClient.open(both.gateway, { capability: { carriers: [CARRIER] } });
  const { body } = await client.put('/v1/webhook', { url: receiver.url });
  secret = body.secret as string;
});
after(async () => {
  client[Symbol.dispose]();
  await both[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

type Fields = Partial<PduFields<'deliver_sm'>>;

interface About {
  readonly to?: string;
  readonly dataCoding?: number;
  readonly esmClass?: number;
  readonly protocolId?: number;
}

const deliver = (octets: Buffer, { to = SENDER, ...about }: About = {}, tlvs?: Tlvs) =>
  both.smsc.session.deliver({ source: HANDSET, destination: to, text: octets, ...about }, tlvs);

const part = (text: string, number: number, total: number, reference: number, to = SENDER) =>
  deliver(headed(text, [number, total, reference]).octets, { to, esmClass: HEADER });

/** The next message that the webhook is told of. */
async function told(): Promise<Record<string, unknown>> {
  const { event } = await receiver.hears(secret);
  assert.equal(event.type, 'message.received');
  return event.data;
}

test('a long message from a handset is told as one text by webhook, and as one deliver_sm', async () => {
  const to = '10771';
  using esme = await Esme.bound(both.gateway, await both.login({ senders: [to] }));
  const texts = ['a'.repeat(150), 'b'.repeat(150), 'c'.repeat(10)];
  for (const at of [2, 0, 1]) assert.equal(await part(texts[at]!, at + 1, 3, 1, to), KEPT);
  const { text, id } = await told();
  assert.equal(text, texts.join(''));
  const { fields, tlvs } = await esme.receives();
  assert.equal(fields.esm_class, 0);
  assert.equal(fields.short_message.length, 0);
  assert.deepEqual(tlvs, { message_payload: Buffer.from(texts.join('')) });
  const { body } = await client.get(`/v1/messages/${String(id)}`);
  assert.deepEqual([body.direction, body.state, body.segments], ['mo', 'received', 3]);
});

const sar = (number: number): Tlvs => ({
  sar_msg_ref_num: 300,
  sar_total_segments: 2,
  sar_segment_seqnum: number,
});

test('parts that a carrier numbers by TLVs make one message too', async () => {
  assert.equal(await deliver(Buffer.from('be'), {}, sar(1)), KEPT);
  assert.equal(await deliver(Buffer.from('side'), {}, sar(2)), KEPT);
  assert.equal((await told()).text, 'beside');
});

test('what a carrier kept its answer for is not lost, and not told twice, by kill -9 between the parts', async () => {
  for (const [at, text] of ['one ', 'two ', 'three '].entries()) {
    assert.equal(await part(text, at + 1, 4, 40), KEPT);
    await both.killAndStart();
  }
  assert.equal(await part('two ', 2, 4, 40), KEPT, 'its answer may have been lost: it comes again');
  assert.equal(await part('four', 4, 4, 40), KEPT);
  assert.equal((await told()).text, 'one two three four');
  await both.killAndStart();
  assert.equal(await part('four', 4, 4, 40), KEPT, 'the same after the message is whole');
  assert.equal(await part('next', 1, 1, 41), KEPT);
  // At the most the same notice again, where the kill came before its answer was on record.
  for (let next = await told(); next.text !== 'next'; next = await told())
    assert.equal(next.text, 'one two three four');
});

test('octets that are no text, and what came with them, reach the application as they are', async () => {
  const to = '10772';
  using esme = await Esme.bound(both.gateway, await both.login({ senders: [to] }));
  const octets = Buffer.from('00ff01fe', 'hex');
  const vendor = { tag: 0x1401, value: Buffer.from('from the carrier') };
  const tlvs: Tlvs = { source_port: 5000, unknown: [vendor] };
  assert.equal(await deliver(octets, { to, dataCoding: 4, protocolId: 0x7f }, tlvs), KEPT);
  const { text, encoding, data, dataCoding } = await told();
  assert.deepEqual(
    { text, encoding, data, dataCoding },
    { text: null, encoding: 'base64', data: 'AP8B/g==', dataCoding: 4 },
  );
  const heard = await esme.receives();
  const { data_coding, protocol_id, short_message }: Fields = heard.fields;
  assert.deepEqual([data_coding, protocol_id, short_message], [4, 0x7f, octets]);
  assert.deepEqual(heard.tlvs, tlvs);
});

test('the same is true of what waited in the store for its application, through a restart', async () => {
  const login = await both.login({ senders: ['10888'] });
  const vendor = { tag: 0x1402, value: Buffer.from('kept') };
  const to = { source: HANDSET, destination: '10888', dataCoding: 4, protocolId: 0x41, text: Buffer.of(1, 2, 3) };
  assert.equal(await both.smsc.session.deliver(to, { unknown: [vendor] }), KEPT);
  await told();
  await both.stopAndStart();
  using esme = await Esme.bound(both.gateway, login);
  const { fields, tlvs } = await esme.receives();
  assert.deepEqual([fields.protocol_id, fields.short_message], [0x41, Buffer.of(1, 2, 3)]);
  assert.deepEqual(tlvs, { unknown: [vendor] });
});

test('a part whose message does not become whole is told alone, and says which part it is', async () => {
  assert.equal(await part('old words', 1, 2, 50), KEPT);
  assert.equal(await part('other words', 1, 2, 50), KEPT);
  const { text, part: place } = await told();
  assert.deepEqual({ text, place }, { text: 'old words', place: { reference: 50, total: 2, number: 1 } });
  assert.equal(await part('and their end', 2, 2, 50), KEPT);
  const whole = await told();
  assert.equal(whole.text, 'other wordsand their end');
  assert.equal('part' in whole, false);
});
