import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { MINUTE_MS, SECOND_MS } from '../../src/base/clock.ts';
import { commands } from '../../src/wire/smpp/commands.ts';
import { Esme } from '../support/esme.ts';
import { SmppDoorStage, settled } from '../support/smpp-door-stage.ts';

const HEADER_BYTES = 16;

let stage: SmppDoorStage;
beforeEach(async () => {
  stage = await SmppDoorStage.open();
});
afterEach(() => stage[Symbol.asyncDispose]());

/** The same PDU so many times, as bytes. */
const flood = (command: number, count: number): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, (_, n) => {
      const pdu = Buffer.alloc(HEADER_BYTES);
      pdu.writeUInt32BE(HEADER_BYTES, 0);
      pdu.writeUInt32BE(command, 4);
      pdu.writeUInt32BE(n + 1, 12);
      return pdu;
    }),
  );

describe('a session has times', () => {
  test('who does not bind is cut off after bindSeconds, and who drips its bind octet by octet too', async () => {
    using idle = await Esme.plain(stage);
    using dripping = await Esme.plain(stage);
    for (let n = 0; n < 12 && stage.events('smpp_bind_overdue').length < 2; n++) {
      dripping.sendsBytes(flood(commands.bind_receiver, 1).subarray(n, n + 1));
      await stage.seconds(1);
    }
    await Promise.all([idle.ended(), dripping.ended()]);
    assert.equal(stage.events('smpp_bind_overdue').length, 2);
  });

  test('a PDU that is begun and not ended in time is cut off, however often an octet comes', async () => {
    using esme = await Esme.bound(stage, stage.login());
    const pdu = flood(commands.enquire_link, 1);
    for (let n = 0; n < 13; n++) {
      esme.sendsBytes(pdu.subarray(n, n + 1));
      await stage.seconds(1);
    }
    await esme.ended();
    assert.equal(stage.events('smpp_slow_pdu').length, 1);
  });

  test('a PDU that takes its time is read where it ends in time', async () => {
    using esme = await Esme.bound(stage, stage.login());
    const pdu = flood(commands.enquire_link, 1);
    for (let at = 0; at < HEADER_BYTES; at += 4) {
      esme.sendsBytes(pdu.subarray(at, at + 4));
      await stage.seconds(2);
    }
    await esme.hears('enquire_link_resp', { sequence: 1 });
  });

  test('a silent peer is asked, and cut off where it does not answer', async () => {
    using esme = await Esme.bound(stage, stage.login());
    await stage.seconds(31);
    esme.sends('enquire_link_resp', {}, { sequence: (await esme.hears('enquire_link')).sequence });
    await settled();
    await stage.seconds(31);
    await esme.hears('enquire_link');
    assert.equal(stage.events('smpp_peer_silent').length, 0);
    await stage.seconds(31);
    await esme.ended();
    assert.equal(stage.events('smpp_peer_silent').length, 1);
  });

  test('a session whose credential has come to its end is unbound', async () => {
    using esme = await Esme.bound(stage, stage.login({}, { lifeMs: 20 * SECOND_MS }));
    using other = await Esme.bound(stage, stage.login());
    await stage.seconds(21);
    await esme.hears('unbind');
    await esme.ended();
    await other.submitted();
    assert.equal(stage.events('smpp_credential_ended').length, 1);
  });

  test('a session whose credential is revoked is unbound, and the others go on', async () => {
    const login = stage.login();
    using esme = await Esme.bound(stage, login);
    using other = await Esme.bound(stage, stage.login());
    stage.revoke(login.credential);
    await esme.hears('unbind');
    await esme.ended();
    await other.submitted();
  });
});

describe('a session that does nothing', () => {
  beforeEach(async () => {
    await stage[Symbol.asyncDispose]();
    stage = await SmppDoorStage.open({ inactivitySeconds: 60 });
  });

  test('is unbound after inactivitySeconds, however often it says that it is there', async () => {
    using idle = await Esme.bound(stage, stage.login());
    using busy = await Esme.bound(stage, stage.login());
    for (let n = 0; n < 7; n++) {
      idle.sends('enquire_link');
      await busy.submitted();
      await stage.seconds(10);
    }
    await idle.hears('unbind');
    assert.equal(stage.events('smpp_inactive').length, 1);
    await busy.submitted();
  });
});

