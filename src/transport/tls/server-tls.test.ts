import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import tls from 'node:tls';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { DAY_MS } from '../../base/clock.ts';
import { systemEntropy } from '../../base/entropy.ts';
import type { Log, LogFields } from '../../base/log.ts';
import { clientTls } from './client-tls.ts';
import { issueServer } from './issue.ts';
import type { PairFiles } from './key-files.ts';
import { type ServerTls, type ServerTlsOptions, serverTls } from './server-tls.ts';

const HOST = 'gate.example';

let folder = '';
let clock: HandClock;
let events: string[] = [];
let reasons: (string | undefined)[] = [];
let open = new AsyncDisposableStack();

const note = (event: string, fields?: LogFields) => {
  events.push(event);
  reasons.push(fields?.reason);
};
const log: Log = { debug: note, info: note, warn: note, error: note };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-tls-'));
  clock = new HandClock(Date.now());
  events = [];
  reasons = [];
});
afterEach(async () => {
  await open.disposeAsync();
  open = new AsyncDisposableStack();
  rmSync(folder, { recursive: true });
});

async function start(about: Partial<ServerTlsOptions> = {}): Promise<ServerTls> {
  const options = { files: null, folder: join(folder, 'tls'), hostName: HOST, clock, entropy: systemEntropy, log };
  const started = await serverTls({ ...options, ...about });
  open.defer(() => started.close());
  return started;
}

