import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuditStore } from '../../src/audit/audit-store.ts';
import { type RegisteredName, registered } from '../../src/register/index.ts';
import { inTransaction } from '../../src/store/index.ts';
import { auditOf } from '../support/on-record.ts';
import { startTestDatabase } from '../support/postgres.ts';
import { registeredStores, registerOf } from '../support/test-register.ts';

/** More than PostgreSQL keeps in a row itself. */
const LONG_ENTRY = Buffer.alloc(20_000, 'm');

test('the log knows of each page that was begun, beside long groups, and a new gateway begins none again', async (t) => {
  const server = await startTestDatabase();
  t.after(() => server.close());
  await inTransaction(server.engine, (client) => auditOf(server.engine).record(client, LONG_ENTRY, LONG_ENTRY));
  const log = new AuditStore(server.pool);
  /** The pages that are there when a gateway without a data folder has looked at all tables. */
  const begunBy = async (): Promise<RegisteredName[]> => {
    const register = await registerOf(server.engine, { isOnRecord: (words) => log.mentions(words) });
    const stores = registeredStores(server.engine, register);
    for (const name of registered) await stores[name].all();
    const { rows } = await server.pool.query<{ name: RegisteredName }>('SELECT name FROM register ORDER BY name');
    return rows.map(({ name }) => name);
  };
  assert.deepEqual(await begunBy(), registered);
  await server.pool.query(`DELETE FROM register WHERE name <> 'route'`);
  assert.deepEqual(await begunBy(), ['route']);
});