describe('PDUs that do nothing', () => {
  for (const command of [
    'enquire_link',
    'generic_nack',
    'deliver_sm_resp',
    'unbind_resp',
    'submit_multi_resp',
  ] as const) {
    test(`who floods ${command} is read slowly, and cut off after half a minute`, async () => {
      using esme = await Esme.bound(stage, stage.login());
      using bystander = await Esme.bound(stage, stage.login());
      esme.sendsBytes(flood(commands[command], 5000));
      for (let n = 0; n < 60 * 50 && stage.events('smpp_flood').length === 0; n++) {
        stage.clock.advance(20);
        await settled();
      }
      await esme.ended();
      assert.equal(stage.events('smpp_flood').length, 1);
      await bystander.submitted();
    });
  }

  test('a burst of enquire_link is answered, and no trouble', async () => {
    using esme = await Esme.bound(stage, stage.login());
    esme.sendsBytes(flood(commands.enquire_link, 500));
    for (let n = 0; n < 400; n++) {
      stage.clock.advance(20);
      await settled();
    }
    assert.equal(esme.unheard.filter((pdu) => pdu.command === 'enquire_link_resp').length, 500);
    await esme.submitted();
    assert.equal(stage.events('smpp_flood').length, 0);
  });
});

describe('deliver_sm', () => {
  test('that are not answered take no room for ever: one at a time then, and unbound after three silences', async () => {
    const login = stage.login();
    using esme = await Esme.bound(stage, login);
    const told: string[] = [];
    const tell = () => stage.door.tell(stage.notice(login.credential), (how) => told.push(how));
    assert.deepEqual([tell(), tell(), tell()], ['told', 'told', 'told']);
    for (let silence = 0; silence < 3; silence++) {
      esme.sends('enquire_link');
      await stage.seconds(20);
      esme.sends('enquire_link');
      await stage.seconds(11);
      if (silence === 2) break;
      assert.deepEqual([tell(), tell()], ['told', 'full']);
    }
    await esme.hears('unbind');
    await esme.ended();
    assert.equal(stage.events('smpp_never_answers').length, 1);
    await stage.logs('smpp_session_closed');
    assert.deepEqual(told, ['lost', 'lost', 'lost', 'lost', 'lost']);
  });

  test('that are answered 40 minutes late count all the same, and the log says so once', async () => {
    const login = stage.login();
    using esme = await Esme.bound(stage, login);
    const told: string[] = [];
    for (let n = 0; n < 3; n++) stage.door.tell(stage.notice(login.credential), (how) => told.push(how));
    const late = [await esme.hears('deliver_sm'), await esme.hears('deliver_sm'), await esme.hears('deliver_sm')];
    for (let minute = 0; minute < 40; minute++) {
      esme.sends('enquire_link');
      await settled();
      stage.clock.advance(MINUTE_MS / 2);
      esme.sends('enquire_link');
      await settled();
      stage.clock.advance(MINUTE_MS / 2);
    }
    for (const { sequence } of [...late, ...late]) esme.sends('deliver_sm_resp', {}, { sequence });
    await esme.submitted();
    assert.deepEqual(told, ['taken', 'taken', 'taken']);
    assert.deepEqual(
      stage.events('smpp_late_answer').map(({ reason }) => reason),
      ['overdue'],
    );
    assert.equal(
      stage.door.tell(stage.notice(login.credential), () => {}),
      'told',
    );
    assert.equal(
      stage.door.tell(stage.notice(login.credential), () => {}),
      'told',
      'it has room for several again',
    );
  });
});

describe('who is gone', () => {
  test('before its bind is answered is named', async () => {
    const login = stage.login();
    const esme = await Esme.plain(stage);
    esme.sends('bind_transceiver', { system_id: login.systemId, password: login.password });
    esme.socket.resetAndDestroy();
    await stage.logs('smpp_bind_abandoned');
  });

  test('after it has said goodbye is not', async () => {
    using esme = await Esme.bound(stage, stage.login());
    await esme.unbinds();
    await stage.logs('smpp_session_closed');
    assert.equal(stage.events('smpp_bind_abandoned').length, 0);
  });
});

test('bans are logged within the bounds that all has of what peers do wrong', async () => {
  for (let n = 0; n < 2000; n++) stage.banned(`2001:db8:0:${n.toString(16)}::/64`, 900_000);
  const lines = stage.events('smpp_source_banned');
  assert.equal(lines.length, 1000);
  assert.deepEqual([lines[0]!.address, lines[0]!.durationMs], ['2001:db8:0:0::/64', 900_000]);
  await stage.seconds(60);
  assert.equal(stage.events('smpp_log_held_back')[0]!.count, 1000);
});
