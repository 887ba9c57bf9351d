import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { CarrierRow } from '../../src/carriers/index.ts';
import { type RegisteredName, registered } from '../../src/register/index.ts';
import { FakeAlarms } from '../support/fake-alarms.ts';
import { TESTER } from '../support/on-record.ts';
import { startTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { AT_MS, fill, fillMore, LAY_OPEN } from '../support/registered-rows.ts';
import { registeredStores, registerFile, registerOf } from '../support/test-register.ts';

/** Columns that may say something else and nothing follows from it. None: whoever adds one says here why. */
const free: Readonly<Record<RegisteredName, readonly string[]>> = {
  carrier: [],
  credential: [],
  route: [],
  webhook: [],
};

/** Something else than a column says, by its type. */
const others: Readonly<Record<string, (column: string) => string>> = {
  text: (column) => `coalesce(${column}, '') || 'x'`,
  integer: (column) => `coalesce(${column}, 0) + 1000`,
  boolean: (column) => `NOT ${column}`,
  bytea: (column) => `coalesce(${column}, '') || '\\x00'::bytea`,
  jsonb: () => `'{"other": true}'`,
  ARRAY: (column) => `${column} || 'x'::text`,
  'timestamp with time zone': (column) => `coalesce(${column} + interval '1 millisecond', now())`,
};

const keyOf = (row: { id?: number; accountId?: number | null }): number => row.id ?? row.accountId!;
const ids = (rows: readonly object[]): number[] => rows.map(keyOf).toSorted((a, b) => a - b);

describe('what the gateway keeps of its settings', () => {
  let server: TestDatabase;
  let alarms: FakeAlarms;
  let file: string;
  let stores: ReturnType<typeof registeredStores>;

  before(async () => {
    server = await startTestDatabase();
    await server.pool.query(LAY_OPEN);
  });
  after(() => server.close());

  const sql = (text: string) => server.pool.query(text);

  /** A gateway that starts: it has seen what stands in the file. */
  async function start(stage: Parameters<typeof registerOf>[1] = {}) {
    alarms = new FakeAlarms();
    stores = registeredStores(server.engine, await registerOf(server.engine, { alarms, file, ...stage }));
    return stores;
  }

  /** What is used of a table, what is used as it was, and what is not. */
  async function look(name: RegisteredName) {
    if (name === 'carrier') {
      const rows = await stores.carrier.all();
      const of = (standing: CarrierRow['standing']) => ids(rows.filter((row) => row.standing === standing));
      return { whole: of('whole'), kept: of('kept'), refused: of('refused') };
    }
    if (name === 'credential') {
      const rows = await stores.credential.all();
      return { whole: ids(rows.filter((row) => !row.isChanged)), refused: ids(rows.filter((row) => row.isChanged)) };
    }
    const { whole, kept, changed } = await stores[name].all();
    return { whole: ids(whole), kept: ids(kept), refused: ids(changed) };
  }

  beforeEach(async () => {
    await sql(`TRUNCATE account, credential, carrier, route, webhook, register, audit_group RESTART IDENTITY CASCADE;
      INSERT INTO account (name) VALUES ('first'), ('second')`);
    file = await registerFile();
    await start();
    for (const name of registered) await look(name);
    await fill(stores);
  });

  for (const name of registered) {
    const key = name === 'webhook' ? 'account_id' : 'id';
    const firstId = `(SELECT min(${key}) FROM ${name})`;

    it(`${name}: what a gateway wrote is whole, here and at every start`, async () => {
      for (const begin of [() => stores, start]) {
        await begin();
        const { whole, ...rest } = await look(name);
        assert.deepEqual([whole.length, Object.values(rest).flat()], [2, []]);
        assert.deepEqual(alarms.names, []);
      }
    });

    it(`${name}: whatever column is changed, the row is not used, and the other is`, async () => {
      const columns = await server.pool.query<{ name: string; type: string }>(
        `SELECT column_name AS name, data_type AS type FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name = $1`,
        [name],
      );
      assert.ok(columns.rows.length >= 4);
      for (const column of columns.rows) {
        if (free[name].includes(column.name)) continue;
        await sql(`CREATE TABLE kept_rows AS TABLE ${name}`);
        const { rowCount } = await sql(
          `UPDATE ${name} SET ${column.name} = ${others[column.type]!(column.name)} WHERE ${key} = ${firstId}`,
        );
        assert.equal(rowCount, 1);
        await start();
        const { whole, refused } = await look(name);
        assert.deepEqual([whole.length, refused.length], [1, 1], column.name);
        assert.ok(alarms.names.some((alarm) => alarm.startsWith(`changed_outside ${name}:`)));
        await sql(`DELETE FROM ${name}; INSERT INTO ${name} SELECT * FROM kept_rows; DROP TABLE kept_rows`);
        assert.equal((await look(name)).whole.length, 2);
        assert.deepEqual(alarms.names, [], 'what is right again is no alarm any more');
      }
    });

    it(`${name}: a row that is removed is missed, and one that is put in is not used`, async () => {
      await sql(`CREATE TABLE kept_rows AS TABLE ${name}; DELETE FROM ${name} WHERE ${key} = ${firstId}`);
      const { whole } = await look(name);
      assert.deepEqual([whole.length, alarms.names.length], [1, 1]);
      await sql(`DELETE FROM kept_rows WHERE ${key} <> (SELECT min(${key}) FROM kept_rows);
        UPDATE kept_rows SET ${key} = 77; INSERT INTO ${name} SELECT * FROM kept_rows; DROP TABLE kept_rows`);
      await start();
      assert.deepEqual((await look(name)).whole, whole);
    });

    it(`${name}: where the page was changed, exchanged, put back or removed, nothing at all is used`, async () => {
      const older = (await sql(`SELECT * FROM register WHERE name = '${name}'`)).rows[0]!;
      const values = [older.revision, older.members, older.mark];
      await fillMore(stores, name);
      const newer = (await sql(`SELECT * FROM register WHERE name = '${name}'`)).rows[0]!;
      await look(name);
      const put = (row: readonly unknown[]) =>
        server.pool.query(
          `INSERT INTO register VALUES ('${name}', $1, $2, $3) ON CONFLICT (name) DO UPDATE
           SET revision = excluded.revision, members = excluded.members, mark = excluded.mark`,
          [...row],
        );
      const other = name === 'route' ? 'carrier' : 'route';
      const attacks: readonly (() => Promise<unknown>)[] = [
        () => put(values),
        () => put([newer.revision + 5, newer.members, newer.mark]),
        () => put([newer.revision, newer.members.subarray(0, -20), newer.mark]),
        () => put([newer.revision, newer.members, Buffer.alloc(32)]),
        () =>
          sql(`UPDATE register SET (revision, members, mark) =
          (SELECT revision, members, mark FROM register WHERE name = '${other}') WHERE name = '${name}'`),
        () => sql(`DELETE FROM register WHERE name = '${name}'`),
      ];
      for (const attack of attacks) {
        await attack();
        await start();
        const { whole, refused } = await look(name);
        assert.deepEqual([whole, refused.length], [[], 3], String(attack));
        assert.deepEqual(alarms.names, [`changed_outside register:${name}`]);
        await assert.rejects(fillMore(stores, name), { message: /changed or removed outside/ });
        await put([newer.revision, newer.members, newer.mark]);
        assert.equal((await look(name)).whole.length, 3);
        assert.deepEqual(alarms.names, []);
      }
    });
  }

  it('a state of a row that was right once is not used again', async () => {
    const first = (
      await sql('SELECT (SELECT min(id) FROM route) AS route, (SELECT min(id) FROM credential) AS credential')
    ).rows[0]! as { route: number; credential: number };
    await sql('CREATE TABLE old_route AS TABLE route; CREATE TABLE old_carrier AS TABLE carrier');
    const carrier = (await stores.carrier.all())[0]!;
    await stores.route.remove(first.route, TESTER);
    await stores.credential.revoke(first.credential, AT_MS, TESTER);
    const to = { kind: 'smpp', settings: { host: 'new.example' }, sealedSecret: null, isEnabled: false } as const;
    await stores.carrier.change(carrier, to, [], TESTER);
    for (const name of registered) assert.equal((await look(name)).refused.length, 0);
    await sql(`INSERT INTO route SELECT * FROM old_route WHERE id = ${first.route};
      UPDATE credential SET revoked_at = NULL; DELETE FROM carrier; INSERT INTO carrier SELECT * FROM old_carrier;
      DROP TABLE old_route, old_carrier`);
    await start();
    assert.deepEqual((await look('route')).refused, [first.route]);
    assert.deepEqual((await look('credential')).refused, [first.credential]);
    assert.deepEqual((await look('carrier')).refused, [1]);
  });

  it('a gateway that works goes on with what was whole, until one that starts refuses it', async () => {
    for (const name of registered) await look(name);
    await sql(
      `UPDATE carrier SET settings = '{}'; DELETE FROM route; UPDATE webhook SET url = 'https://evil.example/'`,
    );
    assert.deepEqual((await look('carrier')).kept, [1, 2]);
    for (const { settings } of await stores.carrier.all())
      assert.equal((settings as { host: string }).host, 'smsc.example');
    assert.equal((await look('route')).kept?.length, 2);
    const { kept } = await stores.webhook.all();
    assert.deepEqual(
      kept.map(({ url }) => url),
      ['https://h1.example/', 'https://h2.example/'],
    );
    await start();
    assert.deepEqual(await look('carrier'), { whole: [], kept: [], refused: [1, 2] });
    assert.deepEqual((await look('route')).kept, []);
    assert.deepEqual(await look('webhook'), { whole: [], kept: [], refused: [1, 2] });
  });

  it('a row that the database alters as it is written is found out', async () => {
    await sql(`CREATE FUNCTION turn() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.carriers := ARRAY['evil']; RETURN NEW; END $$;
      CREATE TRIGGER turn BEFORE INSERT ON route FOR EACH ROW EXECUTE FUNCTION turn()`);
    await fillMore(stores, 'route');
    await sql('DROP FUNCTION turn CASCADE');
    const { whole, changed } = await stores.route.all();
    assert.deepEqual([whole.length, changed.map(({ carriers }) => carriers)], [2, [['evil']]]);
  });

  it('a change that the database says it has made, and has not, is found out, at the next start too', async () => {
    const credential = (await stores.credential.all())[0]!.id;
    await sql(`CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$;
      CREATE TRIGGER keep BEFORE UPDATE ON credential FOR EACH ROW EXECUTE FUNCTION keep();
      CREATE TRIGGER keep BEFORE UPDATE ON register FOR EACH ROW EXECUTE FUNCTION keep()`);
    assert.notEqual(await stores.credential.revoke(credential, AT_MS, TESTER), null);
    await sql('DROP FUNCTION keep CASCADE');
    for (const begin of [() => stores, start]) {
      await begin();
      assert.deepEqual([(await look('credential')).whole, alarms.names], [[], ['changed_outside register:credential']]);
    }
  });

  it('what is written over a row that was changed is whole again', async () => {
    await sql(`UPDATE carrier SET revision = 2147483647, removed_at = now(), name = 'evil' WHERE id = 1;
      UPDATE webhook SET url = 'https://evil.example/'`);
    await start();
    const row = (await stores.carrier.all())[0]!;
    assert.equal(row.standing, 'refused');
    const to = { kind: 'smpp', settings: { host: 'new.example' }, sealedSecret: null, isEnabled: true } as const;
    assert.equal((await stores.carrier.change({ ...row, name: 'c1' }, to, [], TESTER))?.name, 'c1');
    for (const accountId of [1, 2])
      await stores.webhook.set(
        { accountId, url: 'https://h.example/', sealedSecret: Buffer.from('s'), createdAtMs: AT_MS },
        TESTER,
      );
    await start();
    assert.deepEqual(await look('carrier'), { whole: [1, 2], kept: [], refused: [] });
    assert.deepEqual((await look('webhook')).whole, [1, 2]);
    assert.deepEqual(alarms.names, []);
  });

  it('what stands there is taken down once, and never again', async () => {
    const cases = [
      { stage: {}, whole: 0, because: 'this gateway has seen a page' },
      {
        stage: { file: await registerFile(), isOnRecord: () => Promise.resolve(true) },
        whole: 0,
        because: 'the log knows of a page',
      },
      { stage: { file: await registerFile() }, whole: 2, because: 'from before there was a register' },
    ];
    for (const { stage, whole, because } of cases) {
      await sql('DELETE FROM register');
      await start(stage);
      assert.equal((await look('route')).whole.length, whole, because);
    }
    assert.deepEqual(alarms.names, []);
  });

  it('gateways that start at once take it down together', async () => {
    await sql('DELETE FROM register; TRUNCATE audit_group');
    file = await registerFile();
    const several = await Promise.all([1, 2, 3].map(() => start()));
    const seen = await Promise.all(several.map(({ route }) => route.all()));
    assert.deepEqual(
      seen.map(({ whole }) => whole.length),
      [2, 2, 2],
    );
    assert.equal((await sql('SELECT FROM audit_group')).rowCount, 1);
  });

  it('a page that another gateway begins while this one looks is its page too', async () => {
    await sql('DELETE FROM register');
    file = await registerFile();
    const other = registeredStores(server.engine, await registerOf(server.engine));
    await start({ isOnRecord: async () => (await other.route.all()).whole.length > 0 });
    assert.equal((await look('route')).whole.length, 2);
    assert.deepEqual(alarms.told, []);
  });

  it('a table is taken as it stands by an operator, on record, with what was not right', async () => {
    const [altered, gone] = ids((await stores.route.all()).whole);
    await sql(`UPDATE route SET carriers = ARRAY['evil'] WHERE id = ${altered}; DELETE FROM route WHERE id = ${gone}`);
    const register = await registerOf(server.engine, { alarms, file });
    stores = registeredStores(server.engine, register);
    const accepted = await register.accept('route', TESTER);
    assert.deepEqual(accepted, { name: 'route', rows: 1, changed: [altered], missing: [gone] });
    assert.deepEqual(await look('route'), { whole: [altered], kept: [], refused: [] });
    assert.deepEqual(alarms.names, []);
    const { rows } = await server.pool.query<{ entries: Buffer }>(
      'SELECT entries FROM audit_group ORDER BY id DESC LIMIT 1',
    );
    const entry = rows[0]!.entries.subarray(2).toString();
    assert.match(
      entry,
      /"register\.accepted","who":"operator:test".*"on":\["register:route"\].*"changed":1,"missing":1/,
    );
    await sql(`DELETE FROM register WHERE name = 'route'`);
    await register.accept('route', TESTER);
    await fillMore(stores, 'route');
    assert.equal((await look('route')).whole.length, 2);
  });

  it('what is read while it is being changed, and read again, is no alarm', async () => {
    const reads: Promise<unknown>[] = [];
    for (let at = 0; at < 20; at++) {
      for (const name of registered) reads.push(look(name));
      const row = { accountId: 1, url: `https://h${at}.example/`, sealedSecret: Buffer.from('s'), createdAtMs: AT_MS };
      const rule = { prefix: String(50 + at), sender: null, class: null, accountId: null, carriers: ['c1'] };
      await Promise.all([stores.webhook.set(row, TESTER), stores.route.add(rule, AT_MS, TESTER)]);
    }
    await Promise.all(reads);
    assert.deepEqual(alarms.told, []);
  });

  it('a table in which much was changed has one alarm', async () => {
    for (let prefix = 100; prefix < 121; prefix++)
      await stores.route.add(
        { prefix: String(prefix), sender: null, class: null, accountId: null, carriers: ['c1'] },
        AT_MS,
        TESTER,
      );
    await sql(`UPDATE route SET carriers = ARRAY['evil']`);
    await look('route');
    assert.deepEqual(alarms.names, ['changed_outside register:route']);
  });
});
