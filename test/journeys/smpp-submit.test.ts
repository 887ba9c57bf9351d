import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { encodeGsm7 } from '../../src/wire/text/gsm7.ts';
import { Esme } from '../support/esme.ts';
import { smppLogin, until } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { HandsetWatch } from '../support/handset-watch.ts';

const WINDOW = 5;

let gateway: GatewayProcess;
let handset: HandsetWatch;
let esme: Esme;
before(async () => {
  gateway = await GatewayProcess.start({ settings: { SALLYPORT_SMPP_WINDOW: String(WINDOW) } });
  handset = await HandsetWatch.open(gateway);
  esme = await Esme.bound(gateway, await smppLogin(gateway));
});
after(async () => {
  esme[Symbol.dispose]();
  handset[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
});

const ucs2 = (text: string) => Buffer.from(text, 'utf16le').swap16();
const texts = [
  {
    coding: 0,
    octets: encodeGsm7('Größe: 5 € [neu]')!,
    text: 'Größe: 5 € [neu]',
    name: 'GSM 7-bit with its extension',
  },
  { coding: 8, octets: ucs2('Привет 😀'), text: 'Привет 😀', name: 'UCS-2' },
  { coding: 3, octets: Buffer.from('déjà vu à Málaga', 'latin1'), text: 'déjà vu à Málaga', name: 'Latin-1' },
  { coding: 1, octets: Buffer.from('plain {ASCII}'), text: 'plain {ASCII}', name: 'ASCII' },
];
for (const { coding, octets, text, name } of texts) {
  test(`a text in ${name} reaches the handset as it was written`, async () => {
    await esme.submitted({ data_coding: coding, short_message: octets });
    assert.deepEqual(await handset.shows(), { from: '10666', to: '+12025550143', text });
  });
}

test('a long text in message_payload is cut, and arrives whole', async () => {
  const text = 'All of it. '.repeat(60);
  const sequence = esme.submits({ short_message: '' }, { message_payload: Buffer.from(text) });
  const { fields } = await esme.hears('submit_sm_resp', { status: 0, sequence });
  assert.equal((await handset.shows()).text, text);
  const { body } = await gateway.control('GET', `/v1/accounts/sandbox/messages/${fields.message_id}`);
  assert.equal((body as { segments: number }).segments, Math.ceil(text.length / 153));
});

/** One of two parts of a text, behind the header that joins them. */
const part = (number: number, text: string) =>
  Buffer.concat([Buffer.from([0x05, 0x00, 0x03, 0x2a, 2, number]), ucs2(text)]);

test('parts that the application cut itself are joined at the handset', async () => {
  await esme.submitted({ esm_class: 0x40, data_coding: 8, short_message: part(1, 'Первая ') });
  await esme.submitted({ esm_class: 0x40, data_coding: 8, short_message: part(2, 'вторая') });
  assert.equal((await handset.shows()).text, 'Первая вторая');
});

const inAnHour = '000000010000000R';
const refused = [
  { name: 'a datagram', fields: { esm_class: 0x01 }, status: 0x43 },
  { name: 'a delivery receipt from an application', fields: { esm_class: 0x04 }, status: 0x43 },
  { name: 'a reply path', fields: { esm_class: 0x80 }, status: 0x43 },
  { name: 'a protocol_id', fields: { protocol_id: 0x41 }, status: 0x45 },
  { name: 'a replacement that is no flag', fields: { replace_if_present_flag: 2 }, status: 0x54 },
  { name: 'a predefined message', fields: { sm_default_msg_id: 1 }, status: 0x63 },
  { name: 'a schedule that is no time', fields: { schedule_delivery_time: 'tomorrow' }, status: 0x61 },
  { name: 'a schedule in a month that is not', fields: { schedule_delivery_time: '271301120000000+' }, status: 0x61 },
  { name: 'a schedule beyond what is kept', fields: { schedule_delivery_time: '010000000000000R' }, status: 0x61 },
  { name: 'a schedule in the past', fields: { schedule_delivery_time: '200101120000000+' }, status: 0x61 },
  { name: 'a validity that is no time', fields: { validity_period: 'x' }, status: 0x62 },
  { name: 'a validity that has ended', fields: { validity_period: '200101120000000+' }, status: 0x62 },
  {
    name: 'a validity that ends before the schedule',
    fields: { schedule_delivery_time: '000000020000000R', validity_period: inAnHour },
    status: 0x62,
  },
  { name: 'an impossible number', fields: { destination_addr: '123' }, status: 0x0b },
  { name: 'no number', fields: { destination_addr: '' }, status: 0x0b },
  { name: 'a sender of others', fields: { source_addr: '99999' }, status: 0x0a },
  { name: 'a sender that is none', fields: { source_addr: '!!' }, status: 0x0a },
  { name: 'an empty text', fields: { short_message: '' }, status: 0x01 },
  { name: 'half a character', fields: { data_coding: 8, short_message: Buffer.from([0x04]) }, status: 0x45 },
  { name: 'an octet that is no GSM 7-bit', fields: { short_message: Buffer.from([0x80]) }, status: 0x45 },
  {
    name: 'a header that does more than join parts',
    fields: { esm_class: 0x40, short_message: Buffer.from([0x06, 0x05, 0x04, 0x0b, 0x84, 0x23, 0xf0, 0x41]) },
    status: 0x45,
  },
];
for (const { name, fields, status } of refused) {
  test(`refused with command_status 0x${status.toString(16)}: ${name}`, async () => {
    await esme.hears('submit_sm_resp', { status, sequence: esme.submits(fields) });
  });
}

test('refused: a payload beside a text, a text beyond the most segments', async () => {
  const payload = { message_payload: Buffer.from('twice') };
  await esme.hears('submit_sm_resp', { status: 0x01, sequence: esme.submits({}, payload) });
  const endless = { message_payload: Buffer.alloc(64_000, 'x') };
  await esme.hears('submit_sm_resp', { status: 0x01, sequence: esme.submits({ short_message: '' }, endless) });
});

test('a schedule is kept: the message waits, and then goes', async () => {
  const id = await esme.submitted({ schedule_delivery_time: '000000000002000R', short_message: 'later' });
  await until(gateway, 'sandbox', id, 'scheduled');
  assert.equal((await handset.shows()).text, 'later');
});

test('a validity is kept: the message expires in time', async () => {
  const id = await esme.submitted({ schedule_delivery_time: inAnHour, validity_period: '000000013000000R' });
  const { body } = await gateway.control('GET', `/v1/accounts/sandbox/messages/${id}`);
  const { acceptedAt, expiresAt } = body as { acceptedAt: string; expiresAt: string };
  assert.equal(Math.round((Date.parse(expiresAt) - Date.parse(acceptedAt)) / 60_000), 90);
});

test('more than the window is answered all the same: one answer for each request, none twice', async () => {
  const sequences = Array.from({ length: 40 * WINDOW }, () => esme.submits());
  const answered = await Promise.all(sequences.map(async () => (await esme.hears('submit_sm_resp')).sequence));
  assert.deepEqual(
    answered.toSorted((a, b) => a - b),
    sequences,
  );
  assert.deepEqual(
    esme.unheard.map(({ command }) => command),
    [],
  );
});
