import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Esme } from '../support/esme.ts';
import { until } from '../support/gateway-credentials.ts';
import type { Submit } from '../support/scripted-smsc.ts';
import { SmscGateway } from '../support/smsc-gateway.ts';

const SYSTEM_ERROR = 0x08;
const kinds = ['binary', 'replace', 'callback'];
const message = { protocol_id: 0x42, data_coding: 4, short_message: Buffer.of(0, 0xff, 1) };
const vendor = { tag: 0x1400, value: Buffer.from('1001234567890123456') };
const tlvs = { callback_num: [Buffer.of(1, 1, 1, 0x31)], unknown: [vendor] };

let both: SmscGateway;
before(async () => {
  both = await SmscGateway.start();
});
after(() => both[Symbol.asyncDispose]());

function isUnchanged({ fields, tlvs: found }: Submit): void {
  const { protocol_id, data_coding, short_message } = fields;
  assert.deepEqual({ protocol_id, data_coding, short_message }, message);
  assert.deepEqual(found, tlvs);
}

test('what goes with a message is there when it is tried again, also by a gateway that was killed meanwhile', async () => {
  using esme = await Esme.bound(both.gateway, await both.login({ kinds }));
  both.smsc.script = { submit: (submit, session) => session.refuse(submit, SYSTEM_ERROR) };
  const count = both.smsc.heardOf('submit_sm').length;
  const id = await esme.submitted(message, tlvs);
  isUnchanged(await both.submit(count));
  await until(both.gateway, 'sandbox', id, 'retrying');
  both.smsc.script = {};
  await both.killAndStart();
  isUnchanged(await both.submit(count + 1));
  await until(both.gateway, 'sandbox', id, 'sent');
});

test('and when it waited for its time in the store', async () => {
  using esme = await Esme.bound(both.gateway, await both.login({ kinds }));
  const count = both.smsc.heardOf('submit_sm').length;
  await esme.submitted({ ...message, schedule_delivery_time: '000000000002000R' }, tlvs);
  await both.stopAndStart();
  isUnchanged(await both.submit(count));
});

test('refused: parameters that have no place in a message, are wrong, are missing beside others, or are too many', async () => {
  using esme = await Esme.bound(both.gateway, await both.login());
  const sar = { sar_msg_ref_num: 1, sar_total_segments: 2, sar_segment_seqnum: 1 };
  const cases = [
    { status: 0xc1, with: { message_state: 2 } },
    { status: 0xc1, with: { dest_node_id: Buffer.alloc(6) } },
    { status: 0xc1, with: { receipted_message_id: 'forged' } },
    { status: 0xc3, with: { sar_msg_ref_num: 1, sar_total_segments: 2 } },
    { status: 0xc3, with: { sar_segment_seqnum: 1 } },
    { status: 0xc4, with: { ...sar, sar_segment_seqnum: 3 } },
    { status: 0xc4, with: { ...sar, sar_segment_seqnum: 0 } },
    { status: 0xc4, with: { ...sar, sar_total_segments: 0 } },
    { status: 0xc4, with: { unknown: [{ tag: 0x0201, value: Buffer.of(1, 2) }] } },
    { status: 0xc2, with: { unknown: [{ tag: 0x1400, value: Buffer.alloc(1021) }] } },
  ];
  for (const { status, with: wrong } of cases) {
    await esme.hears('submit_sm_resp', { status, sequence: esme.submits({}, wrong) });
  }
  const most = { unknown: [{ tag: 0x1400, value: Buffer.alloc(1020) }] };
  await esme.submitted({}, most);
});

test('a part that is numbered by TLVs reaches the carrier behind a header', async () => {
  using esme = await Esme.bound(both.gateway, await both.login());
  const count = both.smsc.heardOf('submit_sm').length;
  const sar = { sar_msg_ref_num: 0x1234, sar_total_segments: 2, sar_segment_seqnum: 2 };
  await esme.submitted({ short_message: 'second' }, sar);
  const { fields, tlvs: found } = await both.submit(count);
  assert.equal(fields.esm_class, 0x40);
  assert.deepEqual(fields.short_message, Buffer.concat([Buffer.of(5, 0, 3, 0x34, 2, 2), Buffer.from('second')]));
  assert.deepEqual(found, {});
});
