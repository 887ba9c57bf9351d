import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { statuses } from '../../src/wire/smpp/statuses.ts';
import { parseSmppTime } from '../../src/wire/smpp/times.ts';
import { Esme, HANDSET, receiptWords, SENDER } from '../support/esme.ts';
import { smppLogin, until } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

const IN_AN_HOUR = '000000010000000R';
const { ESME_RINVMSGID, ESME_RQUERYFAIL, ESME_RCANCELFAIL, ESME_RREPLACEFAIL, ESME_RINVDLNAME, ESME_RINVDSTADR } =
  statuses;

let gateway: GatewayProcess;
before(async () => {
  gateway = await GatewayProcess.start();
});
after(() => gateway[Symbol.asyncDispose]());

const bound = async () => Esme.bound(gateway, await smppLogin(gateway));

async function query(esme: Esme, id: string, from = SENDER) {
  const sequence = esme.sends('query_sm', { message_id: id, source_addr: from });
  return (await esme.hears('query_sm_resp', { status: 0, sequence })).fields;
}

test('query_sm tells how far a message has come, and when it came to its end', async () => {
  using esme = await bound();
  const waiting = await esme.submitted({ schedule_delivery_time: IN_AN_HOUR });
  assert.deepEqual(await query(esme, waiting), {
    message_id: waiting,
    final_date: '',
    message_state: 1,
    error_code: 0,
  });
  const delivered = await esme.submitted();
  await until(gateway, 'sandbox', delivered, 'delivered');
  const { final_date: date, ...rest } = await query(esme, delivered);
  assert.deepEqual(rest, { message_id: delivered, message_state: 2, error_code: 0 });
  assert.equal(parseSmppTime(date, 0)?.kind, 'absolute');
  const refused = await esme.submitted({ destination_addr: '12025550194' });
  await until(gateway, 'sandbox', refused, 'failed');
  const end = await query(esme, refused);
  assert.deepEqual([end.message_state, end.error_code], [8, 11]);
});

test('a message of another sender, of another credential, and none at all are answered alike', async () => {
  using esme = await bound();
  using other = await bound();
  const id = await esme.submitted({ schedule_delivery_time: IN_AN_HOUR });
  const unknown = '01995d3c-5f00-7000-8000-000000000001';
  const asked = [
    [other, id, SENDER],
    [esme, id, '99999'],
    [esme, unknown, SENDER],
    [esme, 'no id of ours', SENDER],
  ] as const;
  for (const [who, messageId, from] of asked) {
    const about = { message_id: messageId, source_addr: from };
    for (const command of ['query_sm', 'cancel_sm', 'replace_sm'] as const) {
      const text = command === 'replace_sm' ? { short_message: Buffer.from('stolen') } : {};
      const sequence = who.sends(command, { ...about, ...text });
      await who.hears(`${command}_resp`, { status: ESME_RINVMSGID.value, sequence });
    }
  }
  assert.equal((await query(esme, id)).message_state, 1);
});

test('who may neither read nor cancel is refused in the words of each operation', async () => {
  using esme = await Esme.bound(gateway, await smppLogin(gateway, { capability: { verbs: ['send'] } }));
  const id = await esme.submitted({ schedule_delivery_time: IN_AN_HOUR });
  const about = { message_id: id, source_addr: SENDER };
  const refusals = { query_sm: ESME_RQUERYFAIL, cancel_sm: ESME_RCANCELFAIL, replace_sm: ESME_RREPLACEFAIL } as const;
  for (const [command, { value }] of Object.entries(refusals) as ['query_sm', { value: number }][]) {
    const sequence = esme.sends(command, about);
    await esme.hears(`${command}_resp`, { status: value, sequence });
  }
});

test('cancel_sm stops a message by its id, and its application is told', async () => {
  using esme = await bound();
  const id = await esme.submitted({ schedule_delivery_time: IN_AN_HOUR, registered_delivery: 1 });
  const fields = { message_id: id, source_addr: SENDER, destination_addr: HANDSET };
  await esme.hears('cancel_sm_resp', { status: 0, sequence: esme.sends('cancel_sm', fields) });
  assert.equal(receiptWords(await esme.receives()).stat, 'DELETED');
  const done = await esme.submitted();
  await until(gateway, 'sandbox', done, 'delivered');
  const sequence = esme.sends('cancel_sm', { message_id: done, source_addr: SENDER });
  await esme.hears('cancel_sm_resp', { status: ESME_RCANCELFAIL.value, sequence });
});

