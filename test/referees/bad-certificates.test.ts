import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { after, suite, test } from 'node:test';
import tls from 'node:tls';
import { systemClock } from '../../src/base/clock.ts';
import { probe } from '../../src/carriers/smpp/probe.ts';
import type { ProbeStep } from '../../src/carriers/smpp/probe-step.ts';
import type { CarrierTls } from '../../src/carriers/smpp/settings.ts';
import { CertificateShop, type Issued, type Wanted } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';

/** Certificates and lists made by OpenSSL's command, and its server for what no other has any more. */
const HOST = 'carrier.example';
const DAY_MS = 86_400_000;
const now = Date.now();

const shop = new CertificateShop();
let open = new AsyncDisposableStack();
after(async () => {
  await open.disposeAsync();
  open = new AsyncDisposableStack();
  shop[Symbol.dispose]();
});

const root = shop.issue({ isAuthority: true });
const between = shop.issue({ isAuthority: true }, root);
const stranger = shop.issue({ isAuthority: true });
const weakRoot = shop.issue({ isAuthority: true, key: ['rsa:1024'] });
const noLists = shop.bundle(shop.revocations(root), shop.revocations(between));
const revokedBetween = shop.bundle(shop.revocations(root, between), shop.revocations(between));
const ofRoot = (wanted: Wanted): Issued => shop.issue(wanted, root);

/** A chain behind its leaf, with the key of the leaf. */
const chained = (leaf: Issued, ...rest: readonly Issued[]): Issued => ({
  keyFile: leaf.keyFile,
  certFile: shop.bundle(leaf.certFile, ...rest.map(({ certFile }) => certFile)),
});

/** A server that shows a certificate, however bad, and what is said of it; null where it is taken. */
interface Row {
  readonly shows: Issued;
  readonly settings?: CarrierTls;
  readonly words: RegExp | null;
}

const trusted: CarrierTls = { servername: HOST, caFile: root.certFile };
const throughBetween = chained(shop.issue({}, between), between);

const table: Readonly<Record<string, Row>> = {
  'a sound one': { shows: ofRoot({}), words: null },
  'a sound one with RSA of 2048 bits': { shows: ofRoot({ key: ['rsa:2048'] }), words: null },
  'a sound chain': { shows: throughBetween, words: null },
  'a sound chain that is in no revocation list': {
    shows: throughBetween,
    settings: { ...trusted, crlFile: noLists },
    words: null,
  },
  'one for another name': { shows: ofRoot({ names: 'DNS:other.example' }), words: /is for another name/ },
  'one for a name above ours': { shows: ofRoot({ names: 'DNS:example' }), words: /is for another name/ },
  'one for any name under ours': { shows: ofRoot({ names: `DNS:*.${HOST}` }), words: /is for another name/ },
  'one that has expired': {
    shows: ofRoot({ validFrom: now - 9 * DAY_MS, validTo: now - DAY_MS }),
    words: /has expired/,
  },
  'one that is not valid yet': { shows: ofRoot({ validFrom: now + DAY_MS }), words: /not valid yet/ },
  'one that is self-signed': { shows: shop.issue({}), words: /is self-signed and not trusted here/ },
  'one of an unknown authority': { shows: shop.issue({}, stranger), words: /authority that is not known here/ },
  'one with its unknown authority': {
    shows: chained(shop.issue({}, stranger), stranger),
    words: /authority that is not trusted here/,
  },
  'one whose chain lacks a link': { shows: shop.issue({}, between), words: /left out the certificates in between/ },
  'one issued by a leaf': {
    shows: (() => {
      const leaf = ofRoot({});
      return chained(shop.issue({}, leaf), leaf);
    })(),
    words: /issued by one that may not issue any/,
  },
  'RSA of 1024 bits': { shows: ofRoot({ key: ['rsa:1024'] }), words: /has a key that is too weak/ },
  'an authority with RSA of 1024 bits': {
    shows: shop.issue({}, weakRoot),
    settings: { servername: HOST, caFile: weakRoot.certFile },
    words: /authority of its certificate has a key that is too weak/,
  },
  'a signature with SHA-1': { shows: ofRoot({ digest: 'sha1' }), words: /signed with SHA-1/ },
  'one for clients only': { shows: ofRoot({ usage: 'clientAuth' }), words: /is not for servers/ },
  'a chain with a revoked authority': {
    shows: throughBetween,
    settings: { ...trusted, crlFile: revokedBetween },
    words: /was revoked/,
  },
  'a chain without a list of each authority': {
    shows: throughBetween,
    settings: { ...trusted, crlFile: shop.revocations(root) },
    words: /no revocation list of the authority/,
  },
  'another key than the pinned one': {
    shows: ofRoot({}),
    settings: { ...trusted, pin: 'A'.repeat(43).concat('=') },
    words: /another key than the one that is pinned/,
  },
};

