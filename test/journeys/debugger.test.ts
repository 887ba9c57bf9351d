import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayProcess } from '../support/gateway-process.ts';

test('no signal opens a debugger, in which the keys could be read', async () => {
  await using gateway = await GatewayProcess.start();
  process.kill(gateway.pid, 'SIGUSR1');
  assert.equal((await gateway.ask('GET', '/v1/health')).status, 200);
  assert.equal(await gateway.stop(), 0);
  assert.doesNotMatch(gateway.rawLog, /Debugger/);
});
