import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SmppCarrierSettings } from '../../src/carriers/smpp/settings.ts';
import { eachTest } from '../support/hooks.ts';
import type { ScriptedSmsc, Submit } from '../support/scripted-smsc.ts';
import { followRules, handIn, RESPONSE_SECONDS, SmppCarrier, WINDOW } from '../support/smpp-carrier.ts';
import { carrierContract, partFor } from './carrier-contract.ts';

/** All ways to bind that change how a link works. */
const ways: Readonly<Record<string, Partial<SmppCarrierSettings>>> = {
  'one transceiver': {},
  'a transmitter and a receiver': { mode: 'transmitter+receiver' },
  'three transceivers': { bindCount: 3 },
  'two transmitters and two receivers of SMPP 5.0': {
    mode: 'transmitter+receiver',
    bindCount: 2,
    interfaceVersion: '5.0',
  },
  'a transceiver of SMPP 3.3': { interfaceVersion: '3.3' },
};

for (const [way, settings] of Object.entries(ways)) {
  carrierContract(`SMPP, ${way}`, async () => {
    const carrier = await SmppCarrier.make({ settings });
    const { link, heard, clock, smsc } = carrier;
    const binds = settings.bindCount ?? 1;
    followRules(smsc);
    return {
      link,
      heard,
      binds,
      window: WINDOW * binds,
      responseMs: RESPONSE_SECONDS * 1000,
      pass: (ms) => clock.advance(ms),
      until: (holds) => heard.until(holds),
      write: async (from, to, text) => {
        await heard.until(() => link.status === 'bound');
        return handIn(smsc.receiver, from, to, text);
      },
      [Symbol.asyncDispose]: () => carrier[Symbol.asyncDispose](),
    };
  });
}

const DELIVERED = 2;
const RECEIPT = 0x04;
const INTERMEDIATE = 0x20;
const each = eachTest();
const bound = async () => each.taken.use(await SmppCarrier.bound());

test('a bind names who we are, and a submit_sm carries the part as it is', async () => {
  const { link, smsc } = await bound();
  const [bind] = smsc.heardOf('bind_transceiver');
  assert.ok(bind?.command === 'bind_transceiver');
  const { system_id, password, interface_version } = bind.fields;
  assert.deepEqual([system_id, password, interface_version], ['sallyport', 'opensesa', 0x34]);
  const octets = Buffer.from([5, 0, 3, 1, 2, 1, 0x41]);
  link.submit(partFor(0, { hasHeader: true, dataCoding: 8, octets }));
  await smsc.until(() => smsc.heardOf('submit_sm').length === 1);
  const [submit] = smsc.heardOf('submit_sm');
  assert.ok(submit?.command === 'submit_sm');
  const { fields } = submit;
  assert.deepEqual([fields.source_addr, fields.source_addr_ton, fields.source_addr_npi], ['12345', 3, 0]);
  assert.deepEqual([fields.destination_addr, fields.dest_addr_ton, fields.dest_addr_npi], ['12025550100', 1, 1]);
  assert.deepEqual([fields.esm_class, fields.data_coding, fields.registered_delivery], [0x40, 8, 1]);
  assert.deepEqual(fields.short_message, octets);
});

test('a dropped connection loses what was not answered, and the link comes back with growing delays', async () => {
  const carrier = await bound();
  const { link, heard, clock, smsc } = carrier;
  smsc.script = { submit: () => {}, bind: () => 0x0d };
  for (let i = 0; i < 3; i++) link.submit(partFor(0));
  await smsc.until(() => smsc.heardOf('submit_sm').length === 3);
  const before = heard.changes;
  smsc.drop();
  await heard.until(() => !link.isUp && heard.changes > before);
  assert.deepEqual(carrier.kinds, ['lost', 'lost', 'lost']);
  assert.equal(link.room, 0);
  assert.match(link.status, /^waiting: /);
  for (const delayMs of [500, 1000, 2000]) {
    const connections = smsc.connectionCount;
    clock.advance(delayMs - 1);
    assert.equal(link.status.split(':')[0], 'waiting');
    clock.advance(1);
    assert.equal(link.status.split(':')[0], 'connecting');
    const changes = heard.changes;
    await heard.until(() => heard.changes > changes);
    assert.equal(smsc.connectionCount, connections + 1);
    assert.equal(link.status, 'waiting: bind refused: ESME_RBINDFAIL');
  }
  smsc.script = {};
  clock.advance(4000);
  await heard.until(() => link.isUp);
  assert.deepEqual([link.room, link.status], [WINDOW, 'bound']);
  clock.advance(20_000);
  smsc.drop();
  await heard.until(() => !link.isUp);
  clock.advance(500);
  await heard.until(() => link.isUp);
});

test('a wrong password shows in the status, and the link keeps trying', async () => {
  const { link, heard, clock, smsc, logged } = each.taken.use(await SmppCarrier.make());
  smsc.script = { bind: () => 0x0e };
  link.start();
  await heard.until(() => heard.changes === 1);
  assert.equal(link.status, 'waiting: bind refused: ESME_RINVPASWD');
  assert.ok(logged.some((line) => line.includes('ESME_RINVPASWD')));
  assert.ok(logged.every((line) => !line.includes('opensesa')));
  smsc.script = {};
  clock.advance(500);
  await heard.until(() => link.isUp);
});

test('an SMSC that does not know bind_transceiver shows in the status', async () => {
  const { link, heard, smsc } = each.taken.use(await SmppCarrier.make());
  smsc.script = { bind: () => null };
  link.start();
  await smsc.until(() => smsc.heardOf('bind_transceiver').length === 1);
  smsc.session.connection.out.genericNack(3, smsc.heard[0]!.sequence);
  await heard.until(() => heard.changes === 1);
  assert.equal(link.status, 'waiting: bind refused: generic_nack');
});

