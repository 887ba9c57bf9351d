import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import net from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import tls from 'node:tls';
import { DAY_MS } from '../../src/base/clock.ts';
import { pinOf } from '../../src/transport/index.ts';
import { Esme } from '../support/esme.ts';
import { SmppDoorStage } from '../support/smpp-door-stage.ts';
import { testCertificate } from '../support/test-certificate.ts';

const BIND_FAILED = 0x0d;
const own = testCertificate('shop.example');
const strange = testCertificate('stranger.example');
const certificate = pinOf(new X509Certificate(own.cert));

let stage: SmppDoorStage;
beforeEach(async () => {
  stage = await SmppDoorStage.open();
});
afterEach(() => stage[Symbol.asyncDispose]());

const lastRefusal = () => stage.events('smpp_bind_refused').at(-1)?.reason;

test('a credential that needs TLS is refused without it, on this machine too', async () => {
  const login = stage.login({ tls: 'required' });
  using plain = await Esme.plain(stage);
  await plain.binds(login, 'bind_transceiver', BIND_FAILED);
  assert.equal(lastRefusal(), 'tls_required_by_credential');
  using overTls = await Esme.overTls(stage);
  await overTls.binds(login);
  await overTls.submitted();
});

test('a credential with a certificate binds with that one and no other', async () => {
  const login = stage.login({ certificate });
  using right = await Esme.overTls(stage, own);
  await right.binds(login);
  using wrong = await Esme.overTls(stage, strange);
  await wrong.binds(login, 'bind_transceiver', BIND_FAILED);
  assert.equal(lastRefusal(), 'client_certificate_mismatch');
  using none = await Esme.overTls(stage);
  await none.binds(login, 'bind_transceiver', BIND_FAILED);
  assert.equal(lastRefusal(), 'client_certificate_required');
  using plain = await Esme.plain(stage);
  await plain.binds(login, 'bind_transceiver', BIND_FAILED);
  assert.equal(lastRefusal(), 'client_certificate_required');
});

test('the certificate alone is not enough: the password is asked for first', async () => {
  const { systemId } = stage.login({ certificate });
  using esme = await Esme.overTls(stage, own);
  await esme.binds({ systemId, password: 'wrong' }, 'bind_transceiver', 0x0e);
});

test('a credential without a certificate binds with any or none', async () => {
  const login = stage.login();
  for (const shown of [own, strange, null]) {
    using esme = await Esme.overTls(stage, shown);
    await esme.binds(login);
  }
});

test('a certificate of the right key counts only while it is valid', async () => {
  const late = stage.login({ certificate });
  stage.clock.advance(3 * DAY_MS);
  using esme = await Esme.overTls(stage, own);
  await esme.binds(late, 'bind_transceiver', BIND_FAILED);
  assert.equal(lastRefusal(), 'client_certificate_mismatch');
});

test('with an authority for clients, a certificate of the right key must be from it', async () => {
  await using strict = await SmppDoorStage.open({}, strange.cert);
  using wrong = await Esme.overTls(strict, own);
  await wrong.binds(strict.login({ certificate }), 'bind_transceiver', BIND_FAILED);
  using right = await Esme.overTls(strict, strange);
  await right.binds(strict.login({ certificate: pinOf(new X509Certificate(strange.cert)) }));
});

test('what is not TLS is named', async () => {
  using plain = await Esme.plain({ smppPlainPort: stage.smppTlsPort });
  plain.sends('enquire_link');
  await plain.ended();
  assert.equal(stage.events('smpp_not_tls').length, 1);
});

/** TLS 1.1, which nobody here speaks any more. */
const outdated = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
const failures: Readonly<Record<string, (port: number) => net.Socket>> = {
  'asks for TLS 1.1': (port) => tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...outdated }),
  'leaves at once': (port) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.resetAndDestroy());
    return socket;
  },
  'leaves politely': (port) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.end());
    return socket.resume();
  },
  'leaves in the middle of its hello': (port) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.write(Buffer.from('16030100c8010000c40303', 'hex'), () => socket.resetAndDestroy());
    });
    return socket;
  },
};

for (const [name, connect] of Object.entries(failures)) {
  test(`a handshake with who ${name} is logged once, with the address`, async () => {
    const socket = connect(stage.smppTlsPort);
    const closed = Promise.withResolvers<void>();
    socket.on('error', () => {}).on('close', closed.resolve);
    await closed.promise;
    const { address, cause } = await stage.logs('smpp_tls_refused');
    assert.equal(address, '127.0.0.1');
    assert.ok(cause);
    using esme = await Esme.overTls(stage);
    await esme.binds(stage.login());
    await esme.unbinds();
    await stage.logs('smpp_session_closed');
    assert.equal(stage.events('smpp_tls_refused').length, 1);
  });
}
