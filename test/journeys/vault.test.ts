import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { AccountClient } from '../support/account-client.ts';
import { command } from '../support/command-line.ts';
import { cyclonedxErrors } from '../support/cyclonedx.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

const NAMES = [
  'account keys',
  'day keys',
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
];

interface Inventory {
  readonly uses: readonly { readonly name: string; readonly counts: Record<string, number> }[];
  readonly rotations: readonly unknown[];
}

test('an operator lists, rotates and gives up keys while messages are sent, and all of them arrive', async () => {
  await using gateway = await GatewayProcess.start();
  using client = await AccountClient.open(gateway);
  const type = (...argv: string[]) =>
    command(['vault', ...argv], { socketPath: join(gateway.dataFolder, 'control.sock') });
  const inventory = async () => JSON.parse((await type('inventory', '--json')).out) as Inventory;

  const earlier = await client.sends();
  assert.deepEqual(
    (await inventory()).uses.map(({ name }) => name),
    NAMES,
  );
  assert.deepEqual(cyclonedxErrors(JSON.parse((await type('inventory', '--cbom')).out)), []);

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
