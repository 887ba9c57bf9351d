import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { bindModes } from '../../src/access/index.ts';
import { MINUTE_MS, SECOND_MS } from '../../src/base/clock.ts';
import { commands } from '../../src/wire/smpp/commands.ts';
import { Esme } from '../support/esme.ts';
import { SmppDoorStage, settled } from '../support/smpp-door-stage.ts';

const THROTTLED = 0x58;
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

describe('a credential', () => {
  for (const mode of bindModes) {
    test(`that may bind as ${mode} only does that and nothing else`, async () => {
      const login = stage.login({ modes: [mode] });
      for (const other of bindModes) {
        using esme = await Esme.plain(stage);
        await esme.binds(login, `bind_${other}`, other === mode ? 0 : 0x0d);
      }
      await stage.logs('smpp_bind_refused');
      assert.deepEqual(
        stage.events('smpp_bind_refused').map(({ reason }) => reason),
        ['bind_mode_not_allowed', 'bind_mode_not_allowed'],
      );
    });
  }

  test('has the binds it may have and no more, and its place again when one ends', async () => {
    const login = stage.login({ maxBinds: 2 });
    using first = await Esme.bound(stage, login);
    using second = await Esme.bound(stage, login, 'bind_receiver');
    using third = await Esme.plain(stage);
    await third.binds(login, 'bind_transmitter', 0x05);
    await third.ended();
    assert.equal(stage.events('smpp_bind_refused')[0]!.reason, 'bind_limit');
    await first.unbinds();
    using fourth = await Esme.bound(stage, login);
    await fourth.submitted();
    await second.hears('enquire_link_resp', { sequence: second.sends('enquire_link') });
  });

  test('is read no further than its own window goes', async () => {
    using esme = await Esme.bound(stage, stage.login({ window: 3 }));
    const held = stage.messages.hold();
    for (let n = 0; n < 10; n++) esme.submits();
    while (held.length < 3) await settled();
    await settled();
    assert.equal(held.length, 3);
    held[0]!();
    while (held.length < 4) await settled();
    await settled();
    assert.equal(held.length, 4);
  });

  test('is told when it is over its rate, on all its sessions together, and goes on in the next second', async () => {
    const login = stage.login({ messagesPerSecond: 10 });
    using one = await Esme.bound(stage, login);
    using two = await Esme.bound(stage, login);
    for (let n = 0; n < 5; n++) await one.submitted();
    for (let n = 0; n < 5; n++) await two.submitted();
    await one.hears('submit_sm_resp', { status: THROTTLED, sequence: one.submits() });
    await two.hears('submit_sm_resp', { status: THROTTLED, sequence: two.submits() });
    stage.clock.advance(100);
    await one.submitted();
    await two.hears('submit_sm_resp', { status: THROTTLED, sequence: two.submits() });
    stage.clock.advance(SECOND_MS);
    for (let n = 0; n < 10; n++) await two.submitted();
  });

  test('that binds anew has no more for that', async () => {
    const login = stage.login({ messagesPerSecond: 2 });
    using first = await Esme.bound(stage, login);
    await first.submitted();
    await first.submitted();
    await first.unbinds();
    using second = await Esme.bound(stage, login);
    await second.hears('submit_sm_resp', { status: THROTTLED, sequence: second.submits() });
  });

  test('that ignores being throttled is named, and read at its rate and no faster', async () => {
    using esme = await Esme.bound(stage, stage.login({ messagesPerSecond: 20 }));
    const bursts = async (seconds: number) => {
      const before = esme.unheard.length;
      for (let n = 0; n < seconds * 10; n++) {
        for (let more = 0; more < 20; more++) esme.submits();
        stage.clock.advance(100);
        await settled();
      }
      return esme.unheard.slice(before).map((pdu) => pdu.status);
    };
    const told = await bursts(10);
    assert.equal(stage.events('smpp_ignores_throttling').length, 0);
    assert.ok(told.filter((status) => status === THROTTLED).length > 1500, 'at first each is answered');
    await bursts(2);
    assert.equal(stage.events('smpp_ignores_throttling').length, 1);
    const slowed = await bursts(10);
    const [taken, refused] = [0, THROTTLED].map((status) => slowed.filter((one) => one === status).length);
    assert.ok(taken! >= 195 && taken! <= 225, `${taken} in 10 s are the rate`);
    assert.ok(refused! < taken! / 2, `${refused} refusals: it is not read in between`);
  });

  test('that binds for every message is named, and waits for its turn', async () => {
    const login = stage.login();
    for (let n = 0; n < 20; n++) {
      using esme = await Esme.bound(stage, login);
      await esme.submitted();
      await esme.unbinds();
    }
    assert.equal(stage.events('smpp_bind_churn').length, 0);
    using late = await Esme.plain(stage);
    const bound = late.binds(login);
    await stage.logs('smpp_bind_churn');
    assert.equal(late.unheard.length, 0);
    stage.clock.advance(500);
    await bound;
    await late.submitted();
  });

  test('that is revoked while its bind waits for its turn is not bound', async () => {
    const login = stage.login();
    for (let n = 0; n < 20; n++) await (await Esme.bound(stage, login)).unbinds();
    using late = await Esme.plain(stage);
    const bound = late.binds(login, 'bind_transceiver', 0x0e);
    await stage.logs('smpp_bind_churn');
    stage.revoke(login.credential);
    stage.clock.advance(500);
    await bound;
  });
});

describe('connections', () => {
  const limits = { maxConnections: 6, connectionsPerAddress: 4, unboundPerAddress: 2 };
  beforeEach(async () => {
    await stage[Symbol.asyncDispose]();
    stage = await SmppDoorStage.open(limits);
  });

  test('of one address are so many, and fewer of them without a bind, and another address has its own', async () => {
    const [first, second] = [await Esme.plain(stage), await Esme.plain(stage)];
    await (await Esme.plain(stage)).ended();
    assert.equal(stage.events('smpp_unbound_full').length, 1);
    const login = stage.login();
    await first.binds(login);
    await second.binds(login);
    const [third, fourth] = [await Esme.bound(stage, login), await Esme.bound(stage, login)];
    await (await Esme.plain(stage)).ended();
    assert.equal(stage.events('smpp_address_full').length, 1);
    const [fifth, sixth] = [await Esme.plain(stage, '127.0.0.2'), await Esme.plain(stage, '127.0.0.2')];
    await fifth.binds(login);
    await (await Esme.plain(stage, '127.0.0.3')).ended();
    assert.equal(stage.events('smpp_connections_full').length, 1);
    await fifth.unbinds();
    await stage.logs('smpp_session_closed');
    using again = await Esme.plain(stage, '127.0.0.3');
    await again.binds(login);
    for (const esme of [first, second, third, fourth, sixth]) esme[Symbol.dispose]();
  });

  test('over TLS count from before their handshake', async () => {
    const held = [await Esme.overTls(stage), await Esme.plain(stage)];
    await (await Esme.plain({ smppPlainPort: stage.smppTlsPort })).ended();
    assert.equal(stage.events('smpp_unbound_full').length, 1);
    for (const esme of held) esme[Symbol.dispose]();
    while (stage.events('smpp_session_closed').length < 2) await settled();
    using again = await Esme.overTls(stage);
    await again.binds(stage.login());
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
