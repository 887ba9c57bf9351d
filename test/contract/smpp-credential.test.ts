import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { bindModes, type Refusal } from '../../src/access/index.ts';
import { SECOND_MS } from '../../src/base/clock.ts';
import { type Fault, fault } from '../../src/base/fault.ts';
import { Esme, HANDSET, SENDER } from '../support/esme.ts';
import { SmppDoorStage, settled } from '../support/smpp-door-stage.ts';

const THROTTLED = 0x58;

let stage: SmppDoorStage;
beforeEach(async () => {
  stage = await SmppDoorStage.open();
});
afterEach(() => stage[Symbol.asyncDispose]());

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

  test('is not bound before that is on record, and not at all where it cannot be', async () => {
    const login = stage.login({ maxBinds: 1 });
    const waiting: ((why: Fault | null) => void)[] = [];
    stage.uses.bound = (_credential, _address, _mode, then) => void waiting.push(then);
    using first = await Esme.plain(stage);
    using second = await Esme.plain(stage);
    const binds = [first, second].map((esme) =>
      esme.sends('bind_transmitter', { system_id: login.systemId, password: login.password }),
    );
    while (waiting.length < 2) await settled();
    assert.deepEqual([first.unheard, second.unheard], [[], []]);
    waiting[0]!(fault('store_unavailable'));
    await first.hears('bind_transmitter_resp', { status: 0x08, sequence: binds[0]! });
    waiting[1]!(null);
    await second.hears('bind_transmitter_resp', { status: 0, sequence: binds[1]! });
  });

  test('has no more binds than it may, however many are put on record at once, and each refusal is', async () => {
    const login = stage.login({ maxBinds: 1 });
    const waiting: ((why: Fault | null) => void)[] = [];
    const refusals: Refusal[] = [];
    stage.uses.bound = (_credential, _address, _mode, then) => void waiting.push(then);
    stage.uses.refused = (refusal) => void refusals.push(refusal);
    using first = await Esme.plain(stage);
    using second = await Esme.plain(stage);
    const fields = { system_id: login.systemId, password: login.password };
    for (const esme of [first, second]) esme.sends('bind_transmitter', fields);
    while (waiting.length < 2) await settled();
    for (const then of waiting) then(null);
    const answers = await Promise.all([first, second].map((esme) => esme.hears('bind_transmitter_resp', {})));
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [0, 0x05],
    );
    const { id: credentialId } = login.credential;
    assert.deepEqual(refusals, [{ door: 'smpp', credentialId, address: '127.0.0.1', code: 'bind_limit' }]);
  });

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

  const requests = {
    query_sm: { message_id: 'x', source_addr: SENDER },
    cancel_sm: { message_id: 'x', source_addr: SENDER },
    replace_sm: { message_id: 'x', source_addr: SENDER },
    data_sm: { source_addr: SENDER, destination_addr: '1'.repeat(30) },
    submit_multi: { source_addr: SENDER, dest_address: [{ dest_flag: 2, dl_name: 'all' }] },
  } as const;
  for (const [name, fields] of Object.entries(requests) as [keyof typeof requests, object][]) {
    test(`has its rate for ${name} too, even where nothing comes of it`, async () => {
      using esme = await Esme.bound(stage, stage.login({ messagesPerSecond: 2 }));
      const status = async () => (await esme.hears(`${name}_resp`, { sequence: esme.sends(name, fields) })).status;
      for (let n = 0; n < 2; n++) assert.notEqual(await status(), THROTTLED);
      assert.equal(await status(), THROTTLED);
      await esme.hears('submit_sm_resp', { status: THROTTLED, sequence: esme.submits() });
    });
  }

  test('pays with its rate for each message that a cancel_sm without an id stops', async () => {
    stage.own.cancelWaiting = () => Promise.resolve({ cancelled: 10, refusal: null });
    using esme = await Esme.bound(stage, stage.login({ messagesPerSecond: 5 }));
    const fields = { source_addr: SENDER, destination_addr: HANDSET };
    await esme.hears('cancel_sm_resp', { status: 0, sequence: esme.sends('cancel_sm', fields) });
    await esme.hears('submit_sm_resp', { status: THROTTLED, sequence: esme.submits() });
    stage.clock.advance(SECOND_MS);
    await esme.hears('submit_sm_resp', { status: THROTTLED, sequence: esme.submits() });
    stage.clock.advance(SECOND_MS);
    await esme.submitted();
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

test('where a password cannot be checked, the bind is refused, and the next one is as good as ever', async () => {
  const login = stage.login();
  stage.isShort = true;
  using refused = await Esme.plain(stage);
  await refused.binds(login, 'bind_transceiver', 0x08);
  await refused.ended();
  await stage.logs('smpp_request_failed');
  stage.isShort = false;
  using bound = await Esme.bound(stage, login);
  await bound.submitted();
});

test('who says goodbye again and again while it waits for answers is read more and more slowly', async () => {
  using esme = await Esme.bound(stage, stage.login());
  const held = stage.messages.hold();
  esme.submits();
  while (held.length === 0) await settled();
  for (let n = 0; n < 1000; n++) esme.sends('unbind');
  const answered = () => esme.unheard.filter(({ command }) => command === 'unbind_resp').length;
  while (answered() < 200) await settled();
  for (let turn = 0; turn < 20; turn++) await settled();
  assert.ok(answered() < 210, `${answered()} were answered`);
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
