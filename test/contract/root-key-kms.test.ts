import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import type { FaultCode, FaultError } from '../../src/base/fault.ts';
import { Envelopes } from '../../src/vault/envelope.ts';
import { KmsKeeper, type KmsOptions } from '../../src/vault/roots/kms/kms-keeper.ts';
import { RemoteRootKey } from '../../src/vault/roots/remote-root-key.ts';
import { CertificateShop, type Issued } from '../support/certificates.ts';
import { FakeKms, KMS_KEY, KMS_TOKEN, type Misbehaviour, misbehaviours } from '../support/fake-kms.ts';

const DAY_MS = 86_400_000;
const binding = { purpose: 'account key', accountId: 7, record: 0, revision: 1 } as const;
const accountKey = Buffer.alloc(32, 7);
let shop: CertificateShop;
let authority: Issued;
let sound: TlsOptions;
let tokenFile: string;

const tlsOf = ({ certFile, keyFile }: Issued): TlsOptions => ({ cert: shop.read(certFile), key: shop.read(keyFile) });

before(() => {
  shop = new CertificateShop();
  authority = shop.issue({ isAuthority: true });
  sound = tlsOf(shop.issue({}, authority));
  tokenFile = join(shop.folder, 'token');
  writeToken(KMS_TOKEN);
});
after(() => shop[Symbol.dispose]());

function writeToken(token: string): void {
  writeFileSync(tokenFile, token);
  chmodSync(tokenFile, 0o600);
}

function rootKeyAt({ url }: { url: string }, more: Partial<KmsOptions> = {}): RemoteRootKey {
  const access = { url, keyId: KMS_KEY, caFile: authority.certFile, tokenFile, certificate: null, timeoutMs: 10_000 };
  const keeper = new KmsKeeper({ ...access, clock: systemClock, entropy: systemEntropy, ...more });
  return new RemoteRootKey(keeper, new Envelopes(systemEntropy), systemEntropy);
}

const hasCode =
  (code: FaultCode, words = /./) =>
  ({ fault, message }: FaultError): boolean => {
    assert.equal(fault.code, code, message);
    assert.match(message, words);
    assert.equal(message.includes(KMS_TOKEN), false);
    return true;
  };

const certificates: readonly (readonly [name: string, tls: () => TlsOptions, words: RegExp])[] = [
  ['for another name', () => tlsOf(shop.issue({ names: 'DNS:elsewhere.example' }, authority)), /for another name/],
  ['that has expired', () => tlsOf(shop.issue({ validTo: Date.now() - DAY_MS }, authority)), /has expired/],
  ['that signed itself', () => tlsOf(shop.issue()), /self-signed/],
  [
    'of another authority',
    () => tlsOf(shop.issue({}, shop.issue({ isAuthority: true }))),
    /not known here|not trusted/,
  ],
  ['that is for clients', () => tlsOf(shop.issue({ usage: 'clientAuth' }, authority)), /not for servers/],
  ['with TLS 1.2 at most', () => ({ ...sound, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }), /./],
];

for (const [name, tls, words] of certificates) {
  test(`a key service with a certificate ${name} is asked nothing`, async () => {
    await using kms = await FakeKms.start(tls());
    const root = rootKeyAt(kms);
    await assert.rejects(root.wrap(accountKey, binding), hasCode('kms_untrusted', words));
    assert.equal(kms.askedCount, 0);
    root.close();
  });
}

test('a key service that is not there is not available', async () => {
  const kms = await FakeKms.start(sound);
  const { url } = kms;
  await kms[Symbol.asyncDispose]();
  await assert.rejects(rootKeyAt({ url }).wrap(accountKey, binding), hasCode('kms_unavailable', /nothing listens/));
});

