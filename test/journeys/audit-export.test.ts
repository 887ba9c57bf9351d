import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { GatewayProcess } from '../support/gateway-process.ts';
import { whenWritten } from '../support/written.ts';

interface Line {
  readonly index: number;
  readonly what: string;
}

interface Outlets {
  readonly sinks: readonly { readonly sink: string; readonly trouble: string | null; readonly nextIndex: number }[];
}

/** What is in a file of JSON lines; a line that was cut short is left out. */
async function linesOf(path: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const whole = text.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
  return whole.map((line) => JSON.parse(line) as Line);
}

const hasLines = (path: string, count: number): Promise<void> =>
  whenWritten(path, async () => (await linesOf(path)).length >= count);

const BATCH = 100;

async function sendBatch(from: GatewayProcess, key: string): Promise<void> {
  const message = { to: '+12025550143', from: '10666', text: 'the secret word is swordfish' };
  const { status, body } = await from.ask(
    'POST',
    '/v1/messages/batch',
    { messages: Array.from({ length: BATCH }, () => message) },
    { key },
  );
  assert.equal(status, 202, JSON.stringify(body));
}

test('a gateway that is killed twice while it exports brings everything when it is back, and nothing that is personal', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-export-'));
  const path = join(folder, 'audit.json');
  const settings = { SALLYPORT_AUDIT_EXPORT: `json file:${path}` };
  await using gateway = await GatewayProcess.start({ settings });
  const key = gateway.sandboxKey;
  const { dataFolder } = gateway;
  await sendBatch(gateway, key);
  await hasLines(path, BATCH);
  await sendBatch(gateway, key);
  await gateway.kill();

  // Again beyond the first full tile, in the middle of the next.
  await using second = await GatewayProcess.start({ dataFolder, settings });
  await sendBatch(second, key);
  await hasLines(path, 3 * BATCH);
  await sendBatch(second, key);
  await second.kill();

  await using again = await GatewayProcess.start({ dataFolder, settings });
  await sendBatch(again, key);
  const { body } = await again.control('GET', '/v1/audit/sinks');
  assert.equal((body as Outlets).sinks[0]?.sink, `json file:${path}`);
  assert.equal(await again.stop(), 0);
  const lines = await linesOf(path);
  const indexes = [...new Set(lines.map(({ index }) => index))];
  assert.deepEqual(indexes, [...indexes.keys()], 'every entry, the first of each in order');
  const first = indexes.map((index) => lines.find((line) => line.index === index)!.what);
  assert.equal(first.filter((what) => what === 'message.accepted').length, 5 * BATCH);
  assert.ok(indexes.length > 2 * 256, 'it goes beyond full tiles');
  assert.doesNotMatch(await readFile(path, 'utf8'), /2025550143|swordfish/);
  await rm(folder, { recursive: true });
});
