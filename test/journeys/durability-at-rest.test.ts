import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { bcdOf, formsOf, Scan } from '../support/chaos-scan.ts';
import { Esme } from '../support/esme.ts';
import { apiKey, smppLogin } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { testCertificate } from '../support/test-certificate.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const MESSAGES = 10_000;
const BATCH = 500;
/** Not the area of the number that the gateway shows in its example. */
const FIRST_AREA = 210;
/** So many lines of each area are delivered at once; the others have a fate of their own in the sandbox. */
const LINES = 90;
const CHANCE_HITS = 2;

const numberAt = (index: number): string =>
  `1${FIRST_AREA + Math.floor(index / LINES)}555${String(100 + (index % LINES)).padStart(4, '0')}`;

/** Letters only, so that GSM 7-bit has them and nothing else looks like them. */
const word = (): string => [...randomBytes(16)].map((byte) => String.fromCharCode(0x61 + (byte % 26))).join('');

/** Every body begins, goes on and ends with the same word, so that one search finds any piece of any of them. */
const bodyWord = word();
const referenceWord = word();
const bodyAt = (index: number): string =>
  `${bodyWord} ${index} ${index % 2 === 0 ? 'plain' : 'ещё'} ${bodyWord} ${index % 7 === 0 ? `${bodyWord} `.repeat(12) : ''}${bodyWord}`;

const numbers = Array.from({ length: MESSAGES }, (_, index) => numberAt(index));
assert.equal(new Set(numbers).size, MESSAGES);

async function sendAll(gateway: GatewayProcess, key: string): Promise<void> {
  for (let first = 0; first < MESSAGES; first += BATCH) {
    const messages = Array.from({ length: BATCH }, (_, at) => ({
      to: `+${numbers[first + at]!}`,
      from: '10666',
      text: bodyAt(first + at),
      ...(at % 3 === 0 ? { reference: `${referenceWord}-${first + at}` } : {}),
    }));
    const { status, body } = await gateway.ask('POST', '/v1/messages/batch', { messages }, { key });
    assert.equal(status, 202);
    const { results } = body as { results: { status: string }[] };
    assert.deepEqual(new Set(results.map((result) => result.status)), new Set(['accepted']));
  }
}

async function untilIdle(gateway: GatewayProcess): Promise<void> {
  for (;;) {
    const { body } = await gateway.control('GET', '/v1/status');
    if ((body as { messagesInHand: number }).messagesInHand === 0) return;
  }
}

test('after 10,000 messages nothing readable lies in any file or log of the gateway', async () => {
  await using receiver = await WebhookReceiver.open(testCertificate('localhost', '127.0.0.1'));
  await using gateway = await GatewayProcess.start({
    settings: { SALLYPORT_LOG_LEVEL: 'debug', SALLYPORT_WEBHOOK_ALLOW_NETWORKS: '127.0.0.0/8' },
  });
  const { key } = await apiKey(gateway);
  const login = await smppLogin(gateway);
  const webhook = await gateway.ask('PUT', '/v1/webhook', { url: receiver.url }, { key });
  assert.equal(webhook.status, 200, JSON.stringify(webhook.body));
  const { secret } = webhook.body as { secret: string };
  using esme = await Esme.bound(gateway, login);
  await esme.submitted({
    destination_addr: numbers[0]!,
    short_message: bodyAt(0).slice(0, 100),
    registered_delivery: 1,
  });
  await sendAll(gateway, key);
  // What is refused goes through other code, and through the log.
  await gateway.ask('POST', '/v1/messages', { to: `+${numbers[1]!}`, from: 'nobody', text: bodyAt(1) }, { key });
  esme.submits({ destination_addr: `${numbers[2]!}00000000`, short_message: bodyWord });
  await esme.hears('submit_sm_resp', { status: 0x0b });
  await untilIdle(gateway);

  const looksFor = [
    ...formsOf('a body', bodyWord),
    ...formsOf('the API key', key),
    ...formsOf('the SMPP password', login.password),
    ...formsOf('the webhook secret', secret.replace('whsec_', '')),
    { what: 'the webhook secret, decoded', bytes: Buffer.from(secret.replace('whsec_', ''), 'base64') },
    { what: 'a reference', bytes: Buffer.from(referenceWord) },
  ];
  const live = new Scan(looksFor, numbers);
  await live.folder(gateway.dataFolder);
  live.look('stdout', Buffer.from(gateway.output));
  live.look('stderr', Buffer.from(gateway.rawLog));
  await gateway.stop();
  const stopped = new Scan(looksFor, numbers);
  await stopped.folder(gateway.dataFolder);
  stopped.look('stderr', Buffer.from(gateway.rawLog));

  // The control: what the database does write in clear is found, live in the WAL, and when it has stopped in the tables.
  for (const { scan, place } of [
    { scan: live, place: '/postgres/pg_wal/' },
    { scan: stopped, place: '/postgres/base/' },
  ]) {
    assert.deepEqual(
      [...scan.found.keys()],
      ['a reference'],
      [...scan.found].flatMap(([what, files]) => [what, ...[...files].slice(0, 3)]).join(' '),
    );
    assert.ok(scan.inBcd.size <= CHANCE_HITS, `${scan.inBcd.size} numbers in BCD`);
    const seen = [...scan.found.get('a reference')!];
    assert.ok(
      seen.some((file) => file.includes(place)),
      place,
    );
    assert.ok(
      scan.files.some((file) => file.endsWith('postgres.log') || file.includes('/log')),
      'the log of the database',
    );
    assert.ok(scan.bytes > 50_000_000, `${scan.bytes} bytes were searched`);
  }
});

const noise = () => randomBytes(1000);

test('the search finds each form when it is there', () => {
  const scan = new Scan(formsOf('a body', bodyWord), numbers);
  const planted = [
    ...formsOf('a body', bodyWord),
    { what: 'a number as latin1', bytes: Buffer.from(`+${numbers[77]!}`) },
  ];
  for (const { bytes } of planted) scan.look('planted', Buffer.concat([noise(), bytes, noise()]));
  scan.look('planted', Buffer.concat([noise(), Buffer.from(numbers[78]!, 'utf16le'), noise()]));
  scan.look('planted', Buffer.concat([noise(), Buffer.from(numbers[79]!, 'utf16le').swap16(), noise()]));
  scan.look('planted', Buffer.concat([noise(), bcdOf(numbers[80]!), noise()]));
  assert.deepEqual(new Set(scan.found.keys()), new Set([...planted.map(({ what }) => what), 'a number as utf16le']));
  assert.deepEqual([...scan.inBcd], [bcdOf(numbers[80]!).toString('hex')]);
});
