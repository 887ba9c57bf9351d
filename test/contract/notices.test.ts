import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, test } from 'node:test';
import { Client } from 'pg';
import { SECOND_MS } from '../../src/base/clock.ts';
import { type ChangesListener, listenForChanges } from '../../src/store/index.ts';
import { HandClock } from '../support/hand-clock.ts';
import { startTestDatabase, type TestDatabase } from '../support/postgres.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Counts what happens, and lets the test wait for the n-th time. */
class Counter {
  count = 0;
  readonly #events = new EventTarget();

  happened(): void {
    this.count++;
    this.#events.dispatchEvent(new Event('counted'));
  }

  async reaches(count: number): Promise<void> {
    while (this.count < count) await once(this.#events, 'counted');
  }
}

let database: TestDatabase;
let listener: ChangesListener | null = null;
const clients: Client[] = [];

before(async () => {
  database = await startTestDatabase();
});
afterEach(async () => {
  await listener?.close();
  listener = null;
  clients.length = 0;
});
after(() => database.close());

const connect = async (): Promise<Client> => {
  const client = new Client({ ...database.address, options: '-c role=sallyport_engine' });
  clients.push(client);
  await client.connect();
  return client;
};

const tell = (payload: string) => database.engine.query(`SELECT pg_notify('sallyport_changes', $1)`, [payload]);

test('what changes is read: once at the start, and again with every notice of its kind', async () => {
  const credentials = new Counter();
  const carriers = new Counter();
  const handlers = {
    credential: async () => credentials.happened(),
    carrier: async () => carriers.happened(),
  };
  listener = listenForChanges({ connect, handlers, clock: new HandClock(), log: silent });
  await Promise.all([credentials.reaches(1), carriers.reaches(1)]);
  await tell('nothing we know');
  await tell('credential');
  await credentials.reaches(2);
  assert.equal(carriers.count, 1);
});

test('a notice that comes while its change is being read leads to one more reading', async () => {
  const readings = new Counter();
  const gate = Promise.withResolvers<void>();
  const read = async () => {
    readings.happened();
    if (readings.count === 2) await gate.promise;
  };
  listener = listenForChanges({ connect, handlers: { credential: read }, clock: new HandClock(), log: silent });
  await readings.reaches(1);
  await tell('credential');
  await readings.reaches(2);
  await tell('credential');
  await tell('credential');
  await clients[0]!.query('SELECT 1');
  gate.resolve();
  await readings.reaches(3);
  await clients[0]!.query('SELECT 1');
  assert.equal(readings.count, 3);
});

test('a connection that is lost is replaced, and what was missed is read', async () => {
  const readings = new Counter();
  const lost = new Counter();
  const clock = new HandClock();
  const log = { ...silent, warn: () => lost.happened() };
  const handlers = { credential: async () => readings.happened() };
  listener = listenForChanges({ connect, handlers, clock, log });
  await readings.reaches(1);
  await database.pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'`);
  await lost.reaches(1);
  assert.equal(clients.length, 1);
  clock.advance(SECOND_MS);
  await readings.reaches(2);
  assert.equal(clients.length, 2);
});

test('a reading that fails is tried again', async () => {
  const readings = new Counter();
  const lost = new Counter();
  const clock = new HandClock();
  const read = async () => {
    readings.happened();
    if (readings.count === 1) throw new Error('the database is busy');
  };
  const log = { ...silent, warn: () => lost.happened() };
  listener = listenForChanges({ connect, handlers: { credential: read }, clock, log });
  await lost.reaches(1);
  clock.advance(SECOND_MS);
  await readings.reaches(2);
  assert.equal(lost.count, 1);
});

test('it ends while it waits to connect again', async () => {
  const lost = new Counter();
  const log = { ...silent, warn: () => lost.happened() };
  const clock = new HandClock();
  const refused = listenForChanges({
    connect: () => Promise.reject(new Error('refused')),
    handlers: {},
    clock,
    log,
  });
  await lost.reaches(1);
  await refused.close();
  assert.equal(clock.pending, 0);
});