const listening = async (server: net.Server): Promise<number> => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  open.defer(async () => {
    await once(server.close(), 'close');
  });
  return (server.address() as AddressInfo).port;
};

/** Shows a certificate without any scruple of its own. */
const show = ({ certFile, keyFile }: Issued): Promise<number> => {
  const identity = { cert: shop.read(certFile), key: shop.read(keyFile), ciphers: 'DEFAULT:@SECLEVEL=0' };
  const server = tls.createServer(identity, (socket) => socket.on('error', () => undefined).resume());
  return listening(server.on('tlsClientError', () => undefined));
};

const handshake = async (port: number, settings: CarrierTls = trusted): Promise<ProbeStep> => {
  const steps = await probe({ host: '127.0.0.1', port, tls: settings, login: null, clock: systemClock });
  return steps.at(-1)!;
};

suite('the certificate of a carrier is', () => {
  for (const [what, { shows, settings, words }] of Object.entries(table)) {
    test(words === null ? `taken: ${what}` : `refused with its reason: ${what}`, async () => {
      const step = await handshake(await show(shows), settings);
      assert.equal(step.step, 'tls');
      assert.equal(step.isOk, words === null, step.words);
      if (words === null) assert.match(step.words, /^TLSv1\.3, TLS_\w+, X25519MLKEM768; certificate for .* pin /);
      else assert.match(step.words, words);
      assert.equal(step.advice === null, words === null, step.words);
    });
  }

  test('told with its pin, by which it is then known', async () => {
    const port = await show(ofRoot({}));
    const [, pin = ''] = /pin (\S+=)$/.exec((await handshake(port)).words) ?? [];
    assert.equal((await handshake(port, { ...trusted, pin })).isOk, true);
  });
});

/** `openssl s_server` of one version of TLS; it is ended with the test. */
async function oldServer(version: string): Promise<number> {
  const { certFile, keyFile } = ofRoot({ key: ['rsa:2048'] });
  const port = await freePort();
  const files = ['-cert', certFile, '-key', keyFile];
  const args = ['s_server', '-accept', `127.0.0.1:${port}`, `-${version}`, '-cipher', 'DEFAULT:@SECLEVEL=0', ...files];
  const child = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  open.defer(() => void child.kill());
  for await (const line of child.stdout) if (String(line).includes('ACCEPT')) break;
  return port;
}

suite('a server that speaks only an old TLS is', () => {
  for (const [version, isTaken] of [
    ['tls1', false],
    ['tls1_1', false],
    ['tls1_2', true],
  ] as const) {
    test(`refused by default: ${version}`, async () => {
      const step = await handshake(await oldServer(version));
      assert.equal(step.isOk, false);
      assert.match(step.words, /versions of TLS/);
      assert.match(step.words, new RegExp(`it shows TLSv${version.slice(3).replace('_', '.')}`));
      assert.ok(step.advice !== null);
    });

    test(`${isTaken ? 'taken' : 'refused'} where TLS 1.2 is allowed: ${version}`, async () => {
      const step = await handshake(await oldServer(version), { ...trusted, allowsTls12: true });
      assert.equal(step.isOk, isTaken, step.words);
    });
  }

  test('refused where it speaks no TLS at all', async () => {
    const port = await listening(net.createServer((socket) => socket.resume().end('SSH-2.0-none\r\n')));
    const step = await handshake(port);
    assert.match(step.words, /does not speak TLS at this port|broke the connection off/);
  });
});
