import assert from 'node:assert/strict';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { AccountClient } from '../support/account-client.ts';
import { temporaryFolder } from '../support/database.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { startForeignServer } from '../support/postgres-server.ts';
import { testCertificate } from '../support/test-certificate.ts';

const PEOPLE = 20;
const person = (at: number): string => `+447700900${String(at).padStart(3, '0')}`;
/** What is shown of a number. It comes from the sealed one, so that it takes the key of the person. */
const lastDigits = (number: unknown): string => String(number).slice(-2);

interface Inventory {
  readonly uses: readonly { readonly name: string; readonly counts: Readonly<Record<string, number>> }[];
  readonly rotations: readonly unknown[];
}

async function inventoryOf(gateway: GatewayProcess): Promise<Inventory> {
  const { status, body } = await gateway.control('GET', '/v1/vault/inventory');
  assert.equal(status, 200);
  return body as Inventory;
}

/** Reads its messages one after the other, until it is told to end. Every read must show whom it was to. */
class Reader {
  reads = 0;
  #isEnding = false;
  readonly #done: Promise<void>;

  constructor(client: AccountClient, ids: readonly string[]) {
    this.#done = this.#run(client, ids);
    this.#done.catch(() => undefined); // `end` throws it
  }

  async #run(client: AccountClient, ids: readonly string[]): Promise<void> {
    while (!this.#isEnding) {
      const at = this.reads++ % ids.length;
      const { status, body } = await client.get(`/v1/messages/${ids[at]}`);
      assert.deepEqual([status, lastDigits(body.to)], [200, lastDigits(person(at))]);
    }
  }

  async end(): Promise<number> {
    this.#isEnding = true;
    await this.#done;
    return this.reads;
  }
}

test('a key that one gateway exchanges is read and used by another one: no read fails, whoever began, and who was killed', async () => {
  await using folder = await temporaryFolder();
  await using server = await startForeignServer(testCertificate('db.example'), []);
  const url = `postgresql://admin@localhost:${server.port}/postgres?host=${encodeURIComponent(server.host)}`;
  const settings = { DATABASE_URL: url };
  const [first, second] = [join(folder.path, 'first'), join(folder.path, 'second')];
  await using here = await GatewayProcess.start({ dataFolder: first, settings });
  await mkdir(second, { mode: 0o700 });
  await copyFile(join(first, 'root.key'), join(second, 'root.key'));
  await using there = await GatewayProcess.start({ dataFolder: second, settings });
  using client = await AccountClient.open(here);
  using other = client.at(there);
  const ids: string[] = [];
  for (let at = 0; at < PEOPLE; at++) ids.push(await client.sends({ to: person(at) }));

  const readers = [new Reader(client, ids), new Reader(other, ids)];
  for (const [round, by] of [here, there, here].entries()) {
    const rotated = await by.control('POST', '/v1/vault/rotate', { account: 'sandbox' });
    assert.equal(rotated.status, 202, JSON.stringify(rotated.body));
    // Somebody new, at the gateway that was not asked.
    const stranger = by === here ? other : client;
    await stranger.until(await stranger.sends({ to: person(100 + round) }), 'delivered');
    while ((await inventoryOf(by)).rotations.length > 0);
  }
  for (const reads of await Promise.all(readers.map((reader) => reader.end())))
    assert.ok(reads > PEOPLE, `${reads} reads`);

  await here.control('POST', '/v1/vault/rotate', { account: 'sandbox' });
  await here.kill();
  while ((await inventoryOf(there)).rotations.length > 0);
  const accountKeys = (await inventoryOf(there)).uses.find(({ name }) => name === 'account keys');
  assert.deepEqual(accountKeys?.counts, { active: 2, destroyed: 4 });
  // With nothing in memory from before.
  await using again = await GatewayProcess.start({ dataFolder: first, settings });
  using fresh = client.at(again);
  for (const [at, id] of ids.entries()) {
    for (const reader of [other, fresh]) {
      const { body } = await reader.get(`/v1/messages/${id}`);
      assert.equal(lastDigits(body.to), lastDigits(person(at)));
    }
  }
});
