import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsOf } from './binary-rows.ts';

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const FLAGS = [0, 0, 0, 0];
const TRAILER = [0xff, 0xff];

test('rows are read with their octets, and NULL is not an empty field', () => {
  const rows = [0, 3, 0, 0, 0, 2, 7, 8, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
  const read = rowsOf(Buffer.concat([SIGNATURE, Buffer.from([...FLAGS, 0, 0, 0, 0, ...rows, ...TRAILER])]));
  assert.deepEqual(read, [[Buffer.from([7, 8]), null, Buffer.alloc(0)]]);
});

test('an extension of the header is passed over', () => {
  const read = rowsOf(Buffer.concat([SIGNATURE, Buffer.from([...FLAGS, 0, 0, 0, 2, 1, 1, 0, 0, ...TRAILER])]));
  assert.deepEqual(read, [[]]);
});

test('no row is made of what was cut short', () => {
  const rows = [0, 1, 0, 0, 0, 9, 7];
  assert.throws(() => rowsOf(Buffer.concat([SIGNATURE, Buffer.from([...FLAGS, 0, 0, 0, 0, ...rows])])));
});
