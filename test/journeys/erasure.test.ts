import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { begin } from '../support/command-line.ts';
import { temporaryFolder } from '../support/database.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

const PERSON = '+12025550177';

test('a person is erased by a command, sent to no more, and the certificate holds when no gateway runs', async () => {
  await using gateway = await GatewayProcess.start();
  await using folder = await temporaryFolder();
  const socketPath = join(gateway.dataFolder, 'control.sock');
  const typed = async (argv: readonly string[], input?: string) => {
    const command = begin(argv, { socketPath, ...(input !== undefined && { input }) });
    const code = await command.start();
    return { code, out: command.stdout.text, err: command.stderr.text };
  };
  const message = { to: PERSON, from: '10666', text: 'Hello' };
  const sent = await gateway.ask('POST', '/v1/messages', message);
  assert.equal(sent.status, 202);
  const out = join(folder.path, 'erased.tlog-proof');
  const said = ['--why', 'asked by letter', '--as', 'jane'];

  const held = ['--from', '2020-01-01', '--to', '2099-01-01', '--why', 'case 12', '--as', 'john'];
  const expires = new Date(Date.now() + 86_400_000).toISOString();
  assert.equal((await typed(['hold', 'ask', '--expires', expires, '--person', ...held], `${PERSON}\n`)).code, 0);
  assert.match((await typed(['hold', 'approve', '--id', '1', '--as', 'john'])).err, /second_person_needed/);
  assert.equal((await typed(['hold', 'approve', '--id', '1', '--as', 'jane'])).code, 0);
  assert.match((await typed(['hold', 'list'])).out, /in force/);
  assert.match((await typed(['erase', '--out', out, ...said], PERSON)).err, /on_hold/);
  assert.equal((await typed(['hold', 'end', '--id', '1', '--as', 'jane'])).code, 0);

  const erased = await typed(['erase', '--out', out, '--json', ...said], PERSON);
  assert.equal(erased.code, 0, erased.err);
  const { messages, verifier } = JSON.parse(erased.out) as { messages: number; verifier: string };
  assert.equal(messages, 1);
  const { id } = sent.body as { id: string };
  assert.match((await typed(['message', id])).out, /^To +erased$/m);
  const refused = await gateway.ask('POST', '/v1/messages', message);
  assert.deepEqual([refused.status, (refused.body as { code: string }).code], [403, 'recipient_suppressed']);
  assert.equal((await typed(['retention', 'show'])).code, 0);
  assert.equal(await gateway.stop(), 0);

  const valid = await typed(['erase', 'check', out, '--key', verifier]);
  assert.deepEqual([valid.code, valid.err], [0, '']);
  assert.match(valid.out, /yes: entry \d+ of sallyport/);
  const forged = join(folder.path, 'forged.tlog-proof');
  const [first, extra, ...rest] = readFileSync(out, 'utf8').split('\n');
  const entry = Buffer.from(extra!.slice('extra '.length), 'base64').toString().replace('"messages":1', '"messages":0');
  await writeFile(forged, [first, `extra ${Buffer.from(entry).toString('base64')}`, ...rest].join('\n'));
  assert.match((await typed(['erase', 'check', forged, '--key', verifier])).err, /certificate_invalid/);
  assert.ok(!gateway.output.includes(PERSON.slice(1)));
});
