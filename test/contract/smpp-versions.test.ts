import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
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