test('cancel_sm without an id stops what waits from one address to another, by its service', async () => {
  using esme = await bound();
  const to = '12025550155';
  const later = { destination_addr: to, schedule_delivery_time: IN_AN_HOUR };
  const news = await esme.submitted({ ...later, service_type: 'NEWS' });
  const plain = await esme.submitted(later);
  const between = { source_addr: SENDER, destination_addr: to };
  const ofNews = esme.sends('cancel_sm', { ...between, service_type: 'NEWS' });
  await esme.hears('cancel_sm_resp', { status: 0, sequence: ofNews });
  assert.deepEqual([(await query(esme, news)).message_state, (await query(esme, plain)).message_state], [4, 1]);
  await esme.hears('cancel_sm_resp', { status: 0, sequence: esme.sends('cancel_sm', between) });
  assert.equal((await query(esme, plain)).message_state, 4);
  const again = esme.sends('cancel_sm', between);
  await esme.hears('cancel_sm_resp', { status: ESME_RCANCELFAIL.value, sequence: again });
});

test('replace_sm puts another text, time and receipt in the place of a message that waits', async () => {
  using esme = await bound();
  const id = await esme.submitted({ schedule_delivery_time: IN_AN_HOUR, short_message: 'the first' });
  const later = { message_id: id, source_addr: SENDER, short_message: Buffer.from('the second') };
  await esme.hears('replace_sm_resp', { status: 0, sequence: esme.sends('replace_sm', later) });
  assert.equal((await query(esme, id)).message_state, 1);
  const now = { ...later, schedule_delivery_time: '000000000000000R', registered_delivery: 1 };
  await esme.hears('replace_sm_resp', { status: 0, sequence: esme.sends('replace_sm', now) });
  const receipt = await esme.receives();
  assert.deepEqual([receipt.tlvs.receipted_message_id, receiptWords(receipt).stat], [id, 'DELIVRD']);
  const late = esme.sends('replace_sm', later);
  await esme.hears('replace_sm_resp', { status: ESME_RREPLACEFAIL.value, sequence: late });
});

test('replace_sm with a text in each of two places is refused, and replaces nothing', async () => {
  using esme = await bound();
  const id = await esme.submitted({ schedule_delivery_time: IN_AN_HOUR });
  const fields = { message_id: id, source_addr: SENDER, short_message: Buffer.from('one') };
  const tlvs = { message_payload: Buffer.from('or the other') };
  const sequence = esme.sends('replace_sm', fields, { tlvs });
  await esme.hears('replace_sm_resp', { status: statuses.ESME_RINVMSGLEN.value, sequence });
  const either = esme.sends('replace_sm', { ...fields, short_message: Buffer.alloc(0) }, { tlvs });
  await esme.hears('replace_sm_resp', { status: 0, sequence: either });
});

test('replace_if_present_flag puts a message in the place of one that waits', async () => {
  using esme = await bound();
  const later = { destination_addr: '12025550156', schedule_delivery_time: IN_AN_HOUR };
  const id = await esme.submitted(later);
  assert.equal(await esme.submitted({ ...later, replace_if_present_flag: 1 }), id);
  assert.notEqual(await esme.submitted(later), id);
});

const sme = (to: string) => ({ dest_flag: 1, dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: to }) as const;

test('submit_multi sends to each, and names those that were refused', async () => {
  using esme = await bound();
  const good = ['12025550143', '12025550144', '12025550145'];
  const destinations = [sme('1'), ...good.map(sme), { dest_flag: 2, dl_name: 'friends' } as const, sme(good[0]!)];
  const sequence = esme.sends('submit_multi', {
    source_addr: SENDER,
    dest_address: destinations,
    registered_delivery: 1,
    short_message: Buffer.from('to all of you'),
  });
  const { fields } = await esme.hears('submit_multi_resp', { status: 0, sequence });
  assert.deepEqual(
    new Map(fields.unsuccess_sme.map((one) => [one.destination_addr, one.error_status_code])),
    new Map([
      ['1', ESME_RINVDSTADR.value],
      ['friends', ESME_RINVDLNAME.value],
      [good[0]!, ESME_RINVDSTADR.value],
    ]),
  );
  const receipts = [await esme.receives(), await esme.receives(), await esme.receives()];
  assert.deepEqual(
    receipts.map((receipt) => receipt.fields.source_addr).toSorted((a, b) => a.localeCompare(b)),
    good,
  );
  for (const receipt of receipts) assert.equal(receipt.tlvs.receipted_message_id, fields.message_id);
  assert.equal((await query(esme, fields.message_id)).message_state, 2);
});

