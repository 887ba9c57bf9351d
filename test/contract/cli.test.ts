import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fault } from '../../src/base/fault.ts';
import { pinOf } from '../../src/transport/index.ts';
import { type Door, openDoor } from '../support/api-door.ts';
import { begin, command } from '../support/command-line.ts';
import { testCertificate } from '../support/test-certificate.ts';

const send = ['send', '--to', '+12025550143', '--from', '12345'];

let door: Door;
let folder: string;
before(async () => {
  door = await openDoor();
  folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-'));
});
after(async () => {
  rmSync(folder, { recursive: true });
  await door.close();
});

const type = (argv: readonly string[], input?: string) =>
  command(argv, { socketPath: door.socketPath, ...(input !== undefined && { input }) });

async function typeJson(argv: readonly string[], input?: string): Promise<Record<string, unknown>> {
  const { out, err, code } = await type([...argv, '--json'], input);
  assert.deepEqual([code, err], [0, '']);
  return JSON.parse(out) as Record<string, unknown>;
}

test('a message is sent, and its time line shown with the number masked', async () => {
  const sent = await type([...send, '--class', 'otp', '--reference', 'order-1', 'Your code is 493021']);
  assert.deepEqual([sent.code, sent.err], [0, '']);
  const [, id = ''] = /What becomes of it: npx sallyport message (\S+)\n/.exec(sent.out) ?? [];
  assert.ok(sent.out.startsWith(`${id} is accepted: one segment (gsm7), worth sending until `));
  assert.deepEqual(door.messages.submissions.at(-1)?.content, { kind: 'text', text: 'Your code is 493021' });
  const shown = await type(['message', id]);
  assert.equal(shown.code, 0);
  for (const words of [
    'State                accepted',
    'To                   +*********43',
    'Reference            order-1',
  ]) {
    assert.ok(shown.out.includes(`${words}\n`), shown.out);
  }
  assert.match(shown.out, /^TIME +STATE +SEGMENT +CARRIER +CODE\n\S+ \S+Z {2}accepted {2}all +- +-\n$/m);
  assert.equal((await typeJson(['message', id])).id, id);
});

test('a text is piped in, whole but for the last line end', async () => {
  assert.equal((await type([...send, '-'], 'One\nTwo\n')).code, 0);
  assert.deepEqual(door.messages.submissions.at(-1)?.content, { kind: 'text', text: 'One\nTwo' });
  const { code, err } = await type([...send, '-'], '');
  assert.equal(code, 2);
  assert.match(err, /\(text_missing\)/);
});

test('a message that waits is cancelled, and one that has gone is not', async () => {
  const later = await typeJson([...send, '--at', '2031-01-31T09:30:00+01:00', 'Later']);
  const cancelled = await type(['cancel', String(later.id)]);
  assert.equal(cancelled.code, 0, cancelled.err);
  assert.ok(cancelled.out.includes('State                cancelled\n'), cancelled.out);
  const gone = await typeJson([...send, 'Now']);
  assert.match((await type(['cancel', String(gone.id)])).err, /\(message_not_cancellable\)/);
  assert.match((await type(['cancel', '01995d3c-5f00-7000-8000-000000000001'])).err, /\(message_not_found\)/);
});

test('a message is scheduled for a time, and sent once under a key', async () => {
  const later = await type([...send, '--at', '2031-01-31T09:30:00+01:00', '--valid', '60', 'Later']);
  assert.match(later.out, / is scheduled, to be sent at 2031-01-31 08:30:00\.000Z: /);
  const { sendAtMs, validityMs } = door.messages.submissions.at(-1)!;
  assert.deepEqual([sendAtMs, validityMs], [Date.UTC(2031, 0, 31, 8, 30), 60_000]);
  const once = [...send, '--idempotency-key', 'cli-1', 'Once'];
  assert.deepEqual(await typeJson(once), await typeJson(once));
});

test('messages are listed and paged', async () => {
  assert.equal((await type([...send, 'First'])).code, 0);
  assert.equal((await type([...send, 'Second'])).code, 0);
  const { messages, next } = (await typeJson(['messages', '--limit', '1'])) as {
    messages: { id: string }[];
    next: string;
  };
  assert.equal(messages.length, 1);
  const page = await type(['messages', '--limit', '1', '--state', 'accepted']);
  assert.match(
    page.out,
    new RegExp(`^ID +ACCEPTED.*\n${messages[0]!.id} .*\n\nThere are more: the same with --after ${next}\n$`),
  );
  assert.ok(!(await type(['messages', '--after', next])).out.includes(messages[0]!.id));
  assert.equal((await type(['messages', '--state', 'failed'])).out, 'There are no such messages.\n');
});

