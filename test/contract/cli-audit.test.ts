import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { leafHash, rootOf, signCheckpoint } from '../../src/audit/tree/index.ts';
import { type Door, openDoor } from '../support/api-door.ts';
import { begin, command } from '../support/command-line.ts';
import { temporaryFolder } from '../support/database.ts';
import { HandClock } from '../support/hand-clock.ts';
import { keyOf, logKey, ORIGIN } from '../support/log-keys.ts';
import { logOf } from '../support/memory-log.ts';

const SECOND_MS = 1000;
const otherLogKey = keyOf('ed25519', ORIGIN, 9);

/** Says when a command has gone to sleep for the so-many-th time. */
class CountedClock extends HandClock {
  #sleeps = 0;

  override sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    this.#sleeps++;
    return super.sleep(delayMs, signal);
  }

  async slept(times: number): Promise<void> {
    while (this.#sleeps < times) await turn();
  }
}

const taken = new AsyncDisposableStack();
let door: Door;
let folder: string;
before(async () => {
  door = await openDoor();
  folder = taken.use(await temporaryFolder()).path;
});
after(async () => {
  await door.close();
  await taken.disposeAsync();
});

const shownIndexes = (text: string): number[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { index: number }).index);

const upTo = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

test('audit tail --follow shows each entry once, in order, as the log grows, until its reader goes away', async () => {
  const clock = new CountedClock();
  await using own = new AsyncDisposableStack();
  const here = await openDoor(clock);
  own.defer(() => here.close());
  const { auditLog, socketPath } = here;
  auditLog.size = 10;
  const { stdout, start } = begin(['audit', 'tail', '--count', '3', '--follow', '--json'], { socketPath });
  const ends = start();
  let rounds = 1;
  for (const size of [11, 11, 300]) {
    await clock.slept(rounds++);
    auditLog.size = size;
    clock.advance(SECOND_MS);
  }
  await clock.slept(rounds);
  while (shownIndexes(stdout.text).length < 293) await turn();
  assert.deepEqual(shownIndexes(stdout.text), upTo(7, 300));
  stdout.destroy();
  assert.equal(await ends, 0);
  assert.equal(auditLog.followed, 1);
});

test('audit tail --follow ends with the gateway', async () => {
  const clock = new CountedClock();
  const here = await openDoor(clock);
  const { start } = begin(['audit', 'tail', '--follow', '--json'], here);
  const ends = start();
  await clock.slept(1);
  await here.close();
  assert.equal(await ends, 0);
});

async function checked(text: string, key = door.auditLog.verifier) {
  const file = join(folder, 'proof');
  await writeFile(file, text);
  const { code, out } = await command(['audit', 'check-proof', file, '--key', key, '--json']);
  const { flaw } = JSON.parse(out) as { flaw: string | null };
  assert.equal(code, flaw === null ? 0 : 1);
  return flaw;
}

test('audit check-proof believes no file of which any field was changed', async () => {
  const good = (await door.auditLog.proofFile(7))!;
  assert.equal(await checked(good), null);
  const lines = good.split('\n');
  const field = (begins: string) => lines.findIndex((line) => line.startsWith(begins));
  const other = (await door.auditLog.proofFile(8))!.split('\n');
  const end = lines.indexOf('');
  const swap = (at: number, line: string) => checked(lines.with(at, line).join('\n'));
  assert.equal(await swap(0, 'c2sp.org/tlog-proof@v2'), 'it is no proof file with an entry in it');
  assert.equal(await swap(field('extra '), other[field('extra ')]!), 'proof_wrong');
  assert.equal(await swap(field('index '), 'index 8'), 'proof_wrong');
  for (let at = field('index ') + 1; at < end; at++) {
    assert.equal(await swap(at, Buffer.alloc(32, 1).toString('base64')), 'proof_wrong', `hash ${at}`);
    assert.equal(await checked(lines.toSpliced(at, 1).join('\n')), 'proof_wrong', `without hash ${at}`);
  }
  const [origin, size, root, signature] = [end + 1, end + 2, end + 3, end + 5];
  for (const [at, line] of [
    [origin, 'other.example/audit'],
    [size, '299'],
    [root, Buffer.alloc(32, 1).toString('base64')],
  ] as const)
    assert.equal(await swap(at, line), 'signature_invalid', line);
  assert.equal(await swap(signature, lines[signature]!.replace(/.{8}$/, 'AAAAAAA=')), 'signature_invalid');
  const lone = lines.slice(0, end + 1).join('\n');
  const log = logOf(300);
  const root300 = await rootOf(300, log.read);
  assert.ok(Buffer.isBuffer(root300) && leafHash(log.entries[7]!).length === 32);
  const forged = (by: typeof logKey, of: string) =>
    `${lone}\n${signCheckpoint({ origin: of, size: 300, root: root300, extensions: [] }, [by], 0)}`;
  assert.equal(await checked(forged(otherLogKey, ORIGIN)), 'signature_missing');
  assert.equal(await checked(forged(logKey, 'other.example/audit')), 'origin_wrong');
});
