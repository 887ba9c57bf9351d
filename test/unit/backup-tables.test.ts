import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { tables } from '../../src/backup/tables.ts';

/** The runner of migrations makes it. */
const NOT_MIGRATED = 'schema_migration';

test('of every table that a migration makes it is said how it is backed up', () => {
  const sql = globSync('src/store/migrations/*.sql').map((path) => readFileSync(path, 'utf8'));
  const made = sql.flatMap((text) => [...text.matchAll(/^CREATE TABLE ([\w.]+)/gm)].map((found) => found[1]!));
  assert.deepEqual([...made, NOT_MIGRATED].toSorted(), Object.keys(tables).toSorted());
});
