import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { faults } from '../../src/base/fault.ts';
import { statusName } from '../../src/wire/smpp/statuses.ts';
import { faultsFile, faultsPage } from '../../tools/faults-reference.ts';

describe('the table of faults', () => {
  for (const [code, row] of Object.entries(faults)) {
    it(`says ${code} in every language`, () => {
      assert.match(code, /^[a-z]+(_[a-z]+)*$/);
      assert.ok(row.http >= 400 && row.http < 600, 'an HTTP status of a refusal');
      assert.notEqual(statusName(row.smpp), null, 'a command_status of SMPP 3.4 §5.1.3');
      assert.match(row.title, /^[A-Z][^|\n]*\.$/, 'a sentence that fits a table');
    });
  }
});

describe('what is made from the table of faults', () => {
  it(`${faultsFile} is up to date (node tools/faults-reference.ts)`, () => {
    assert.equal(readFileSync(join(import.meta.dirname, '../..', faultsFile), 'utf8'), faultsPage());
  });
});
