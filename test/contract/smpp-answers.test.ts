import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type FaultCode, fault, faults } from '../../src/base/fault.ts';
import { handlerOf } from '../../src/doors/smpp/handlers/index.ts';
import { type CommandName, commands, isResponse, responseName } from '../../src/wire/smpp/commands.ts';
import { statuses } from '../../src/wire/smpp/statuses.ts';
import { hasCommand, statusFor, type Version } from '../../src/wire/smpp/version.ts';
import { Esme, HANDSET, SENDER } from '../support/esme.ts';
import { EXAMPLE_ID } from '../support/example-fields.ts';
import { examplePdus } from '../support/examples.ts';
import { SmppDoorStage } from '../support/smpp-door-stage.ts';

/** Requests that open, keep or end the session: they ask for nothing that could be too much. */
const ABOUT_THE_SESSION = ['bind_transmitter', 'bind_receiver', 'bind_transceiver', 'unbind', 'enquire_link'];
const names = Object.keys(commands) as CommandName[];
/** Every request about messages that the door takes. */
const requests = names.filter(
  (name) => handlerOf(commands[name]) && !isResponse(commands[name]) && !ABOUT_THE_SESSION.includes(name),
);

const from = { source_addr: SENDER };
const message = { ...from, destination_addr: HANDSET, short_message: Buffer.from('hello') };
const ofMessage = { message_id: EXAMPLE_ID, ...from };
/** What is asked, in the fewest words. */
const asks: Partial<Record<CommandName, (esme: Esme) => number>> = {
  submit_sm: (esme) => esme.sends('submit_sm', message),
  submit_multi: (esme) => {
    const dest_address = [{ dest_flag: 1, dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: HANDSET }] as const;
    return esme.sends('submit_multi', {
      ...from,
      dest_address: [...dest_address],
      short_message: Buffer.from('hello'),
    });
  },
  data_sm: (esme) => {
    const tlvs = { message_payload: Buffer.from('hello') };
    return esme.sends('data_sm', { ...from, destination_addr: HANDSET }, { tlvs });
  },
  query_sm: (esme) => esme.sends('query_sm', ofMessage),
  cancel_sm: (esme) => esme.sends('cancel_sm', ofMessage),
  replace_sm: (esme) => esme.sends('replace_sm', { ...ofMessage, short_message: Buffer.from('hello') }),
};

let stage: SmppDoorStage;
beforeEach(async () => {
  stage = await SmppDoorStage.open();
});
afterEach(() => stage[Symbol.asyncDispose]());

async function bound(version: Version, login = stage.login()): Promise<Esme> {
  const esme = await Esme.plain(stage);
  const { systemId, password } = login;
  esme.sends('bind_transmitter', { system_id: systemId, password, interface_version: version });
  await esme.hears('bind_transmitter_resp');
  return esme;
}

async function answer(esme: Esme, name: CommandName) {
  const sequence = asks[name]!(esme);
  return esme.hears(responseName(name)!, { sequence });
}

/** Whatever is asked of the river about a message is refused so. */
function refuses(code: FaultCode): void {
  const refusal = () => Promise.resolve(fault(code));
  Object.assign(stage.own, { progress: refusal, cancel: refusal, replace: refusal });
  stage.messages.refusal = fault(code);
}

const done = () => Promise.resolve(null);
const known = { id: Buffer.alloc(16), state: 'sent', doneAtMs: null, code: 0 } as const;
const progress = () => Promise.resolve(known);
/** Whatever is asked of the river about a message is granted. */
const grants = () => Object.assign(stage.own, { progress, cancel: done, replace: done });

test('there is something to ask with every request about messages that the door takes', () => {
  assert.deepEqual(new Set(Object.keys(asks)), new Set(requests));
});

for (const name of requests) {
  test(`${name}: who speaks 5.0 is told the congestion with every answer, and nobody else`, async () => {
    stage.fullness = 0.85;
    using five = await bound(0x50);
    using four = await bound(0x34);
    grants();
    const granted = await answer(five, name);
    assert.deepEqual([granted.status, granted.tlvs.congestion_state], [0, 85]);
    assert.deepEqual((await answer(four, name)).tlvs, {});
    refuses('store_unavailable');
    const refused = await answer(five, name);
    assert.deepEqual([refused.status, refused.tlvs.congestion_state], [faults.store_unavailable.smpp, 85]);
    assert.deepEqual((await answer(four, name)).tlvs, {});
  });

  test(`${name}: who speaks 5.0 and is over its rate is told that it is congested`, async () => {
    grants();
    using esme = await bound(0x50, stage.login({ messagesPerSecond: 1 }));
    await answer(esme, name);
    const { status, tlvs } = await answer(esme, name);
    assert.deepEqual([status, tlvs.congestion_state], [statuses.ESME_RTHROTTLED.value, 90]);
  });

  for (const version of [0x33, 0x34, 0x50] as const) {
    if (!hasCommand(version, commands[name])) continue;
    test(`${name}: whatever the fault, 0x${version.toString(16)} is answered with a status that it knows`, async () => {
      using esme = await bound(version);
      for (const code of Object.keys(faults) as FaultCode[]) {
        refuses(code);
        const { status } = await answer(esme, name);
        assert.notEqual(status, 0);
        assert.equal(status, statusFor(version, status), code);
      }
    });
  }
}

for (const version of [0x33, 0x34] as const) {
  const missing = names.filter((name) => !isResponse(commands[name]) && !hasCommand(version, commands[name]));
  for (const name of missing) {
    test(`${name}: who speaks 0x${version.toString(16)} does not have it, and is told so`, async () => {
      using esme = await bound(version);
      const { fields, tlvs } = examplePdus.find(({ command }) => command === name)!;
      const sequence = esme.sends(name, fields, { tlvs });
      await esme.hears('generic_nack', { status: statuses.ESME_RINVCMDID.value, sequence });
      const { command } = await stage.logs('smpp_command_refused');
      assert.equal(command, name);
      assert.equal(stage.messages.submissions.length, 0);
    });
  }
}

for (const [version, state] of [
  [0x33, 1],
  [0x34, 1],
  [0x50, 0],
] as const) {
  test(`0x${version.toString(16)} is told message_state ${state} of a message that waits for its time`, async () => {
    stage.own.progress = () => Promise.resolve({ ...known, state: 'scheduled' });
    using esme = await bound(version);
    const sequence = esme.sends('query_sm', ofMessage);
    assert.equal((await esme.hears('query_sm_resp', { sequence, status: 0 })).fields.message_state, state);
  });
}
