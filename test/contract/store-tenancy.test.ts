import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { lowestIdText } from '../../src/base/id.ts';
import { openTestDatabase } from '../support/database.ts';
import { ownDatabase } from '../support/hooks.ts';

const ROLES = ['sallyport_engine', 'sallyport_tenant'] as const;
const DENIED = { code: '42501' };
const BOTH = [1, 2];

const id = lowestIdText(systemClock.now());

/** One row of an account, for each table that a tenant may read. A new such table needs a line here. */
const SEEDS: Record<string, string> = {
  recipient: `INSERT INTO recipient VALUES ($1, 7, '\\x${'00'.repeat(16)}', '\\x00')`,
  message: `INSERT INTO message (account_id, id, recipient_id, credential_id, carrier_id, node_id, direction, class, data_coding,
    flags, segments, hand_off, expires_at, sender, body) VALUES ($1, '${id}', 7, 1, 1, 1, 0, 0, 0, 0, 1, 0, now(), '', '')`,
  message_event: `INSERT INTO message_event (account_id, message_id, at, state, segment, node_id, carrier_id, code)
    VALUES ($1, '${id}', now(), 5, 0, 1, 1, 0)`,
  message_replacement: `INSERT INTO message_replacement (account_id, message_id, revision, at, data_coding, flags, segments,
    expires_at, body) VALUES ($1, '${id}', 1, now(), 0, 0, 1, now(), '')`,
};

const TABLES = `SELECT c.oid::regclass::text AS name, has_table_privilege('sallyport_tenant', c.oid, 'SELECT') AS readable,
    c.relrowsecurity AS secured
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account_id'
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace IN ('public'::regnamespace, 'vault'::regnamespace)`;
const PARTITIONS = `SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relispartition AND c.relkind = 'r'`;
const OWNED = `SELECT r.rolname, d.classid::regclass::text AS kind, d.objid FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid
  WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o' AND r.rolname = ANY ($1)`;
interface Table {
  readonly name: string;
  readonly readable: boolean;
  readonly secured: boolean;
}

describe('accounts are kept apart by the database', () => {
  const db = ownDatabase();
  let tables: Table[];
  before(async () => {
    tables = (await db.owner.query<Table>(TABLES)).rows;
    for (const sql of Object.values(SEEDS)) for (const account of BOTH) await db.owner.query(sql, [account]);
  });

  it('in every table that a tenant may read', async () => {
    const readable = tables.filter((table) => table.readable).map(({ name }) => name);
    assert.deepEqual(readable.toSorted(), Object.keys(SEEDS).toSorted());
    for (const name of readable) {
      for (const account of BOTH) {
        const { rows } = await db.database.asTenant(account, (client) =>
          client.query<{ account_id: number }>(`SELECT account_id FROM ${name}`),
        );
        assert.deepEqual(rows, [{ account_id: account }], name);
      }
      const all = await db.database.engine.query(`SELECT FROM ${name}`);
      assert.equal(all.rowCount, BOTH.length, name);
    }
  });

  it('for a tenant cannot reach the other tables at all', async () => {
    const hidden = tables.filter((table) => !table.readable).map(({ name }) => name);
    assert.ok(hidden.includes('vault.key') && hidden.includes('credential'));
    for (const name of hidden) {
      await assert.rejects(
        db.database.asTenant(1, (client) => client.query(`SELECT FROM ${name}`)),
        DENIED,
        name,
      );
    }
  });

  it('for a tenant writes nowhere', async () => {
    for (const { name } of tables) {
      for (const sql of [
        `INSERT INTO ${name} (account_id) VALUES (1)`,
        `UPDATE ${name} SET account_id = 1`,
        `DELETE FROM ${name}`,
      ]) {
        await assert.rejects(
          db.database.asTenant(1, (client) => client.query(sql)),
          DENIED,
          sql,
        );
      }
    }
  });

  it('for nothing is seen without an account, before and after one was named', async () => {
    const peek = () => db.database.tenant.query('SELECT FROM message');
    await assert.rejects(peek());
    await db.database.asTenant(1, (client) => client.query('SELECT'));
    await assert.rejects(peek());
    await assert.rejects(
      db.database.asTenant(0, (client) => client.query('SELECT')),
      { name: 'BrokenInvariant' },
    );
  });

  it('for neither role reads, changes or empties a partition', async () => {
    const partitions = (await db.owner.query<{ name: string }>(PARTITIONS)).rows.map(({ name }) => name);
    assert.ok(partitions.length >= 10, 'there are partitions for five days');
    for (const role of ROLES) {
      const pool = role === 'sallyport_engine' ? db.database.engine : db.database.tenant;
      for (const name of partitions) {
        for (const sql of [
          `SELECT FROM ${name}`,
          `DELETE FROM ${name}`,
          `UPDATE ${name} SET account_id = 1`,
          `TRUNCATE ${name}`,
        ]) {
          await assert.rejects(pool.query(sql), DENIED, `${role}: ${sql}`);
        }
      }
    }
  });

  it('for the roles of the gateway own nothing and have no powers', async () => {
    const roles = [...ROLES, 'sallyport_gateway'];
    assert.deepEqual((await db.owner.query(OWNED, [roles])).rows, []);
    assert.notDeepEqual((await db.owner.query(OWNED, [['sallyport_owner']])).rows, []);
    const powers = 'rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication';
    const found = await db.owner.query(
      `SELECT count(*)::int4 AS roles, bool_or(${powers}) AS powerful FROM pg_roles WHERE rolname = ANY ($1)`,
      [[...roles, 'sallyport_owner']],
    );
    assert.deepEqual(found.rows, [{ roles: 4, powerful: false }]);
    for (const pool of [db.database.engine, db.database.tenant]) {
      await assert.rejects(pool.query('SET ROLE sallyport_owner'), DENIED);
    }
  });

  it('and a lost connection ends the work on it, nothing else', async () => {
    const lost = db.database.asTenant(1, (client) =>
      client.query('SET LOCAL ROLE NONE; SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(60)'),
    );
    await assert.rejects(lost, { code: '57P01' });
    const { rows } = await db.database.asTenant(2, (client) => client.query('SELECT account_id FROM message'));
    assert.deepEqual(rows, [{ account_id: 2 }]);
  });
});

describe('the days ahead', () => {
  it('have their partitions, whoever else makes them too', async () => {
    let nowMs = systemClock.now();
    await using test = await openTestDatabase({ clock: { ...systemClock, now: () => nowMs } });
    const { database } = test;
    nowMs = Date.UTC(2031, 1, 27, 23, 59, 59, 999);
    await Promise.all([database.makeDaysAhead(), database.makeDaysAhead()]);
    await database.makeDaysAhead();
    const { rows } = await database.engine.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relispartition AND relkind = 'r' AND relname LIKE 'message\\_2031%' ORDER BY 1`,
    );
    assert.deepEqual(
      rows.map(({ name }) => name.slice(-4)),
      ['0226', '0227', '0228', '0301', '0302'],
    );
    const message = SEEDS.message!.replace(id, lowestIdText(nowMs + 1));
    assert.equal((await database.engine.query(message, [1])).rowCount, 1);
  });
});
