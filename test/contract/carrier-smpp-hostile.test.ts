import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachTest } from '../support/hooks.ts';
import { SmppCarrier } from '../support/smpp-carrier.ts';
import { partFor } from './carrier-contract.ts';

const each = eachTest();
const bound = async () => each.taken.use(await SmppCarrier.bound());
const FLOOD = 2000;
const RECEIPT = 0x04;

const linesOf = ({ logged }: SmppCarrier, event: string) =>
  logged.map((line) => JSON.parse(line) as { event: string; count?: number }).filter((line) => line.event === event);

/** What was sent before this was answered has been read. */
const hasRead = async ({ smsc }: SmppCarrier) => {
  const answers = smsc.heardOf('enquire_link_resp').length;
  smsc.session.connection.out.write('enquire_link', 0, 9_999_999);
  await smsc.until(() => smsc.heardOf('enquire_link_resp').length > answers);
};

test('answers that nobody waits for do not fill the log', async () => {
  const carrier = await bound();
  const { smsc, clock } = carrier;
  for (let sequence = 1000; sequence < 1000 + FLOOD; sequence++)
    smsc.session.connection.out.submitSmResp(0, sequence, 'x');
  await hasRead(carrier);
  assert.deepEqual(
    linesOf(carrier, 'carrier_answer_unexpected').map(({ count }) => count),
    [1],
  );
  clock.advance(10_000);
  smsc.session.connection.out.submitSmResp(0, 1, 'x');
  await hasRead(carrier);
  assert.deepEqual(
    linesOf(carrier, 'carrier_answer_unexpected').map(({ count }) => count),
    [1, FLOOD],
  );
});

test('receipts that cannot be read are answered, and named in the log once in a while', async () => {
  const carrier = await bound();
  const { smsc, heard } = carrier;
  const about = { source: '12025550143', destination: '12345', esmClass: RECEIPT, text: 'what?' };
  const statuses = await Promise.all(Array.from({ length: FLOOD }, () => smsc.session.deliver(about)));
  assert.deepEqual(new Set(statuses), new Set([0]));
  assert.deepEqual(heard.receipts, []);
  assert.equal(linesOf(carrier, 'receipt_unreadable').length, 1);
});

test('a flood of messages that are not in our keeping yet is held back, and goes on as they are', async () => {
  const carrier = await bound();
  const { smsc, heard } = carrier;
  const answers: ((kept: boolean) => void)[] = [];
  heard.inbound = (_part, answer) => void answers.push(answer);
  const about = { source: '12025550143', destination: '12345', text: 'x' };
  const held = Array.from({ length: 10_000 }, () => smsc.session.deliver(about));
  assert.equal(await smsc.session.deliver(about), 0x64);
  assert.equal(answers.length, 10_000);
  assert.equal(linesOf(carrier, 'carrier_floods').length, 1);
  for (const answer of answers.splice(0)) answer(true);
  assert.deepEqual(new Set(await Promise.all(held)), new Set([0]));
  const next = smsc.session.deliver(about);
  await hasRead(carrier);
  answers[0]!(true);
  assert.equal(await next, 0);
});

test('PDUs out of place are answered as the rules say, and change nothing', async () => {
  const carrier = await bound();
  const { smsc, link, heard } = carrier;
  const { out } = smsc.session.connection;
  out.write('bind_transceiver_resp', 0x0e, 7, {});
  out.write('outbind', 0, 8, { system_id: 'x', password: 'y' });
  out.write('alert_notification', 0, 9, {});
  out.write('query_sm', 0, 10, { message_id: 'x' });
  await smsc.until(() => smsc.heardOf('generic_nack').length >= 1);
  await hasRead(carrier);
  assert.ok(smsc.heardOf('generic_nack').some(({ sequence, status }) => sequence === 10 && status === 0x03));
  assert.ok(smsc.heard.every(({ sequence }) => sequence !== 7 && sequence !== 9));
  assert.equal(link.status, 'bound');
  link.submit(partFor(0));
  await heard.until(() => heard.reported.length === 1);
  assert.equal(heard.reported[0]?.result.kind, 'sent');
});

test('data_sm brings messages and receipts like deliver_sm', async () => {
  const { smsc, heard } = await bound();
  const { out } = smsc.session.connection;
  const about = { source_addr: '12025550143', destination_addr: '12345' };
  const place = { sar_msg_ref_num: 9, sar_total_segments: 2, sar_segment_seqnum: 1 };
  out.write(
    'data_sm',
    0,
    50,
    { ...about, data_coding: 8 },
    { message_payload: Buffer.from('00480069', 'hex'), ...place },
  );
  const receipt = { receipted_message_id: 'abc', message_state: 5, network_error_code: Buffer.of(3, 0, 42) };
  out.write('data_sm', 0, 51, { ...about, esm_class: RECEIPT }, receipt);
  await smsc.until(() => smsc.heardOf('data_sm_resp').length === 2);
  assert.deepEqual(
    smsc.heardOf('data_sm_resp').map(({ sequence, status }) => [sequence, status]),
    [
      [50, 0],
      [51, 0],
    ],
  );
  const [part] = heard.inbounds;
  assert.deepEqual([part?.octets.toString('hex'), part?.dataCoding], ['00480069', 8]);
  assert.deepEqual(part?.place, { reference: 9, total: 2, number: 1 });
  assert.deepEqual(heard.receipts, [
    { reference: 'abc', outcome: 'undelivered', code: 42, handset: '12025550143', sender: '12345' },
  ]);
});

test('a carrier that takes a bind and drops it at once is left alone longer each time', async () => {
  const carrier = await bound();
  const { smsc, heard, link, clock } = carrier;
  const delays: number[] = [];
  for (let drops = 0; drops < 5; drops++) {
    smsc.drop();
    await heard.until(() => link.status.startsWith('waiting'));
    let delayMs = 0;
    for (; link.status.startsWith('waiting'); delayMs += 100) clock.advance(100);
    delays.push(delayMs);
    await heard.until(() => link.isUp);
  }
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000]);
});

test('a carrier that refuses every second message as too fast gets each of them once', async () => {
  const { link, heard, clock, smsc } = await bound();
  const taken: string[] = [];
  let count = 0;
  smsc.script = {
    submit: (submit, session) => {
      if (count++ % 2 === 0) return session.refuse(submit, 0x58);
      taken.push(submit.fields.short_message.toString('latin1'));
      session.answer(submit, `taken ${count}`);
    },
  };
  const texts = Array.from({ length: 40 }, (_, at) => `text ${at}`);
  const waiting = texts.map((text) => partFor(0, { octets: Buffer.from(text) }));
  let handed = 0;
  while (taken.length < texts.length || heard.reported.length < handed) {
    while (link.room > 0 && waiting.length > 0) {
      handed++;
      link.submit(waiting.shift()!);
    }
    await heard.until(() => heard.reported.length === handed);
    for (const { part, result } of heard.reported.splice(0)) if (result.kind === 'refused') waiting.push(part);
    handed = 0;
    clock.advance(1000);
  }
  assert.deepEqual(taken.toSorted(), texts.toSorted());
});
