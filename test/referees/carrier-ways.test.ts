import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CertificateShop } from '../support/certificates.ts';
import { command } from '../support/command-line.ts';
import { freePort } from '../support/free-port.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { npmSmsc } from '../support/npm-smpp.ts';
import { PeerProcess } from '../support/peer-process.ts';
import { addCredential, CARRIER, curlSends, LONG_GSM_TEXT, whereIs } from './stage.ts';

/** The npm package `smpp` as a carrier with transmitters and receivers, behind stunnel, which asks for a client certificate. */
const HOST = 'carrier.example';
const stack = new AsyncDisposableStack();
const shop = new CertificateShop();
let gateway: GatewayProcess;
let smsc: PeerProcess;
let port: number;
let passwordFile: string;

const root = shop.issue({ isAuthority: true });
const server = shop.issue({ names: `DNS:${HOST}` }, root);
const ours = shop.issue({ usage: 'clientAuth' }, root);
const stranger = shop.issue({ usage: 'clientAuth' }, shop.issue({ isAuthority: true }));

before(async () => {
  smsc = stack.use(npmSmsc());
  port = await stunnelBefore(Number((await smsc.event('listening')).port));
  gateway = stack.use(await GatewayProcess.start());
  passwordFile = join(shop.folder, 'password');
  writeFileSync(passwordFile, 'opensesa');
});
after(async () => {
  await stack.disposeAsync();
  shop[Symbol.dispose]();
});

/** stunnel as the server of a carrier that has no TLS of its own. */
async function stunnelBefore(plainPort: number): Promise<number> {
  const accept = await freePort();
  const config = join(shop.folder, 'stunnel.conf');
  const options = [
    'foreground = yes',
    'pid =',
    'debug = info',
    '[smpp]',
    `accept = 127.0.0.1:${accept}`,
    `connect = 127.0.0.1:${plainPort}`,
    `cert = ${server.certFile}`,
    `key = ${server.keyFile}`,
    `CAfile = ${root.certFile}`,
    'verifyChain = yes',
    'sslVersionMin = TLSv1.3',
  ];
  writeFileSync(config, `${options.join('\n')}\n`);
  const process = stack.use(new PeerProcess('stunnel4', [config]));
  await process.says(/Configuration successful/);
  return accept;
}

const type = (line: string) => command(line.split(' '), { socketPath: join(gateway.dataFolder, 'control.sock') });
const where = () => `--host 127.0.0.1 --port ${port} --servername ${HOST} --ca-file ${root.certFile}`;
const login = () => `--system-id sallyport --password-file ${passwordFile}`;
const showing = ({ certFile, keyFile }: { certFile: string; keyFile: string }) =>
  `--client-cert ${certFile} --client-key ${keyFile}`;

test('bind test tells that the server wants a client certificate, and which it does not take', async () => {
  const none = await type(`bind test ${where()} ${login()}`);
  assert.equal(none.code, 1);
  assert.match(none.out, /failed +bind +it asks for a client certificate\n +Name yours with --client-cert/);
  const wrong = await type(`bind test ${where()} ${login()} ${showing(stranger)}`);
  assert.match(wrong.out, /failed +bind +it (does not trust the authority of|refuses) our client certificate/);
  const right = await type(`bind test ${where()} ${login()} ${showing(ours)}`);
  assert.equal(right.code, 0, right.out);
  assert.match(right.out, /ok +tls +TLSv1\.3, .*\nok +bind +bound as transceiver to npm-smsc/);
});

test('two transmitters and two receivers bind with the certificate', async () => {
  const binds = smsc.eventsSoFar('bind').length;
  const ways = '--mode tx+rx --bind-count 2';
  const added = await type(`carrier add --name ${CARRIER} ${where()} ${login()} ${showing(ours)} ${ways}`);
  assert.deepEqual([added.err, added.code], ['', 0]);
  const kinds = (await smsc.events('bind', binds + 4)).slice(binds).map(({ kind }) => kind);
  assert.deepEqual(
    kinds.toSorted((a, b) => String(a).localeCompare(String(b))),
    ['bind_receiver', 'bind_receiver', 'bind_transmitter', 'bind_transmitter'],
  );
});

test('messages go out on the transmitters and are delivered by receipts on a receiver', async () => {
  const { secret } = await addCredential(gateway, 'api_key');
  for (const [text, parts] of [
    ['Grüße', 1],
    [LONG_GSM_TEXT, 2],
  ] as const) {
    const answered = smsc.eventsSoFar('deliver_sm_resp').length;
    const id = await curlSends(gateway, secret, '+12025550143', text);
    await smsc.events('deliver_sm_resp', answered + parts);
    assert.equal((await whereIs(gateway, secret, id)).state, 'delivered');
  }
  assert.equal((await type(`carrier test ${CARRIER}`)).code, 0);
});

test('all binds are ended in order', async () => {
  const unbinds = smsc.eventsSoFar('unbind').length;
  assert.equal(await gateway.stop(), 0);
  await smsc.events('unbind', unbinds + 4);
  assert.deepEqual(smsc.eventsSoFar('error'), []);
});