test('nobody listening shows in the status', async () => {
  const { link, heard, smsc } = each.taken.use(await SmppCarrier.make());
  await smsc[Symbol.asyncDispose]();
  link.start();
  await heard.until(() => heard.changes === 1);
  assert.equal(link.status, 'waiting: nothing listens at that address');
});

test('a receipt may say it in TLVs, which go before its text', async () => {
  const { heard, smsc } = await bound();
  const tlvs = { receipted_message_id: 'abc', message_state: DELIVERED };
  const from = { source: '12025550143', destination: '12345', esmClass: RECEIPT };
  const text = 'id:other sub:001 dlvrd:000 submit date:2601010000 done date:2601010000 stat:UNDELIV err:042 text:';
  assert.equal(await smsc.session.deliver({ ...from, text: '' }, tlvs), 0);
  assert.equal(await smsc.session.deliver({ ...from, text }, tlvs), 0);
  assert.equal(await smsc.session.deliver({ ...from, text }), 0);
  const named = { handset: '12025550143', sender: '12345' };
  assert.deepEqual(heard.receipts, [
    { ...named, reference: 'abc', outcome: 'delivered', code: 0 },
    { ...named, reference: 'abc', outcome: 'delivered', code: 42 },
    { ...named, reference: 'other', outcome: 'undelivered', code: 42 },
  ]);
});

test('an intermediate notification is a receipt that ends nothing', async () => {
  const { heard, smsc } = await bound();
  const tlvs = { receipted_message_id: 'abc', message_state: 1 };
  await smsc.session.deliver({ source: '12025550143', destination: '12345', esmClass: INTERMEDIATE }, tlvs);
  assert.deepEqual(
    heard.receipts.map(({ outcome }) => outcome),
    ['underway'],
  );
});

test('a receipt that names nothing is answered and dropped', async () => {
  const { heard, smsc, logged } = await bound();
  assert.equal(await smsc.session.deliver({ source: '12025550143', esmClass: RECEIPT, text: 'hello' }), 0);
  assert.deepEqual(heard.order, []);
  assert.ok(logged.some((line) => line.includes('receipt_unreadable')));
});

test('what is not kept is answered with ESME_RX_T_APPN', async () => {
  const { heard, smsc } = await bound();
  heard.keep = () => false;
  const tlvs = { receipted_message_id: 'abc', message_state: DELIVERED };
  const about = { source: '12025550143', destination: '12345' };
  assert.equal(await smsc.session.deliver({ ...about, esmClass: RECEIPT }, tlvs), 0x64);
  assert.equal(await smsc.session.deliver({ ...about, text: 'STOP' }), 0x64);
});

test('a submit_sm_resp without message_id leaves in doubt what it answers', async () => {
  const carrier = await bound();
  carrier.smsc.script = { submit: (submit, session) => session.answer(submit, '') };
  carrier.link.submit(partFor(0));
  await carrier.heard.until(() => carrier.heard.reported.length === 1);
  assert.deepEqual(carrier.kinds, ['lost']);
});

test('a generic_nack refuses the submit_sm it answers', async () => {
  const { link, heard, smsc } = await bound();
  smsc.script = { submit: ({ sequence }, { connection }) => connection.out.genericNack(2, sequence) };
  link.submit(partFor(0));
  await heard.until(() => heard.reported.length === 1);
  assert.deepEqual(heard.reported[0]?.result, { kind: 'refused', code: 2, next: 'other route' });
  assert.equal(link.room, WINDOW);
});

const late: readonly [name: string, code: number, refuse: (smsc: ScriptedSmsc, submit: Submit) => void][] = [
  ['refusal', 0x45, ({ session }, submit) => session.refuse(submit, 0x45)],
  ['generic_nack', 0x02, ({ session }, { sequence }) => session.connection.out.genericNack(0x02, sequence)],
];
for (const [name, code, refuse] of late) {
  test(`a ${name} that comes after its part was lost is told, once`, async () => {
    const carrier = await bound();
    const { link, heard, clock, smsc } = carrier;
    smsc.script = { submit: () => {} };
    link.submit(partFor(0));
    await smsc.until(() => smsc.heardOf('submit_sm').length === 1);
    clock.advance((RESPONSE_SECONDS + 2) * 1000);
    const [submit] = smsc.heardOf('submit_sm');
    assert.ok(submit?.command === 'submit_sm');
    refuse(smsc, submit);
    refuse(smsc, submit);
    await handIn(smsc.session, '12025550143', '12345', 'the link has read the answer when it has read this');
    assert.deepEqual(carrier.kinds, ['lost']);
    assert.deepEqual(
      heard.refusedLater.map((later) => later.code),
      [code],
    );
  });
}

test('an answer that comes after its part was lost still tells its id, once', async () => {
  const carrier = await bound();
  const { link, heard, clock, smsc } = carrier;
  smsc.script = { submit: () => {} };
  link.submit(partFor(0));
  await smsc.until(() => smsc.heardOf('submit_sm').length === 1);
  clock.advance((RESPONSE_SECONDS + 2) * 1000);
  assert.deepEqual(carrier.kinds, ['lost']);
  const [submit] = smsc.heardOf('submit_sm');
  assert.ok(submit?.command === 'submit_sm');
  smsc.session.answer(submit, 'late');
  smsc.session.answer(submit, 'late');
  await handIn(smsc.session, '12025550143', '12345', 'the link has read the answer when it has read this');
  assert.deepEqual(carrier.kinds, ['lost']);
  assert.deepEqual(
    heard.late.map(({ reference }) => reference),
    ['late'],
  );
  assert.equal(link.room, WINDOW);
  assert.equal(heard.inbounds.length, 1);
});