async function listen(started: ServerTls, options: tls.TlsOptions = started.options): Promise<number> {
  const server = tls.createServer(options, (socket) => socket.end());
  started.attach(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  open.defer(async () => {
    await once(server.close(), 'close');
  });
  return (server.address() as AddressInfo).port;
}

/** Shakes hands, and gives the certificate that was shown; rejects with what was wrong with it. */
async function shake(port: number, options: tls.ConnectionOptions): Promise<X509Certificate> {
  const socket = tls.connect({ host: '127.0.0.1', port, ...options });
  await once(socket, 'secureConnect');
  const shown = new X509Certificate(socket.getPeerCertificate().raw);
  socket.destroy();
  return shown;
}

const inTls = (name: string): string => join(folder, 'tls', name);
const certificate = (name: string): X509Certificate => new X509Certificate(readFileSync(inTls(name)));
const daysLeft = (one: X509Certificate): number => Math.round((one.validToDate.getTime() - clock.now()) / DAY_MS);

/** A pair that an operator could have brought: made in a folder of its own. */
async function operatorsPair(name: string): Promise<PairFiles> {
  const other = await serverTls({
    files: null,
    folder: join(folder, name),
    hostName: HOST,
    clock,
    entropy: systemEntropy,
    log,
  });
  other.close();
  return { certFile: join(folder, name, 'server.crt'), keyFile: join(folder, name, 'server.key') };
}

describe('the certificate the gateway makes itself', () => {
  it('is trusted by who trusts the local authority, under each of its names', async () => {
    const started = await start();
    assert.equal(started.authorityFile, inTls('ca.crt'));
    const port = await listen(started);
    for (const servername of ['localhost', HOST, '127.0.0.1', '::1']) {
      const shown = await shake(port, clientTls({ servername, caFile: inTls('ca.crt') }));
      assert.equal(shown.fingerprint256, certificate('server.crt').fingerprint256);
    }
  });

  it('lies with its keys in files of which the keys are the owner’s alone', async () => {
    await start();
    assert.deepEqual(readdirSync(inTls('.')).toSorted(), ['ca.crt', 'ca.key', 'server.crt', 'server.key']);
    assert.equal(statSync(inTls('ca.key')).mode & 0o777, 0o600);
    assert.equal(statSync(inTls('server.key')).mode & 0o777, 0o600);
    assert.equal(statSync(inTls('.')).mode & 0o777, 0o700);
  });

  it('lasts 90 days, and its authority five years', async () => {
    await start();
    assert.equal(daysLeft(certificate('server.crt')), 90);
    assert.equal(daysLeft(certificate('ca.crt')), 5 * 365);
  });

  it('is the same after a restart', async () => {
    await start();
    const before = certificate('server.crt').fingerprint256;
    clock.advance(59 * DAY_MS);
    await start();
    assert.equal(certificate('server.crt').fingerprint256, before);
    assert.deepEqual(events, ['tls.authority_made', 'tls.certificate_made']);
  });

  it('is renewed at the start when less than 30 days are left', async () => {
    await start();
    const before = certificate('server.crt').fingerprint256;
    const authority = certificate('ca.crt').fingerprint256;
    clock = new HandClock(clock.now() + 61 * DAY_MS);
    await start();
    assert.notEqual(certificate('server.crt').fingerprint256, before);
    assert.equal(certificate('ca.crt').fingerprint256, authority);
    assert.equal(daysLeft(certificate('server.crt')), 90);
  });

  it('is renewed while servers run, which show the new one to new connections', async () => {
    const started = await start();
    const port = await listen(started);
    const client = clientTls({ servername: 'localhost', caFile: inTls('ca.crt') });
    const first = await shake(port, client);
    rmSync(inTls('server.crt'));
    await started.refresh();
    const second = await shake(port, client);
    assert.notEqual(second.fingerprint256, first.fingerprint256);
    assert.equal(second.fingerprint256, certificate('server.crt').fingerprint256);
    assert.equal(events.at(-1), 'tls.certificate_taken_up');
  });

  it('looks every minute whether its time has come', async () => {
    const started = await start();
    const { cert } = started.options;
    clock.advance(61 * DAY_MS);
    await started.refresh();
    assert.notEqual(started.options.cert, cert);
    assert.equal(clock.pending, 1);
    started.close();
    assert.equal(clock.pending, 0);
  });

  it('does not outlive its authority, which is replaced in its last 30 days', async () => {
    await start();
    const authority = certificate('ca.crt').fingerprint256;
    clock = new HandClock(clock.now() + (5 * 365 - 31) * DAY_MS);
    await start();
    assert.equal(certificate('ca.crt').fingerprint256, authority);
    assert.equal(daysLeft(certificate('server.crt')), 31);
    clock = new HandClock(clock.now() + 2 * DAY_MS);
    await start();
    assert.notEqual(certificate('ca.crt').fingerprint256, authority);
    assert.ok(certificate('server.crt').verify(certificate('ca.crt').publicKey));
  });

  it('keeps to the host name of its authority when the machine is called otherwise', async () => {
    await start();
    rmSync(inTls('server.crt'));
    await start({ hostName: 'other.example' });
    assert.match(certificate('server.crt').subjectAltName ?? '', /DNS:gate\.example/);
    assert.doesNotMatch(certificate('server.crt').subjectAltName ?? '', /other/);
    assert.equal(events.at(-1), 'tls.host_name_left_out');
  });

  it('is made again where a crash left a certificate without its key', async () => {
    await start();
    copyFileSync(inTls('ca.key'), inTls('server.key'));
    const port = await listen(await start());
    await shake(port, clientTls({ servername: 'localhost', caFile: inTls('ca.crt') }));
  });

  it('is refused when others may read a key', async () => {
    await start();
    for (const key of ['ca.key', 'server.key']) {
      chmodSync(inTls(key), 0o640);
      await assert.rejects(start(), {
        message: `${inTls(key)} may be read or written by others than its owner: chmod 600 ${inTls(key)}`,
      });
      chmodSync(inTls(key), 0o600);
    }
  });

  it('is for TLS 1.3 and nothing older', async () => {
    const port = await listen(await start());
    const client = clientTls({ servername: 'localhost', caFile: inTls('ca.crt'), allowsTls12: true });
    const old = { ...client, maxVersion: 'TLSv1.2' } as const;
    await assert.rejects(shake(port, old), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
  });
});

describe('an authority of the gateway', () => {
  it('is not believed for a name it was not made for', async () => {
    await start();
    const authority = { cert: readFileSync(inTls('ca.crt'), 'utf8'), key: readFileSync(inTls('ca.key'), 'utf8') };
    const forged = await issueServer(authority, 'bank.example', { clock, entropy: systemEntropy });
    const port = await listen(await start(), { ...forged });
    await assert.rejects(shake(port, clientTls({ servername: 'bank.example', ca: authority.cert })), {
      message: 'permitted subtree violation',
    });
  });
});

describe('the certificate an operator brings', () => {
  it('is served, and taken up anew when its files change', async () => {
    const files = await operatorsPair('first');
    const started = await start({ files });
    assert.equal(started.authorityFile, null);
    const port = await listen(started);
    await shake(port, clientTls({ servername: HOST, caFile: join(folder, 'first/ca.crt') }));
    const next = await operatorsPair('second');
    copyFileSync(next.certFile, files.certFile);
    await started.refresh();
    await started.refresh();
    assert.deepEqual(reasons.filter((reason) => reason?.includes('is not the key of')).length, 1);
    await shake(port, clientTls({ servername: HOST, caFile: join(folder, 'first/ca.crt') }));
    copyFileSync(next.keyFile, files.keyFile);
    await started.refresh();
    await shake(port, clientTls({ servername: HOST, caFile: join(folder, 'second/ca.crt') }));
  });

  it('is served when it has expired, and that is told', async () => {
    const files = await operatorsPair('first');
    clock.advance(91 * DAY_MS);
    await start({ files });
    assert.equal(events.at(-1), 'tls.certificate_expired');
  });

  it('is refused in words when it cannot be used', async () => {
    const files = await operatorsPair('first');
    const missing = { ...files, certFile: join(folder, 'none.crt') };
    await assert.rejects(start({ files: missing }), { message: `${missing.certFile} cannot be read (ENOENT)` });
    await assert.rejects(start({ files: { ...files, certFile: files.keyFile } }), {
      message: `${files.keyFile} is not a certificate in PEM`,
    });
    const other = await operatorsPair('second');
    await assert.rejects(start({ files: { ...files, keyFile: other.keyFile } }), {
      message: `${other.keyFile} is not the key of ${files.certFile}`,
    });
  });
});