test('what the gateway refuses is told by option, with its code and what to do', async () => {
  const sender = await type(['send', '--to', '+12025550143', '--from', '99999', 'Hi']);
  assert.equal(sender.code, 1);
  assert.match(sender.err, /^sallyport: .*\(sender_not_allowed\)\n {2}--from\n.*npx sallyport key list/);
  const state = await type(['messages', '--state', 'gone']);
  assert.match(state.err, /\(invalid_request\)\n {2}--state: It must be one of: accepted,/);
  const asJson = await type(['message', '01995d3c-5f00-7000-8000-000000000001', '--json']);
  assert.deepEqual([asJson.code, asJson.out], [1, '']);
  assert.equal((JSON.parse(asJson.err) as { error: { code: string } }).error.code, 'message_not_found');
  assert.match((await type(['message', '../../carriers'])).err, /\((not_found|message_not_found)\)/);
});

test('an SMPP credential is made with what it may do, and the list shows it', async () => {
  await type(['carrier', 'add', '--name', 'sandbox', '--kind', 'sandbox']);
  const certificate = testCertificate('shop.example');
  const file = join(folder, 'client.pem');
  writeFileSync(file, certificate.cert);
  const bounds = ['--smpp-modes', 'receiver,transmitter', '--max-binds', '4', '--window', '50', '--rate', '20'];
  const said = ['--name', 'bounded', '--kind', 'smpp', '--senders', '12345', '--carriers', 'sandbox'];
  const made = await type(['key', 'create', ...said, ...bounds, '--require-tls', '--client-certificate', file]);
  assert.deepEqual([made.code, made.err], [0, '']);
  const { credential } = (await door.administration.listCredentials()).find(
    (one) => one.credential.name === 'bounded',
  )!;
  assert.deepEqual(credential.capability.smpp, {
    modes: ['receiver', 'transmitter'],
    maxBinds: 4,
    window: 50,
    messagesPerSecond: 20,
    tls: 'required',
    certificate: pinOf(new X509Certificate(certificate.cert)),
  });
  const listed = (await type(['key', 'list'])).out;
  assert.match(listed, /bounded .* receiver,transmitter; binds 4; window 50; 20\/s; tls; certificate$/m);
  const unread = await type(['key', 'create', ...said, '--client-certificate', '/nowhere/client.pem']);
  assert.match(unread.err, /The client certificate cannot be read \(ENOENT\)\. \(file_unreadable\)/);
});

test('a key is made with little said, and its secret shown once', async () => {
  await type(['carrier', 'add', '--name', 'sandbox', '--kind', 'sandbox']);
  const made = await type(['key', 'create', '--name', 'shop', '--senders', '12345,SHOP', '--days', '30']);
  assert.deepEqual([made.code, made.err], [0, '']);
  const [, id = ''] = /^Made API key (\d+) for account acme\./.exec(made.out) ?? [];
  assert.ok(made.out.includes(`\nkey-${id}\n`));
  assert.match(made.out, /The key is shown this once, and cannot be shown again/);
  const { credential } = (await door.administration.listCredentials()).find((one) => String(one.credential.id) === id)!;
  assert.deepEqual(credential.capability, {
    verbs: ['send', 'read'],
    senders: ['12345', 'SHOP'],
    classes: ['transactional'],
    carriers: ['sandbox'],
    networks: ['127.0.0.0/8', '::1/128'],
    kinds: [],
  });
  assert.match((await type(['key', 'list'])).out, new RegExp(`^${id} +acme +api_key +shop +key-${id} +valid `, 'm'));
  assert.equal((await type(['key', 'revoke', id])).out, `API key ${id} of account acme is revoked.\n`);
  assert.match((await type(['key', 'list'])).out, new RegExp(`^${id} +acme +api_key +shop +key-${id} +revoked `, 'm'));
  assert.equal((await type(['key', 'revoke', '999'])).code, 1);
});

test('an SMPP credential is a system_id and a password', async () => {
  const line = ['key', 'create', '--kind', 'smpp', '--name', 'esme', '--senders', '12345', '--system-id', 'shop'];
  const made = await type([...line, '--carriers', 'sandbox', '--networks', '10.0.0.0/8', '--verbs', 'send']);
  assert.match(made.out, /\nsystem_id {2}shop\npassword {3}key-\d+\n\nThe password is shown this once/);
  const { keys } = (await typeJson(['key', 'list'])) as { keys: object[] };
  assert.ok(keys.every((key) => !('secret' in key)));
});

