import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import tls from 'node:tls';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { DAY_MS } from '../../base/clock.ts';
import { systemEntropy } from '../../base/entropy.ts';
import { type ClientTlsOptions, clientTls, pinOf } from './client-tls.ts';
import { explainTlsError } from './explain-tls-error.ts';
import { issueServer, type KeyPair, makeAuthority } from './issue.ts';

const HOST = 'carrier.example';

const context = { clock: new HandClock(Date.now()), entropy: systemEntropy };
const authority = await makeAuthority(HOST, context);
const server = await issueServer(authority, HOST, context);
const stranger = await makeAuthority(HOST, context);

/** What carriers often have: a certificate that nobody vouches for. */
async function selfSigned(): Promise<KeyPair> {
  await import('reflect-metadata');
  const { SubjectAlternativeNameExtension, X509CertificateGenerator } = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const names = new SubjectAlternativeNameExtension([{ type: 'dns', value: HOST }]);
  const cert = await X509CertificateGenerator.createSelfSigned({
    keys,
    signingAlgorithm: algorithm,
    extensions: [names],
  });
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { cert: cert.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
}

let open = new AsyncDisposableStack();
afterEach(async () => {
  await open.disposeAsync();
  open = new AsyncDisposableStack();
});

async function listen(listener: net.Server): Promise<number> {
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  open.defer(async () => {
    await once(listener.close(), 'close');
  });
  return (listener.address() as AddressInfo).port;
}

/** Connects, and says how that went. */
async function outcome(port: number, options: ClientTlsOptions): Promise<string> {
  const socket = tls.connect({ host: '127.0.0.1', port, ...clientTls(options) });
  try {
    await once(socket, 'secureConnect');
    return 'connected';
  } catch (error) {
    return explainTlsError(error);
  } finally {
    socket.destroy();
  }
}

const serve = (pair: KeyPair, options: tls.TlsOptions = {}): Promise<number> =>
  listen(tls.createServer({ ...pair, ...options }, (socket) => socket.end()).on('tlsClientError', () => undefined));

describe('a TLS connection to a carrier', () => {
  it('is made when its certificate is right, and its key the pinned one', async () => {
    const port = await serve(server);
    const pin = pinOf(new X509Certificate(server.cert));
    assert.equal(await outcome(port, { servername: HOST, ca: authority.cert }), 'connected');
    assert.equal(await outcome(port, { servername: HOST, ca: authority.cert, pin }), 'connected');
    assert.equal(await outcome(port, { servername: '127.0.0.1', ca: authority.cert, pin }), 'connected');
  });

  it('is refused in words for another name', async () => {
    const port = await serve(server);
    const words = 'its certificate is for another name';
    assert.equal(await outcome(port, { servername: 'bank.example', ca: authority.cert }), words);
    assert.equal(await outcome(port, { servername: '192.0.2.7', ca: authority.cert }), words);
  });

  it('is refused in words for another key than the pinned one', async () => {
    const port = await serve(server);
    const pin = pinOf(new X509Certificate(stranger.cert));
    assert.equal(
      await outcome(port, { servername: HOST, ca: authority.cert, pin }),
      'its certificate has another key than the one that is pinned',
    );
  });

  it('is refused in words for an authority that is not trusted', async () => {
    const port = await serve(server);
    assert.match(await outcome(port, { servername: HOST, ca: stranger.cert }), /authority|signature/);
    assert.match(await outcome(port, { servername: HOST }), /authority that is not known here/);
  });

  it('is refused in words for a certificate that is self-signed', async () => {
    const port = await serve(await selfSigned());
    assert.equal(
      await outcome(port, { servername: HOST, ca: authority.cert }),
      'its certificate is self-signed and not trusted here',
    );
  });

  it('is made with a certificate that is self-signed when it is the one that is trusted', async () => {
    const own = await selfSigned();
    assert.equal(await outcome(await serve(own), { servername: HOST, ca: own.cert }), 'connected');
  });

  it('is refused in words for a certificate that has expired', async () => {
    const past = { ...context, clock: new HandClock(Date.now() - 91 * DAY_MS) };
    const old = await makeAuthority(HOST, past);
    const port = await serve(await issueServer(old, HOST, past));
    assert.equal(await outcome(port, { servername: HOST, ca: old.cert }), 'its certificate has expired');
  });

  it('is refused in words where no TLS is spoken', async () => {
    const port = await listen(net.createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    assert.equal(await outcome(port, { servername: HOST, ca: authority.cert }), 'it does not speak TLS at this port');
  });

  it('is refused in words where only an old TLS is spoken', async () => {
    const port = await serve(server, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    assert.match(await outcome(port, { servername: HOST, ca: authority.cert }), /versions of TLS/);
  });

  it('is refused in words where nothing listens', async () => {
    const port = await serve(server);
    await open.disposeAsync();
    open = new AsyncDisposableStack();
    assert.equal(await outcome(port, { servername: HOST, ca: authority.cert }), 'nothing listens at that address');
  });
});

describe('the words for what went wrong', () => {
  it('name a code that is not in the table, and never the words of the error', () => {
    assert.equal(explainTlsError(Object.assign(new Error('secret'), { code: 'EODD' })), 'it failed with EODD');
    assert.equal(explainTlsError(new Error('secret')), 'it failed for a reason without a code');
    assert.equal(explainTlsError(null), 'it failed for a reason without a code');
  });
});
