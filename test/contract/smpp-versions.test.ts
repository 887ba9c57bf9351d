import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Credential } from '../../src/access/index.ts';
import type { Notice, Told } from '../../src/messages/index.ts';
import { Esme } from '../support/esme.ts';
import { SmppDoorStage, settled } from '../support/smpp-door-stage.ts';

const THROTTLED = 0x58;
const WRONG_LENGTH = 0x02;
const BROKEN_TLVS = 0xc0;

let stage: SmppDoorStage;
beforeEach(async () => {
  stage = await SmppDoorStage.open({ window: 10 });
});
afterEach(() => stage[Symbol.asyncDispose]());

type Mode = 'transceiver' | 'receiver' | 'transmitter';

async function binds(esme: Esme, version: number, mode: Mode = 'transceiver', login = stage.login()) {
  const { systemId, password } = login;
  esme.sends(`bind_${mode}`, { system_id: systemId, password, interface_version: version });
  return (await esme.hears(`bind_${mode}_resp`)).tlvs.sc_interface_version ?? null;
}

const bindings = [
  { said: 0x00, mode: 'transmitter', answered: null },
  { said: 0x33, mode: 'receiver', answered: null },
  // A transceiver came with 3.4: who binds as one knows it, whatever it says.
  { said: 0x00, mode: 'transceiver', answered: 0x34 },
  { said: 0x33, mode: 'transceiver', answered: 0x34 },
  { said: 0x34, mode: 'transmitter', answered: 0x34 },
  { said: 0x35, mode: 'transceiver', answered: 0x34 },
  { said: 0x50, mode: 'transceiver', answered: 0x50 },
] as const;
for (const { said, mode, answered } of bindings) {
  const words = answered === null ? 'without TLVs' : `with 0x${answered.toString(16)}`;
  test(`a ${mode} that says 0x${said.toString(16)} is answered ${words}`, async () => {
    using esme = await Esme.plain(stage);
    assert.equal(await binds(esme, said, mode), answered);
  });
}

for (const { version, hasTlvs } of [
  { version: 0x33, hasTlvs: false },
  { version: 0x34, hasTlvs: true },
  { version: 0x50, hasTlvs: true },
]) {
  test(`a receipt to 0x${version.toString(16)} has ${hasTlvs ? 'its' : 'no'} TLVs`, async () => {
    const login = stage.login();
    using esme = await Esme.plain(stage);
    await binds(esme, version, 'receiver', login);
    stage.door.tell(stage.notice(login.credential), () => {});
    const { tlvs, fields } = await esme.hears('deliver_sm');
    assert.match(fields.short_message.toString(), /^id:[0-9a-f-]{36} .* stat:DELIVRD/);
    assert.equal(tlvs.message_state, hasTlvs ? 2 : undefined);
  });
}

/** A message from a handset, for a credential, with a TLV of 5.0 and one of a vendor. */
function inbound(credential: Credential, about: { octets: Buffer; dataCoding?: number; hasHeader?: boolean }): Notice {
  const tlvs = Buffer.from('06110001011400000141', 'hex');
  const content = { dataCoding: 0, hasHeader: false, protocolId: 0, tlvs, ...about };
  return { ...stage.notice(credential), state: 'received', content };
}

async function hearsParts(esme: Esme, total: number) {
  const parts = [];
  while (parts.length < total) parts.push(await esme.hears('deliver_sm'));
  return parts;
}

const long = Buffer.alloc(400, 'x');
const turkish = Buffer.concat([Buffer.from('03240101', 'hex'), long]);
for (const { name, octets, hasHeader, elements } of [
  { name: 'a long message', octets: long, hasHeader: false, elements: '' },
  { name: 'one with a header of its own', octets: turkish, hasHeader: true, elements: '240101' },
]) {
  test(`${name} is told in parts to 0x33, without TLVs, and is taken when all of them are`, async () => {
    const login = stage.login();
    using esme = await Esme.plain(stage);
    await binds(esme, 0x33, 'receiver', login);
    const told: Told[] = [];
    stage.door.tell(inbound(login.credential, { octets, hasHeader }), (answer) => told.push(answer));
    const parts = await hearsParts(esme, 3);
    const texts = parts.map(({ fields, tlvs }, at) => {
      const { short_message: text, esm_class: esmClass } = fields;
      const header = text.subarray(0, 1 + text[0]!);
      assert.deepEqual([esmClass, tlvs], [0x40, {}]);
      assert.equal(header.toString('hex', 1, 3), '0003');
      assert.deepEqual([header[4], header[5], header.toString('hex', 6)], [3, at + 1, elements]);
      return text.subarray(header.length);
    });
    assert.deepEqual(Buffer.concat(texts), long);
    for (const { sequence } of parts) {
      assert.deepEqual(told, []);
      esme.sends('deliver_sm_resp', {}, { sequence });
      await esme.hears('enquire_link_resp', { sequence: esme.sends('enquire_link') });
    }
    assert.deepEqual(told, ['taken']);
  });
}

