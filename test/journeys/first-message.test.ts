import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { GatewayProcess } from '../support/gateway-process.ts';

const run = promisify(execFile);

test('the curl line of the first start sends a message, whose end can be asked for', async () => {
  await using gateway = await GatewayProcess.start();
  const line = /curl (?:.|\n)+?'\{.*\}'/.exec(gateway.output)![0];
  const { stdout } = await run('bash', ['-c', line.replace('curl', 'curl -sS')]);
  const accepted = JSON.parse(stdout) as { id: string; state: string };
  assert.equal(accepted.state, 'accepted');

  let state = '';
  while (state !== 'delivered') {
    const { status, body } = await gateway.ask('GET', `/v1/messages/${accepted.id}`);
    assert.equal(status, 200);
    ({ state } = body as { state: string });
    assert.ok(['accepted', 'sent', 'delivered'].includes(state), `a message is never ${state} on its way`);
  }
});

test('a second start keeps the data and makes no second sandbox', async () => {
  await using first = await GatewayProcess.start();
  const key = first.sandboxKey;
  const sent = await first.ask('POST', '/v1/messages', { to: '+12025550143', from: '10666', text: 'kept' });
  const { id } = sent.body as { id: string };
  assert.equal(await first.stop(), 0);

  await using second = await GatewayProcess.start({ dataFolder: first.dataFolder });
  assert.doesNotMatch(second.output, /sallyport_/);
  const found = await second.ask('GET', `/v1/messages/${id}`, undefined, { key });
  assert.equal(found.status, 200);
  assert.equal((found.body as { id: string }).id, id);
});
