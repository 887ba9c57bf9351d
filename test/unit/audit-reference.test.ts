import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { auditExportFile, auditExportPage } from '../../tools/audit-reference.ts';

it(`${auditExportFile} is up to date (node tools/audit-reference.ts)`, () => {
  assert.equal(readFileSync(join(import.meta.dirname, '../..', auditExportFile), 'utf8'), auditExportPage());
});
