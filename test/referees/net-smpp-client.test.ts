import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { npmSmsc } from '../support/npm-smpp.ts';
import { PeerProcess } from '../support/peer-process.ts';
import { testCertificate } from '../support/test-certificate.ts';
import { TsharkRecorder } from '../support/tshark-recorder.ts';
import { assertTsharkReads } from '../support/tshark-verdict.ts';
import { addCarrier, addCredential, type Login, SHORT_CODE, whereIs } from './stage.ts';

/** Perl's Net::SMPP as the application, plain and through stunnel; the npm package `smpp` as the carrier. */
const stack = new AsyncDisposableStack();
let gateway: GatewayProcess;
let smsc: PeerProcess;
let inFront: TsharkRecorder;
let behind: TsharkRecorder;
let login: Login;
let key = '';
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-stunnel-'));
  stack.defer(() => rm(folder, { recursive: true }));
  smsc = stack.use(npmSmsc());
  behind = stack.use(await TsharkRecorder.before(Number((await smsc.event('listening')).port)));
  gateway = stack.use(await GatewayProcess.start());
  inFront = stack.use(await TsharkRecorder.before(gateway.smppPlainPort));
  await addCarrier(gateway, behind.port);
  login = await addCredential(gateway, 'smpp');
  key = (await addCredential(gateway, 'api_key')).secret;
});
after(() => stack.disposeAsync());

interface Message {
  readonly to: string;
  readonly text: string;
  readonly dataCoding: number;
}

function client(port: number, messages: readonly Message[], { systemId, secret } = login): PeerProcess {
  const perl = new PeerProcess('perl', [join(import.meta.dirname, 'net-smpp-client.pl')]);
  const texts = messages.map((message) => ({ from: SHORT_CODE, ...message }));
  perl.tell({ port, systemId, password: secret, messages: texts });
  return perl;
}

/** Has the client send messages, and gives what it heard by the time it had unbound. */
async function conversation(port: number, messages: readonly Message[]) {
  await using perl = client(port, messages);
  assert.equal(await perl.exitCode(), 0, perl.said);
  assert.deepEqual(
    ['bind_resp', 'unbind_resp'].map((name) => perl.eventsSoFar(name).map(({ status }) => status)),
    [[0], [0]],
  );
  assert.deepEqual(perl.eventsSoFar('unexpected'), []);
  return { answers: perl.eventsSoFar('submit_sm_resp'), receipts: perl.eventsSoFar('deliver_sm') };
}

const messages: readonly Message[] = [
  { to: '12025550143', text: 'From Perl: {5 €}', dataCoding: 0 },
  { to: '12025550149', text: 'Код 🔑', dataCoding: 8 },
];

test('messages of Net::SMPP arrive at the carrier, and their receipts come back under the ids it was given', async () => {
  const { answers, receipts } = await conversation(inFront.port, messages);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [0, 0],
  );
  assert.equal(receipts.length, 2);
  const arrived = await smsc.events('submit_sm', 2);
  for (const { to, text, dataCoding } of messages) {
    const heard = arrived.find((submit) => submit.to === to)!;
    assert.deepEqual([heard.from, heard.toTon, heard.text], [SHORT_CODE, 1, text]);
    assert.equal(heard.dataCoding, dataCoding);
  }
  for (const { to, messageId } of answers) {
    const id = String(messageId);
    const receipt = receipts.find(({ receiptedId }) => receiptedId === id)!;
    const [state, word, number] = to === '12025550149' ? ['undelivered', 'UNDELIV', 5] : ['delivered', 'DELIVRD', 2];
    assert.deepEqual([receipt.state, receipt.esmClass, receipt.from, receipt.to], [number, 4, to, SHORT_CODE]);
    assert.match(String(receipt.text), new RegExp(`^id:${id} sub:001 dlvrd:00[01] .*stat:${word} err:`));
    assert.equal((await whereIs(gateway, key, id)).state, state);
  }
});

test('Net::SMPP with a wrong password is told so', async () => {
  await using perl = client(inFront.port, messages, { ...login, secret: 'wrong' });
  assert.equal(await perl.exitCode(), 1);
  const [answer] = perl.eventsSoFar('bind_resp');
  assert.ok([0x0d, 0x0e].includes(Number(answer!.status)), perl.said);
});

/** stunnel, which speaks TLS to the gateway and trusts one authority only. Waits until it listens; returns its port. */
async function stunnel(name: string, authority: string): Promise<{ port: number; process: PeerProcess }> {
  const port = await freePort();
  const [config, caFile] = [join(folder, `${name}.conf`), join(folder, `${name}.pem`)];
  await writeFile(caFile, authority);
  const options = [
    'foreground = yes',
    'pid =',
    'debug = info',
    '[smpp]',
    'client = yes',
    `accept = 127.0.0.1:${port}`,
    `connect = 127.0.0.1:${gateway.smppTlsPort}`,
    `CAfile = ${caFile}`,
    'verifyChain = yes',
    'checkHost = localhost',
    'sslVersionMin = TLSv1.3',
  ];
  await writeFile(config, `${options.join('\n')}\n`);
  const process = stack.use(new PeerProcess('stunnel4', [config]));
  await process.says(/Configuration successful/);
  return { port, process };
}

test('the same over TLS through stunnel, which verifies the certificate of the gateway', async () => {
  const { port, process } = await stunnel('trusting', gateway.authority);
  const { answers, receipts } = await conversation(port, [{ to: '12025550143', text: 'Over TLS', dataCoding: 0 }]);
  assert.equal(receipts.length, 1);
  assert.equal(receipts[0]!.receiptedId, answers[0]!.messageId);
  assert.equal((await smsc.events('submit_sm', 3))[2]!.text, 'Over TLS');
  await process.says(/TLSv1\.3 ciphersuite/);
});

test('stunnel that trusts another authority lets nothing through', async () => {
  const { port, process } = await stunnel('distrusting', testCertificate('localhost').cert);
  await using perl = client(port, messages);
  assert.notEqual(await perl.exitCode(), 0);
  await process.says(/certificate verify failed/);
  assert.equal(smsc.eventsSoFar('submit_sm').length, 3);
});

test('tshark reads every PDU, in front of the gateway and behind it', async (t) => {
  assert.equal(await gateway.stop(), 0);
  await smsc.event('unbind');
  const seen = assertTsharkReads(inFront, behind);
  t.diagnostic([...seen].join(', '));
  for (const name of ['bind_transceiver', 'submit_sm', 'deliver_sm', 'unbind']) {
    assert.ok(seen.has(name), name);
    assert.ok(seen.has(`${name}_resp`), `the answer to ${name}`);
  }
});
