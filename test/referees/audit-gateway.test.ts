import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { command } from '../support/command-line.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { buildGoReader } from '../support/go-reader.ts';

/** The log of a real gateway, exported, proven and read by Go's golang.org/x/mod/sumdb. */
const run = promisify(execFile);
let folder = '';
let program = '';
let gateway: GatewayProcess;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-audit-journey-'));
  program = await buildGoReader(folder);
  gateway = await GatewayProcess.start();
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function type(...argv: readonly string[]) {
  const { code, out, err } = await command(argv, { socketPath: join(gateway.dataFolder, 'control.sock') });
  assert.deepEqual([code, err], [0, ''], argv.join(' '));
  return out;
}

async function sends(text: string): Promise<string> {
  const { body } = await gateway.ask('POST', '/v1/messages', { to: '+12025550100', from: '10666', text });
  return (body as { id: string }).id;
}

/** Waits until the end of a message is in the log. */
async function ended(id: string): Promise<{ index: number | null; what: string }[]> {
  for (;;) {
    const { entries } = JSON.parse(await type('message', 'timeline', id, '--json')) as {
      entries: { index: number | null; what: string }[];
    };
    if (entries.some(({ index, what }) => index !== null && what === 'message.delivered')) return entries;
    await sends('time goes on');
  }
}

test('messages sent, exported twice and proven are what Go reads; one octet changed is found', async () => {
  const first = await sends('The first message');
  const timeline = await ended(first);
  assert.ok(timeline.some(({ index, what }) => index !== null && what === 'message.accepted'));
  assert.ok(timeline.some(({ index, what }) => index === null && what === 'message.sent'));
  const log = join(folder, 'log');
  assert.match(await type('audit', 'export', log), /all is verified\.\n$/);
  const older = join(folder, 'older');
  await copyFile(join(log, 'checkpoint'), older);
  await ended(await sends('The second message'));
  assert.match(await type('audit', 'export', log), /all is verified\.\n$/);
  const [, size = ''] = (await readFile(older, 'utf8')).split('\n');
  await copyFile(older, join(log, `${size}.checkpoint`));
  await type('audit', 'proof', first, '--out', log);
  const key = await readFile(join(log, 'key'), 'utf8');
  const proofs = (await readdir(log)).filter((file) => file.endsWith('.tlog-proof'));
  assert.ok(proofs.length >= 2);
  for (const file of proofs)
    assert.match(await type('audit', 'check-proof', join(log, file), '--key', key), /is in the log/);
  const { stdout } = await run(program, [log, key]);
  const { checkpoints, inclusions } = JSON.parse(stdout) as { checkpoints: number; inclusions: number };
  assert.deepEqual([checkpoints, inclusions], [1, proofs.length]);
  assert.match(await type('audit', 'verify', '--checkpoint', older, '--key', key), /are what was signed/);
  assert.match(await type('audit', 'verify', '--folder', log, '--checkpoint', older), /are what was signed/);
  assert.match(await type('audit', 'tail'), /message\.delivered/);
  await changedIsFound(log);
});

async function changedIsFound(log: string): Promise<void> {
  const entries = (await readdir(join(log, 'tile/entries'), { recursive: true })).filter((name) =>
    /^\d+(\.p\/\d+)?$/.test(name),
  );
  const bundle = join(log, 'tile/entries', entries.find((name) => name.includes('/')) ?? entries[0]!);
  const bytes = await readFile(bundle);
  bytes[5]! ^= 1;
  await writeFile(bundle, bytes);
  const { code, out } = await command(['audit', 'verify', '--folder', log]);
  assert.equal(code, 1);
  assert.match(
    out,
    /\(entry_wrong\)\.\ntile\/entries\/\S+, octet 0: entry \d+, which begins at octet 0, is not the one/,
  );
}

test('a key for the audit reads the log over HTTPS, and does nothing else', async () => {
  const made = await type('key', 'create', '--name', 'auditor', '--verbs', 'audit', '--json');
  const { secret } = JSON.parse(made) as { secret: string };
  const { status, body } = await gateway.ask('GET', '/v1/audit/checkpoint', undefined, { key: secret });
  assert.equal(status, 200);
  assert.match(String(body), /^sallyport\/[0-9a-f]{16}\n\d+\n/);
  const refused = await gateway.ask('POST', '/v1/messages/search', {}, { key: secret });
  assert.equal(refused.status, 403);
});
