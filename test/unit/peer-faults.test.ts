import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { peerFaults } from '../../src/doors/smpp/index.ts';

const TESTS = join(import.meta.dirname, '..');
const PLACES = ['contract', 'journeys'];

const said = PLACES.flatMap((place) =>
  readdirSync(join(TESTS, place))
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(TESTS, place, file), 'utf8')),
).join('\n');

for (const code of Object.keys(peerFaults)) {
  test(`a test over a socket reaches ${code}`, () => assert.ok(said.includes(`'${code}'`)));
}