test('submit_multi of which nothing is taken is refused as a whole', async () => {
  using esme = await bound();
  const dest = [{ dest_flag: 2, dl_name: 'friends' } as const];
  const sequence = esme.sends('submit_multi', {
    source_addr: SENDER,
    dest_address: dest,
    short_message: Buffer.from('x'),
  });
  await esme.hears('submit_multi_resp', { status: ESME_RINVDLNAME.value, sequence });
});

test('data_sm sends its message_payload, and its receipt comes back', async () => {
  using esme = await bound();
  const fields = { source_addr: SENDER, destination_addr: HANDSET, registered_delivery: 1 };
  const payload = { message_payload: Buffer.from('y'.repeat(300)), user_message_reference: 0xbeef };
  const sequence = esme.sends('data_sm', fields, { tlvs: payload });
  const { message_id: id } = (await esme.hears('data_sm_resp', { status: 0, sequence })).fields;
  const receipt = await esme.receives();
  assert.deepEqual([receipt.tlvs.receipted_message_id, receipt.tlvs.user_message_reference], [id, 0xbeef]);
  const long = esme.sends('data_sm', { ...fields, destination_addr: '1'.repeat(40) }, { tlvs: payload });
  await esme.hears('data_sm_resp', { status: ESME_RINVDSTADR.value, sequence: long });
});

const wishes = [
  { name: 'a priority that is reserved', fields: { priority_flag: 5 }, status: statuses.ESME_RINVPRTFLG },
  {
    name: 'an acknowledgement of the handset',
    fields: { registered_delivery: 4 },
    status: statuses.ESME_RINVREGDLVFLG,
  },
  { name: 'a time that is none', fields: { schedule_delivery_time: '2025' }, status: statuses.ESME_RINVSCHED },
  { name: 'a time long past', fields: { schedule_delivery_time: '200101000000000+' }, status: statuses.ESME_RINVSCHED },
  { name: 'no validity at all', fields: { validity_period: '000000000000000R' }, status: statuses.ESME_RINVEXPIRY },
  { name: 'a validity long past', fields: { validity_period: '200101000000000+' }, status: statuses.ESME_RINVEXPIRY },
  {
    name: 'a validity that ends before it leaves',
    fields: { schedule_delivery_time: '000000020000000R', validity_period: IN_AN_HOUR },
    status: statuses.ESME_RINVEXPIRY,
  },
];
for (const { name, fields, status } of wishes) {
  test(`${name} is refused`, async () => {
    using esme = await bound();
    await esme.hears('submit_sm_resp', { status: status.value, sequence: esme.submits(fields) });
  });
}

test('priorities up to four are taken, and qos_time_to_live goes before validity_period', async () => {
  using esme = await bound();
  await esme.submitted({ priority_flag: 4 });
  const forever = { validity_period: '200101000000000+' };
  await esme.submitted(forever, { qos_time_to_live: 60 });
  const never = esme.submits({}, { qos_time_to_live: 0 });
  await esme.hears('submit_sm_resp', { status: statuses.ESME_RINVEXPIRY.value, sequence: never });
});

const receiptWishes = [
  { asks: 1, delivered: true, refused: true },
  { asks: 2, delivered: false, refused: true },
  { asks: 3, delivered: true, refused: false },
];
for (const { asks, delivered, refused } of receiptWishes) {
  test(`registered_delivery ${asks}: a receipt of ${delivered ? 'success' : ''} ${refused ? 'failure' : ''}`, async () => {
    using esme = await bound();
    const good = await esme.submitted({ registered_delivery: asks, destination_addr: '12025550143' });
    const bad = await esme.submitted({ registered_delivery: asks, destination_addr: '12025550194' });
    await until(gateway, 'sandbox', good, 'delivered');
    await until(gateway, 'sandbox', bad, 'failed');
    const last = await esme.submitted({ registered_delivery: 1, destination_addr: '12025550144' });
    const heard: unknown[] = [];
    for (let id: unknown = null; id !== last; heard.push(id)) id = (await esme.receives()).tlvs.receipted_message_id;
    assert.deepEqual(new Set(heard), new Set([...(delivered ? [good] : []), ...(refused ? [bad] : []), last]));
  });
}