test('a carrier is added with a password from a file or a pipe, listed and tested', async () => {
  const file = join(folder, 'password');
  writeFileSync(file, 'hunter2\n');
  const line = ['carrier', 'add', '--host', 'smsc.example', '--port', '3550', '--system-id', 'acme', '--name'];
  const added = await type([...line, 'north', '--password-file', file]);
  assert.equal(
    added.out,
    'Added north. The link is being made (bound).\nHow it goes: npx sallyport carrier test north\n',
  );
  const north = await typeJson([...line, 'south', '--no-tls', '--window', '10'], 'hunter2\n');
  assert.equal(north.name, 'south');
  assert.match(
    (await type([...line, 'north', '--password-file', file])).err,
    /\(name_taken\)\n {2}--name\nChoose another name\./,
  );
  assert.match(
    (await type([...line, 'east', '--password-file', join(folder, 'none')])).err,
    /ENOENT.*\(file_unreadable\)/,
  );
  assert.match(
    (await type(['carrier', 'list'])).out,
    /^CARRIER +KIND +LINK +BREAKER +STATUS\n(.*\n)*north +smpp +up +closed +bound$/m,
  );
  const tested = { code: 0, out: 'ok      bind          bound\nnorth is up: bound.\n', err: '' };
  assert.deepEqual(await type(['carrier', 'test', 'north']), tested);
  assert.match((await type(['carrier', 'test', 'nowhere'])).err, /\(not_found\)/);
});

test('the password of a carrier is asked for on a terminal, and not shown', async () => {
  const argv = ['carrier', 'add', '--host', 'smsc.example', '--port', '3550', '--system-id', 'acme', '--name', 'west'];
  const typed = begin(argv, { socketPath: door.socketPath });
  typed.stdin.isTTY = true;
  const ended = typed.start();
  await typed.stderr.shows('Password: ');
  typed.stdin.write('hunter2\r');
  assert.equal(await ended, 0);
  assert.equal(`${typed.stdout.text}${typed.stderr.text}`.includes('hunter'), false);
});

test('the status tells whether messages are taken, and why not', async () => {
  const up = await type(['status']);
  assert.equal(up.code, 0);
  assert.match(up.out, /^Takes messages +yes$/m);
  assert.match(up.out, /^Messages in hand +0$/m);
  assert.match(up.out, /^Retention +message_body 2 days late, the oldest by 3, 1 day held$/m);
  assert.match(up.out, /^Alarms +none$/m);
  door.health.trouble = fault('store_full');
  const full = await type(['status']);
  assert.equal(full.code, 1);
  assert.match(full.out, /^Takes messages +no: .* \(store_full\)$/m);
  door.health.trouble = null;
  assert.equal((await typeJson(['status'])).ready, true);
});

const said = async (name: string) => new RegExp(`^${name} +(.*)$`, 'm').exec((await type(['status'])).out)?.[1];

test('the status says in few words that all is well, and names what is not', async () => {
  const well = { late: 0, held: 0, lateByDays: 0 };
  const [body, record] = [
    { datum: 'message_body', ...well },
    { datum: 'message_record', ...well },
  ];
  for (const [lateness, words] of [
    [null, 'not known: the store does not answer'],
    [[body, record], 'nothing late, nothing held'],
    [[{ ...body, held: 1 }, record], 'nothing late; message_body 1 day held'],
    [
      [
        { ...body, held: 2 },
        { ...record, late: 1, lateByDays: 4 },
      ],
      'message_body 2 days held; message_record 1 day late, the oldest by 4',
    ],
  ] as const) {
    door.privacy.isLate = lateness;
    assert.equal(await said('Retention'), words);
  }
  const sinceMs = Date.UTC(2030, 0, 1);
  door.administration.alarms = [
    { alarm: 'carrier_down', on: ['carrier:1'], sinceMs },
    { alarm: 'retention_late', on: ['datum:message_body'], sinceMs: sinceMs + 1 },
  ];
  assert.equal(await said('Alarms'), '2');
  assert.equal(await said('ALARM'), 'ABOUT               SINCE');
  assert.equal(await said('carrier_down'), 'carrier:1           2030-01-01 00:00:00.000Z');
  assert.equal(await said('retention_late'), 'datum:message_body  2030-01-01 00:00:00.001Z');
});

test('accounts are made and listed; with several of them, one must be named', async () => {
  assert.match((await type(['account', 'create', 'bank'])).out, /^Made account bank\./);
  assert.match((await type(['account', 'create', 'bank'])).err, /\(name_taken\)\n {2}NAME\n/);
  assert.match((await type(['account', 'list'])).out, /^NAME +MADE\nacme +\S+ \S+\nbank +\S+ \S+\n$/);
  const unnamed = await type([...send, 'Hi']);
  assert.equal(unnamed.code, 2);
  assert.match(unnamed.err, /\(account_needed\)\nAdd --account, one of: acme, bank\n/);
  assert.equal((await type([...send, '--account', 'acme', 'Hi'])).code, 0);
});
