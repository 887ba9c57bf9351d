import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type tls from 'node:tls';
import { type BindName, Esme, type SmppLogin } from '../support/esme.ts';
import { logged, revoke, smppLogin } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

const [ALREADY_BOUND, WRONG_STATE, WRONG_PASSWORD, UNKNOWN_COMMAND] = [0x05, 0x04, 0x0e, 0x03];

let gateway: GatewayProcess;
before(async () => {
  gateway = await GatewayProcess.start({ settings: { SALLYPORT_SMPP_ENQUIRE_LINK_SECONDS: '1' } });
});
after(() => gateway[Symbol.asyncDispose]());

/** Is bound, and says every second that it is there: who does not is cut off here, however slow the machine is. */
async function bound(login: SmppLogin, as: BindName = 'bind_transceiver'): Promise<Esme> {
  const esme = await Esme.bound(gateway, login, as);
  esme.answersEnquireLink();
  return esme;
}

for (const door of ['plain', 'overTls'] as const) {
  test(`${door}: an application binds as transceiver, is told the version of the interface, and unbinds`, async () => {
    const login = await smppLogin(gateway);
    using esme = await Esme[door](gateway);
    const sequence = esme.sends('bind_transceiver', { system_id: login.systemId, password: login.password });
    const answer = await esme.hears('bind_transceiver_resp', { status: 0, sequence });
    assert.deepEqual([answer.fields.system_id, answer.tlvs.sc_interface_version], ['sallyport', 0x34]);
    assert.match(await esme.submitted(), /^[0-9a-f-]{36}$/);
    await esme.unbinds();
  });
}

test('SMPP over TLS is TLS 1.3, with the certificate of the local authority', async () => {
  using esme = await Esme.overTls(gateway);
  assert.equal((esme.socket as tls.TLSSocket).authorized, true);
  assert.equal((esme.socket as tls.TLSSocket).getProtocol(), 'TLSv1.3');
});

test('a transmitter may submit, and is told nothing', async () => {
  const login = await smppLogin(gateway);
  using esme = await bound(login, 'bind_transmitter');
  const id = await esme.submitted({ registered_delivery: 1 });
  using receiver = await bound(login, 'bind_receiver');
  assert.equal((await receiver.receives()).tlvs.receipted_message_id, id);
  assert.deepEqual(
    esme.unheard.filter((pdu) => pdu.command === 'deliver_sm'),
    [],
  );
});

test('a receiver may not submit', async () => {
  using esme = await bound(await smppLogin(gateway), 'bind_receiver');
  await esme.hears('submit_sm_resp', { status: WRONG_STATE, sequence: esme.submits() });
});

test('nothing may be submitted before a bind', async () => {
  using esme = await Esme.plain(gateway);
  await esme.hears('submit_sm_resp', { status: WRONG_STATE, sequence: esme.submits() });
  await esme.hears('unbind_resp', { status: WRONG_STATE, sequence: esme.sends('unbind') });
  await esme.hears('enquire_link_resp', { status: 0, sequence: esme.sends('enquire_link') });
});

test('an application that unbinds hears first of what it has submitted', async () => {
  using esme = await bound(await smppLogin(gateway));
  const submits = Array.from({ length: 200 }, () => esme.submits());
  const unbind = esme.sends('unbind');
  await esme.hears('unbind_resp', { status: 0, sequence: unbind });
  // Batches are committed side by side, so answers may come in another order (SMPP 3.4 §2.8).
  const answers = esme.unheard.filter((pdu) => pdu.command === 'submit_sm_resp' && pdu.status === 0);
  assert.deepEqual(new Set(answers.map((pdu) => pdu.sequence)), new Set(submits));
  await esme.ended();
});

test('a second bind on a session is refused, and the session goes on', async () => {
  const login = await smppLogin(gateway);
  using esme = await bound(login);
  await esme.binds(login, 'bind_transceiver', ALREADY_BOUND);
  await esme.binds(login, 'bind_receiver', ALREADY_BOUND);
  await esme.submitted();
});

test('a wrong password and an unknown system_id are answered alike, and cut off', async () => {
  const { systemId, password } = await smppLogin(gateway);
  for (const login of [
    { systemId, password: 'wrong' },
    { systemId: 'nobody', password },
    { systemId: '', password: '' },
  ]) {
    using esme = await Esme.plain(gateway);
    await esme.binds(login, 'bind_transceiver', WRONG_PASSWORD);
    await esme.ended();
  }
  await logged(gateway, 'smpp_bind_refused', { reason: 'credential_invalid' });
  assert.equal(gateway.rawLog.includes(password), false);
});

test('a credential that is used from a network it is not for is refused', async () => {
  using esme = await Esme.plain(gateway);
  const login = await smppLogin(gateway, { capability: { networks: ['10.0.0.0/8'] } });
  await esme.binds(login, 'bind_transceiver', 0x0d);
  await esme.ended();
});

test('a credential that is revoked unbinds its sessions, and binds no more', async () => {
  const login = await smppLogin(gateway);
  using first = await bound(login);
  using other = await bound(await smppLogin(gateway));
  await revoke(gateway, login.id);
  const { sequence } = await first.hears('unbind');
  first.sends('unbind_resp', {}, { sequence });
  await first.ended();
  using second = await Esme.plain(gateway);
  await second.binds(login, 'bind_transceiver', WRONG_PASSWORD);
  await other.submitted();
});

test('a credential ends at its time, on sessions that are bound too', async () => {
  const login = await smppLogin(gateway, { expiresAt: new Date(Date.now() + 1500).toISOString() });
  using esme = await bound(login);
  const ask = async () => (await esme.hears('submit_sm_resp', { sequence: esme.submits() })).status;
  let status = 0;
  while (status === 0) status = await ask();
  assert.equal(status, WRONG_PASSWORD);
  using late = await Esme.plain(gateway);
  await late.binds(login, 'bind_transceiver', WRONG_PASSWORD);
});

test('the gateway asks a silent application whether it is there, and cuts off one that does not answer', async () => {
  using esme = await Esme.bound(gateway, await smppLogin(gateway));
  esme.sends('enquire_link_resp', {}, { sequence: (await esme.hears('enquire_link')).sequence });
  await esme.hears('enquire_link');
  await esme.ended();
  await logged(gateway, 'smpp_peer_silent', {});
});

test('what an application may never send is not known here; a response out of place is ignored', async () => {
  using esme = await bound(await smppLogin(gateway));
  esme.sends('submit_sm_resp', { message_id: 'x' }, { sequence: 77 });
  const sequence = esme.sends('deliver_sm', { source_addr: '1', destination_addr: '2' });
  await esme.hears('generic_nack', { status: UNKNOWN_COMMAND, sequence });
  await esme.submitted();
});
