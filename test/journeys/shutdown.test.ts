import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { AccountClient, hello } from '../support/account-client.ts';
import { Esme } from '../support/esme.ts';
import { smppLogin, until } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

const PROGRAM = join(import.meta.dirname, '../../src/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'sallyport-test-start-'));
after(() => rmSync(folder, { recursive: true }));

test('Ctrl-C with messages in hand ends in order, and loses none of them', async () => {
  await using first = await GatewayProcess.start();
  using client = await AccountClient.open(first);
  using esme = await Esme.bound(first, await smppLogin(first));
  const messages = Array.from({ length: 300 }, (_, at) => ({ ...hello, to: at === 0 ? '+12025550193' : hello.to }));
  const { status, body } = await client.post('/v1/messages/batch', { messages });
  assert.equal(status, 202);
  for (let count = 0; count < 200; count++) esme.submits();
  await esme.hears('submit_sm_resp', { status: 0 });
  const stopped = first.stop();
  await esme.hears('unbind');
  await esme.ended();
  assert.equal(await stopped, 0);
  assert.match(first.output, /Stopped\.\n$/);

  const accepted = (body.results as { id: string }[]).map(({ id }) => id);
  for (const pdu of esme.unheard)
    if (pdu.command === 'submit_sm_resp' && pdu.status === 0) accepted.push(pdu.fields.message_id);
  await using second = await GatewayProcess.start({ dataFolder: first.dataFolder });
  for (const id of accepted) await until(second, 'sandbox', id, 'delivered');
});

test('Ctrl-C with nothing in hand ends in order', async () => {
  await using gateway = await GatewayProcess.start();
  assert.equal(await gateway.stop(), 0);
});

/** Starts a gateway that cannot run, and gives what it says before it ends. */
async function refusal(settings: Record<string, string>): Promise<{ code: unknown; said: string }> {
  const ports = { SALLYPORT_API_PORT: '0', SALLYPORT_SMPP_TLS_PORT: '0', SALLYPORT_SMPP_PLAIN_PORT: '0' };
  const env = { ...process.env, ...ports, ...settings };
  const { promise, resolve } = Promise.withResolvers<{ code: unknown; said: string }>();
  execFile(PROGRAM, ['start'], { env }, (error, _stdout, stderr) => {
    resolve({
      code: error?.code ?? 0,
      said: stderr
        .split('\n')
        .filter((line) => !line.startsWith('{'))
        .join('\n'),
    });
  });
  return await promise;
}

test('a second gateway on the same data folder says who holds it, and leaves that one alone', async () => {
  await using gateway = await GatewayProcess.start();
  const { code, said } = await refusal({ SALLYPORT_DATA_FOLDER: gateway.dataFolder });
  assert.equal(code, 1);
  assert.match(said, new RegExp(`^sallyport: .* ${gateway.pid}\\..*\\(data_folder_in_use\\)\n$`));
  using client = await AccountClient.open(gateway);
  await client.until(await client.sends(), 'delivered');
});

for (const setting of ['api.port', 'smpp.tlsPort', 'smpp.plainPort']) {
  test(`a port of ${setting} that is in use is named, and nothing is left running`, async () => {
    const holder = net.createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as net.AddressInfo;
    const name = `SALLYPORT_${setting.replace('.', '_').replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`;
    const settings = { SALLYPORT_DATA_FOLDER: join(folder, 'data'), [name]: String(port) };
    const { code, said } = await refusal(settings);
    assert.equal(code, 1);
    assert.equal(said, `sallyport: The address of ${setting} is in use: set another one. (port_unavailable)\n`);
    holder.close();
  });
}

test('after a start that failed the data folder starts as it is', async () => {
  await using gateway = await GatewayProcess.start({ dataFolder: join(folder, 'data') });
  assert.equal(await gateway.stop(), 0);
});