for (const misbehaviour of Object.keys(misbehaviours) as Misbehaviour[]) {
  test(`a key service that ${misbehaviour} is not available, and then it is again`, async () => {
    await using kms = await FakeKms.start(sound);
    const root = rootKeyAt(kms, { timeoutMs: misbehaviour === 'never answers' ? 100 : 10_000 });
    kms.misbehaves = misbehaviour;
    await assert.rejects(root.wrap(accountKey, binding), hasCode('kms_unavailable'));
    assert.equal(kms.askedCount, 3);
    kms.misbehaves = null;
    const wrapped = await rootKeyAt(kms).wrap(accountKey, binding);
    kms.misbehaves = misbehaviour;
    await assert.rejects(root.unwrapInto(Buffer.alloc(32), wrapped, binding), hasCode('kms_unavailable'));
    root.close();
  });
}

test('one bad answer is asked over', async () => {
  await using kms = await FakeKms.start(sound);
  kms.misbehaves = 'answers 503 with words';
  kms.misbehavesTimes = 2;
  const root = rootKeyAt(kms);
  const plain = Buffer.alloc(32);
  await root.unwrapInto(plain, await root.wrap(accountKey, binding), binding);
  assert.deepEqual(plain, accountKey);
  root.close();
});

test('an answer that was altered opens nothing, and nothing is wrapped that could not be opened', async () => {
  await using kms = await FakeKms.start(sound);
  const root = rootKeyAt(kms);
  const wrapped = await root.wrap(accountKey, binding);
  kms.alters = true;
  await assert.rejects(root.unwrapInto(Buffer.alloc(32), wrapped, binding), hasCode('root_key_mismatch'));
  await assert.rejects(root.wrap(accountKey, binding), hasCode('root_key_mismatch'));
  root.close();
});

test('a key service that refuses the token or does not know the key is not asked again and again', async () => {
  await using kms = await FakeKms.start(sound);
  kms.token = 'another-token';
  await assert.rejects(rootKeyAt(kms).wrap(accountKey, binding), hasCode('kms_refused', /status 401/));
  assert.equal(kms.askedCount, 1);
  kms.token = KMS_TOKEN;
  const unknown = rootKeyAt(kms, { keyId: 'another-key' });
  await assert.rejects(unknown.wrap(accountKey, binding), hasCode('kms_refused', /status 404/));
});

test('a token is read for every question, and a file that others may read is not', async () => {
  await using kms = await FakeKms.start(sound);
  const root = rootKeyAt(kms);
  await root.wrap(accountKey, binding);
  kms.token = 'a-younger-token';
  writeToken('a-younger-token\n');
  await root.wrap(accountKey, binding);
  writeToken('two words');
  await assert.rejects(root.wrap(accountKey, binding), hasCode('kms_refused', /no bearer token/));
  chmodSync(tokenFile, 0o644);
  await assert.rejects(root.wrap(accountKey, binding), hasCode('root_key_unsafe', /must be 0600/));
  writeToken(KMS_TOKEN);
  root.close();
});

test('a key service that asks for a client certificate gets it', async () => {
  const own = shop.issue({ usage: 'clientAuth' }, authority);
  await using kms = await FakeKms.start({
    ...sound,
    ca: shop.read(authority.certFile),
    requestCert: true,
    rejectUnauthorized: true,
  });
  const root = rootKeyAt(kms, { certificate: own });
  await root.wrap(accountKey, binding);
  await assert.rejects(rootKeyAt(kms).wrap(accountKey, binding), ({ fault }: FaultError) =>
    ['kms_untrusted', 'kms_unavailable'].includes(fault.code),
  );
  root.close();
});

test('what was wrapped before the key service rotated its key opens after it', async () => {
  await using kms = await FakeKms.start(sound);
  const root = rootKeyAt(kms);
  const wrapped = await root.wrap(accountKey, binding);
  kms.rotate();
  const plain = Buffer.alloc(32);
  for (const each of [wrapped, await root.wrap(accountKey, binding)]) {
    plain.fill(0);
    await root.unwrapInto(plain, each, binding);
    assert.deepEqual(plain, accountKey);
  }
  root.close();
});
