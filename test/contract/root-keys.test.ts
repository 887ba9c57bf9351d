import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import { Envelopes } from '../../src/vault/envelope.ts';
import { createRootKey, FileRootKey } from '../../src/vault/roots/file-root-key.ts';
import { KmsKeeper } from '../../src/vault/roots/kms/kms-keeper.ts';
import { RemoteRootKey } from '../../src/vault/roots/remote-root-key.ts';
import { TokenKeeper } from '../../src/vault/roots/token/token-keeper.ts';
import { CertificateShop } from '../support/certificates.ts';
import { temporaryFolder } from '../support/database.ts';
import { FakeKms, KMS_KEY, KMS_TOKEN } from '../support/fake-kms.ts';
import { cheapest } from '../support/root-keys.ts';
import { SoftHsm } from '../support/soft-hsm.ts';
import { rootKeyContract } from './root-key-contract.ts';

const entropy = systemEntropy;
const clock = systemClock;
const envelopes = new Envelopes(entropy);
const passphrase = Buffer.from('correct horse battery staple');

async function fileStage(isSealed: boolean) {
  const folder = await temporaryFolder();
  const open = async (name: string) => {
    const options = { path: join(folder.path, name), envelopes, entropy, nowMs: () => clock.now(), cost: cheapest };
    createRootKey(options.path, entropy);
    if (!isSealed) return await FileRootKey.open(options);
    const known = await FileRootKey.open(options, passphrase);
    if (!known.isSealed) await known.changePassphrase(null, passphrase);
    return known;
  };
  return {
    kind: 'file' as const,
    renews: true,
    open: () => open('root.key'),
    openOther: () => open('other.key'),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

function tokenStage() {
  const hsm = new SoftHsm();
  const open = async (keyLabel: string) => {
    const keeper = new TokenKeeper({ ...hsm.place, keyLabel, clock, entropy });
    if ((await keeper.versions()).length === 0) await keeper.renew();
    return new RemoteRootKey(keeper, envelopes, entropy);
  };
  return Promise.resolve({
    kind: 'pkcs11' as const,
    renews: true,
    open: () => open('root'),
    openOther: () => open('other'),
    [Symbol.asyncDispose]: () => Promise.resolve(hsm[Symbol.dispose]()),
  });
}

async function kmsStage() {
  const shop = new CertificateShop();
  const authority = shop.issue({ isAuthority: true });
  const { certFile, keyFile } = shop.issue({}, authority);
  const tls = { cert: shop.read(certFile), key: shop.read(keyFile) };
  const [kms, other] = [await FakeKms.start(tls), await FakeKms.start(tls)];
  const tokenFile = join(shop.folder, 'token');
  writeFileSync(tokenFile, `${KMS_TOKEN}\n`);
  chmodSync(tokenFile, 0o600);
  const common = { keyId: KMS_KEY, caFile: authority.certFile, tokenFile, certificate: null, timeoutMs: 10_000 };
  const open = async ({ url }: FakeKms) =>
    new RemoteRootKey(new KmsKeeper({ ...common, url, clock, entropy }), envelopes, entropy);
  return {
    kind: 'kms' as const,
    renews: false,
    open: () => open(kms),
    openOther: () => open(other),
    async [Symbol.asyncDispose]() {
      await kms[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
      shop[Symbol.dispose]();
    },
  };
}

rootKeyContract('a file', () => fileStage(false));
rootKeyContract('a file with a passphrase', () => fileStage(true));
rootKeyContract('a PKCS#11 token', tokenStage);
rootKeyContract('a key service', kmsStage);
