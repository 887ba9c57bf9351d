import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { statuses } from '../../src/wire/smpp/statuses.ts';
import { Esme } from '../support/esme.ts';
import { logged, smppLogin } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

const [WRONG_PASSWORD, BIND_FAILED, THROTTLED] = [0x0e, 0x0d, 0x58];

let gateway: GatewayProcess;
before(async () => {
  gateway = await GatewayProcess.start({ settings: { SALLYPORT_SMPP_PDU_SECONDS: '1' } });
});
after(() => gateway[Symbol.asyncDispose]());

async function bindsFrom(address: string, login: { systemId: string; password: string }, status: number) {
  const esme = await Esme.plain(gateway, address);
  await esme.binds(login, 'bind_transceiver', status);
  return esme;
}

test('who guesses a password is banned, and neither its owner nor who shares the address is locked out', async () => {
  const login = await smppLogin(gateway);
  const neighbour = await smppLogin(gateway);
  const wrong = { ...login, password: 'guessed' };
  using early = await bindsFrom('127.0.0.66', neighbour, 0);
  for (let guess = 0; guess < 5; guess++) (await bindsFrom('127.0.0.66', wrong, WRONG_PASSWORD))[Symbol.dispose]();
  await logged(gateway, 'smpp_source_banned', { address: '127.0.0.66', durationMs: 900_000 });
  using banned = await bindsFrom('127.0.0.66', wrong, BIND_FAILED);
  await banned.ended();
  await logged(gateway, 'smpp_bind_refused', { reason: 'too_many_failed_binds' });
  using late = await bindsFrom('127.0.0.66', neighbour, 0);
  using owner = await bindsFrom('127.0.0.1', login, 0);
  for (const esme of [early, late, owner]) await esme.submitted();
});

test('an unknown system_id and a wrong password are alike, to the ban', async () => {
  const { systemId } = await smppLogin(gateway);
  for (const [address, name] of [
    ['127.0.0.67', systemId],
    ['127.0.0.68', 'nobody'],
  ] as const) {
    const login = { systemId: name, password: 'guessed' };
    for (let guess = 0; guess < 5; guess++) (await bindsFrom(address, login, WRONG_PASSWORD))[Symbol.dispose]();
    using banned = await bindsFrom(address, login, BIND_FAILED);
    await banned.ended();
  }
});

test('what a credential may do over SMPP is kept with it, shown with its defaults, and held to', async () => {
  const smpp = { modes: ['transmitter'], messagesPerSecond: 1, maxBinds: 1 };
  const wanted = {
    verbs: ['send'],
    senders: ['10666'],
    classes: ['otp'],
    carriers: ['sandbox'],
    networks: ['127.0.0.0/8'],
  };
  const make = (kind: string, capability: object) =>
    gateway.control('POST', '/v1/keys', { account: 'sandbox', kind, name: 'bounded', capability });
  const made = await make('smpp', { ...wanted, smpp });
  const key = made.body as { lookup: string; secret: string; capability: { smpp: object } };
  const defaults = { window: null, tls: 'plain_on_loopback', certificate: null };
  assert.deepEqual(key.capability.smpp, { ...defaults, ...smpp });
  const login = { systemId: key.lookup, password: key.secret };
  using esme = await Esme.bound(gateway, login, 'bind_transmitter');
  using second = await Esme.plain(gateway);
  await second.binds(login, 'bind_transmitter', 0x05);
  const heard = new Set<number>();
  while (!heard.has(THROTTLED)) heard.add((await esme.hears('submit_sm_resp', { sequence: esme.submits() })).status);
  assert.deepEqual(heard, new Set([0, THROTTLED]));
  for (const wrong of [{ modes: [] }, { maxBinds: 0 }, { certificate: 'short' }, { tls: 'never' }, { unknown: 1 }]) {
    assert.equal((await make('smpp', { ...wanted, smpp: wrong })).status, 422);
  }
  assert.equal((await make('api_key', { ...wanted, smpp })).status, 422, 'a key for HTTPS has no binds');
});

test('a PDU that comes too slowly ends its session, and no other', async () => {
  using slow = await Esme.bound(gateway, await smppLogin(gateway));
  using other = await Esme.bound(gateway, await smppLogin(gateway));
  slow.sendsBytes(Buffer.from([0, 0, 0, 16, 0]));
  await slow.ended();
  await logged(gateway, 'smpp_slow_pdu', {});
  await other.submitted();
});

for (const { name, fields } of [
  {
    name: 'letters in a recipient that is called international',
    fields: { dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: '1202CALLME' },
  },
  { name: 'a recipient of nothing', fields: { destination_addr: '' } },
  {
    name: 'letters in a sender that is called international',
    fields: { source_addr_ton: 1, source_addr_npi: 1, source_addr: '+1202CALLME' },
  },
  { name: 'control characters in a sender', fields: { source_addr_ton: 5, source_addr: '\u0001\u0002' } },
]) {
  test(`${name} are refused as what they are, and the session goes on`, async () => {
    using esme = await Esme.bound(gateway, await smppLogin(gateway));
    const { status } = await esme.hears('submit_sm_resp', { sequence: esme.submits(fields) });
    assert.ok([0x0a, 0x0b].includes(status), `the status ${status} names an address`);
    await esme.submitted();
  });
}

test('a long text behind a header of nothing is sent without one, and the gateway goes on', async () => {
  using esme = await Esme.bound(gateway, await smppLogin(gateway));
  // What follows the empty header would be read as a header of 127 octets, for which no part has room.
  const text = Buffer.concat([Buffer.of(0), Buffer.alloc(200, 0x7f)]);
  const id = await esme.submitted({ esm_class: 0x40, short_message: text, registered_delivery: 1 });
  assert.equal((await esme.receives()).tlvs.receipted_message_id, id);
  await esme.submitted();
});

for (const [version, status] of [
  [0x34, 'ESME_RSUBMITFAIL'],
  [0x50, 'ESME_RPROHIBITED'],
] as const) {
  test(`who may not send hears ${status} in 0x${version.toString(16)}, and not that a bind failed`, async () => {
    const { systemId, password } = await smppLogin(gateway, { capability: { verbs: ['read'] } });
    using esme = await Esme.plain(gateway);
    esme.sends('bind_transceiver', { system_id: systemId, password, interface_version: version });
    await esme.hears('bind_transceiver_resp');
    await esme.hears('submit_sm_resp', { status: statuses[status].value, sequence: esme.submits() });
  });
}
