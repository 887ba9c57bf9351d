import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatVerifierKey, signerKey } from '../../src/audit/index.ts';
import { DAY_MS } from '../../src/base/clock.ts';
import { AccountClient } from '../support/account-client.ts';
import { CertificateShop } from '../support/certificates.ts';
import { command } from '../support/command-line.ts';
import { cyclonedxErrors } from '../support/cyclonedx.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

const NAMES = [
  'account keys',
  'day keys',
  'code keys',
  'recipient keys',
  'record keys',
  'index keys',
  'root key',
  'API keys',
  'SMPP passwords',
  'webhook secrets',
  'signing key of the audit log',
  'TLS certificate of the listeners',
  'TLS key agreement',
  'TLS to receivers of the audit log',
  'TLS certificate shown to receivers',
  'TLS to witnesses',
  'keys of witnesses, Ed25519',
  'keys of witnesses, ML-DSA-44',
];

const witnessOf = (kind: 'ed25519-cosignature' | 'ml-dsa-44-cosignature', at: number) =>
  `https://127.0.0.1:1/ ${formatVerifierKey(signerKey(kind, `witness-${at}.example`, Buffer.alloc(32, at)))}`;

/** Nobody listens there: what is in use does not depend on who answers. */
const outlets = (shop: CertificateShop) => {
  const { certFile, keyFile } = shop.issue({ names: 'DNS:localhost' });
  return {
    SALLYPORT_AUDIT_EXPORT: 'json tls://127.0.0.1:1',
    SALLYPORT_AUDIT_EXPORT_CERT_FILE: certFile,
    SALLYPORT_AUDIT_EXPORT_KEY_FILE: keyFile,
    SALLYPORT_AUDIT_WITNESSES: [witnessOf('ed25519-cosignature', 1), witnessOf('ml-dsa-44-cosignature', 2)].join(','),
  };
};

interface Inventory {
  readonly uses: readonly {
    readonly name: string;
    readonly counts: Record<string, number>;
    readonly oldest: string | null;
  }[];
  readonly rotations: readonly unknown[];
}

test('an operator lists, rotates and gives up keys while messages are sent, and all of them arrive', async () => {
  using shop = new CertificateShop();
  await using gateway = await GatewayProcess.start({ settings: outlets(shop) });
  using client = await AccountClient.open(gateway);
  const type = (...argv: string[]) =>
    command(['vault', ...argv], { socketPath: join(gateway.dataFolder, 'control.sock') });
  const inventory = async () => JSON.parse((await type('inventory', '--json')).out) as Inventory;

  const dayKeys = (await inventory()).uses.find(({ name }) => name === 'day keys');
  assert.deepEqual(dayKeys?.counts, { active: 2, 'pre-active': 1 }, 'yesterday and today are active at once');
  const earlier = await client.sends();
  assert.deepEqual(
    (await inventory()).uses.map(({ name }) => name),
    NAMES,
  );
  assert.deepEqual(cyclonedxErrors(JSON.parse((await type('inventory', '--cbom')).out)), []);
  await client.put('/v1/webhook', { url: 'https://hooks.example/' });
  const ages = new Map((await inventory()).uses.map(({ name, oldest }) => [name, oldest]));
  for (const name of ['root key', 'signing key of the audit log', 'webhook secrets']) {
    const ageMs = Date.now() - Date.parse(String(ages.get(name)));
    assert.ok(ageMs >= 0 && ageMs < DAY_MS, `${name}: ${ages.get(name)}`);
  }

  assert.equal((await type('rotate', '--account', 'sandbox')).code, 0);
  assert.equal((await type('rotate')).code, 0);
  const between = await client.sends();
  while ((await inventory()).rotations.length > 0);
  const compromised = await type('compromise', '--account', 'sandbox', '--json');
  const { messages, recipients } = JSON.parse(compromised.out) as { messages: number; recipients: number };
  assert.deepEqual([messages, recipients], [2, 1]);
  const later = await client.sends();
  for (const id of [earlier, between, later]) await client.until(id, 'delivered');
  while ((await inventory()).rotations.length > 0);
  const accountKeys = (await inventory()).uses.find(({ name }) => name === 'account keys');
  assert.deepEqual(accountKeys?.counts, { active: 2, destroyed: 3 });
});
