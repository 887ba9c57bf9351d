import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { smppFile, smppPage } from '../../tools/smpp-reference.ts';

it(`${smppFile} is up to date (node tools/smpp-reference.ts)`, () => {
  assert.equal(readFileSync(join(import.meta.dirname, '../..', smppFile), 'utf8'), smppPage());
});