test('a long message of which 0x33 refuses a part is not taken, and its parts have the same number when told again', async () => {
  const login = stage.login();
  using esme = await Esme.plain(stage);
  await binds(esme, 0x33, 'receiver', login);
  const notice = inbound(login.credential, { octets: long });
  const told: Told[] = [];
  const references = [];
  for (const status of [THROTTLED, 0]) {
    stage.door.tell(notice, (answer) => told.push(answer));
    for (const { sequence, fields } of await hearsParts(esme, 3)) {
      references.push(fields.short_message[3]);
      esme.sends('deliver_sm_resp', {}, { sequence, status: fields.short_message[5] === 2 ? status : 0 });
    }
    await esme.hears('enquire_link_resp', { sequence: esme.sends('enquire_link') });
  }
  assert.deepEqual(told, ['refused', 'taken']);
  assert.equal(new Set(references).size, 1);
});

const headed = (elements: number, text: number) =>
  Buffer.concat([Buffer.of(elements + 2, 0x70, elements), Buffer.alloc(elements + text)]);
for (const { name, octets, hasHeader } of [
  { name: 'cannot be cut into so many parts', octets: Buffer.alloc(40_000), hasHeader: false },
  { name: 'has a header that leaves its parts no room', octets: headed(100, 300), hasHeader: true },
]) {
  test(`a message that ${name} goes whole to 0x33 all the same`, async () => {
    const login = stage.login();
    using esme = await Esme.plain(stage);
    await binds(esme, 0x33, 'receiver', login);
    stage.door.tell(inbound(login.credential, { octets, hasHeader, dataCoding: 4 }), () => {});
    assert.deepEqual((await esme.hears('deliver_sm')).tlvs, { message_payload: octets });
  });
}

for (const { version, known } of [
  { version: 0x33, known: [] },
  { version: 0x34, known: [0x1400] },
  { version: 0x50, known: [0x0611, 0x1400] },
]) {
  test(`0x${version.toString(16)} is sent the TLVs of a message that it knows`, async () => {
    const login = stage.login();
    using esme = await Esme.plain(stage);
    await binds(esme, version, 'receiver', login);
    stage.door.tell(inbound(login.credential, { octets: Buffer.from('hello') }), () => {});
    const { tlvs } = await esme.hears('deliver_sm');
    const tags = [
      ...(tlvs.dest_addr_np_resolution !== undefined ? [0x0611] : []),
      ...(tlvs.unknown ?? []).map(({ tag }) => tag),
    ];
    assert.deepEqual(tags, known);
  });
}

async function stateOf(esme: Esme): Promise<number | undefined> {
  const sequence = esme.submits();
  return (await esme.hears('submit_sm_resp', { sequence })).tlvs.congestion_state;
}

test('congestion_state is for 5.0 alone, and tells how full window and gateway are', async () => {
  using five = await Esme.plain(stage);
  await binds(five, 0x50);
  using four = await Esme.plain(stage);
  await binds(four, 0x34);
  assert.equal(await stateOf(five), 0);
  stage.fullness = 0.85;
  assert.equal(await stateOf(five), 85);
  assert.equal(await stateOf(four), undefined);
  stage.fullness = 0;
  const held = stage.messages.hold();
  for (let n = 0; n < 6; n++) five.submits();
  while (held.length < 6) await settled();
  held[0]!();
  assert.equal((await five.hears('submit_sm_resp')).tlvs.congestion_state, 40);
});

test('who is over its rate and speaks 5.0 is told that it is congested', async () => {
  using esme = await Esme.plain(stage);
  await binds(esme, 0x50, 'transceiver', stage.login({ messagesPerSecond: 1 }));
  await esme.submitted();
  const { tlvs } = await esme.hears('submit_sm_resp', { status: THROTTLED, sequence: esme.submits() });
  assert.equal(tlvs.congestion_state, 90);
});

for (const { version, status } of [
  { version: 0x33, status: WRONG_LENGTH },
  { version: 0x34, status: BROKEN_TLVS },
]) {
  test(`a status that 0x${version.toString(16)} may not know is told in its words`, async () => {
    using esme = await Esme.plain(stage);
    await binds(esme, version, 'transmitter');
    const sequence = 7;
    const submit = Buffer.from(
      `${'0'.repeat(8)}00000004${'0'.repeat(8)}0000000700000000000000000000000000000000000000020400`,
      'hex',
    );
    submit.writeUInt32BE(submit.length, 0);
    esme.sendsBytes(submit);
    await esme.hears('submit_sm_resp', { status, sequence });
    assert.equal((await stage.logs('smpp_pdu_unreadable')).command, 'submit_sm');
  });
}
