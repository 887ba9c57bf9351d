import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { systemEntropy } from '../../src/base/entropy.ts';
import { type ServerTls, serverTls } from '../../src/transport/index.ts';
import { HandClock } from '../support/hand-clock.ts';

const run = promisify(execFile);
const silent = { debug() {}, info() {}, warn() {}, error() {} };

let folder = '';
let tls: ServerTls;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-referee-'));
  const context = { clock: new HandClock(Date.now()), entropy: systemEntropy, log: silent };
  tls = await serverTls({ files: null, folder, hostName: 'gate.example', ...context });
});
after(() => {
  tls.close();
  rmSync(folder, { recursive: true });
});

test('OpenSSL finds no fault with the chain, held to the letter of RFC 5280', async () => {
  const strict = [
    'verify',
    '-x509_strict',
    '-check_ss_sig',
    '-purpose',
    'sslserver',
    '-CAfile',
    join(folder, 'ca.crt'),
  ];
  const { stdout } = await run('openssl', [...strict, join(folder, 'server.crt')]);
  assert.match(stdout, /server\.crt: OK/);
});

test('OpenSSL reads the authority as one that may vouch for its own names only', async () => {
  const { stdout } = await run('openssl', ['x509', '-in', join(folder, 'ca.crt'), '-noout', '-text']);
  assert.match(stdout, /CA:TRUE, pathlen:0/);
  assert.match(stdout, /X509v3 Name Constraints: critical/);
  for (const name of ['DNS:localhost', 'DNS:gate.example', 'IP:127.0.0.0/255.0.0.0'])
    assert.ok(stdout.includes(name), name);
});

test('curl trusts the gateway when it trusts the local authority, and not otherwise', async () => {
  const server = createServer(tls.options, (_, response) => response.end('here'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const trusting = ['--silent', '--show-error', '--cacert', join(folder, 'ca.crt')];
    for (const host of ['localhost', '127.0.0.1']) {
      assert.equal((await run('curl', [...trusting, `https://${host}:${port}/`])).stdout, 'here');
    }
    await assert.rejects(run('curl', ['--silent', '--show-error', `https://localhost:${port}/`]), { code: 60 });
  } finally {
    server.closeAllConnections();
    await once(server.close(), 'close');
  }
});
