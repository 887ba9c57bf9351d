import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Door, openDoor } from '../support/api-door.ts';
import { command } from '../support/command-line.ts';

const NUMBER = '+447700900123';

let door: Door;
before(async () => {
  door = await openDoor();
});
after(() => door.close());

const type = (argv: readonly string[], input?: string) =>
  command(argv, { socketPath: door.socketPath, ...(input !== undefined && { input }) });

test('routes are added, listed, explained and removed', async () => {
  assert.match((await type(['route', 'list'])).out, /^There is no route: every message takes the carriers of its key/);
  const line = ['route', 'add', '--prefix', '44', '--sender', '12345', '--class', 'otp', '--carriers', 'north,south'];
  assert.deepEqual(await type(line), {
    code: 0,
    out: 'Added route 1: numbers 44…, sender 12345, class otp, account any → north, south.\n',
    err: '',
  });
  assert.match(
    (await type(['route', 'list'])).out,
    /^ID +PREFIX +SENDER +CLASS +ACCOUNT +CARRIERS\n1 +44 +12345 +otp +any +north,south\n$/,
  );
  const explained = await type(['route', 'explain', '--from', '12345', '--class', 'otp', '-'], `${NUMBER}\n`);
  assert.equal(explained.code, 0);
  assert.match(
    explained.out,
    /^Route 1 fits: numbers 44….*\nCARRIER +STATE\nnorth +up\nsouth +up\nIt takes north\.\n$/,
  );
  assert.deepEqual(door.routing.asked, [{ to: NUMBER, from: '12345', class: 'otp', key: null, account: null }]);
  assert.match((await type(['route', 'remove', '1'])).out, /^Removed route 1: numbers 44…/);
  const none = await type(['route', 'explain', '--from', '12345', '-'], NUMBER);
  assert.deepEqual(
    [none.code, none.out.split('\n').at(-2)],
    [1, 'There is no carrier for it: it is refused (no_route).'],
  );
  assert.match((await type(['route', 'remove', '1'])).err, /\(not_found\)/);
});

test('the number of a message is never typed, nor is it told', async () => {
  const typed = await type(['route', 'explain', '--from', '12345', NUMBER]);
  assert.equal(typed.code, 2);
  assert.equal(typed.err.includes(NUMBER), false);
  const explained = await type(['route', 'explain', '--from', '12345', '-', '--json'], NUMBER);
  assert.equal(explained.out.includes(NUMBER.slice(1)), false);
});

test('a route that is not sound is refused at its field', async () => {
  for (const [body, pointer] of [
    [{ prefix: '+44', carriers: ['north'] }, '/prefix'],
    [{ carriers: [] }, '/carriers'],
    [{ carriers: ['north', 'north'] }, '/carriers'],
    [{ class: 'bulk', carriers: ['north'] }, '/class'],
  ] as const) {
    const answer = await door.control.post('/v1/routes', { body });
    assert.equal(answer.status, 422);
    assert.equal((answer.body.errors as { pointer: string }[])[0]!.pointer, pointer);
  }
});

test('the report tells what receipts could not be used, of one carrier or of all', async () => {
  assert.equal(
    (await type(['receipts', 'unmatched'])).out,
    'Every receipt found its message.\n\nNo message waited for its receipt in vain.\n',
  );
  const line = {
    day: '2030-01-01',
    state: 'delivered',
    why: 'unmatched',
    code: 0,
    firstSeenMs: 0,
    lastSeenMs: 0,
  } as const;
  door.receipts.receipts = [
    { ...line, carrier: 'north', reference: 'abc', count: 2 },
    { ...line, carrier: 'south', reference: null, count: 7 },
  ];
  door.receipts.missing = [{ carrier: 'north', day: '2030-01-01', count: 3 }];
  const all = await type(['receipts', 'unmatched']);
  assert.match(all.out, /^north +abc +delivered +unmatched +0 +2 /m);
  assert.match(all.out, /^south +\(others\) +delivered +unmatched +0 +7 /m);
  assert.match(all.out, /^north +2030-01-01 +3$/m);
  assert.equal((await type(['receipts', 'unmatched', '--carrier', 'north'])).out.includes('south'), false);
  assert.match((await type(['receipts', 'unmatched', '--carrier', 'nowhere'])).err, /\(not_found\)/);
});
