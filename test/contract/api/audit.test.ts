import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { packEntries, parseNote } from '../../../src/audit/tree/index.ts';
import { type Door, openDoor } from '../../support/api-door.ts';
import { numberedEntries } from '../../support/memory-log.ts';

let door: Door;
let key: string;
before(async () => {
  door = await openDoor();
  key = door.administration.key('acme', { verbs: ['audit'] });
});
after(() => door.close());

/** The body of an answer that is no JSON. */
const textOf = (body: unknown): string => body as string;

const listeners = () =>
  [
    [door.client, '/v1/audit'],
    [door.control, '/v1/audit-log'],
  ] as const;

test('an auditor and the operator read checkpoint, key, tiles and entries as tlog-tiles lays them out', async () => {
  for (const [client, prefix] of listeners()) {
    const checkpoint = await client.get(`${prefix}/checkpoint`, { key });
    assert.match(String(checkpoint.headers['content-type']), /^text\/plain/);
    assert.equal(checkpoint.headers['cache-control'], 'no-store');
    assert.ok(parseNote(Buffer.from(textOf(checkpoint.body))));
    assert.equal((await client.get(`${prefix}/key`, { key })).body, door.auditLog.verifier);
    for (const [path, isFull] of [
      ['tile/0/000', true],
      ['tile/0/001.p/44', false],
      ['tile/1/000.p/1', false],
      ['tile/entries/000', true],
      ['tile/entries/001.p/44', false],
    ] as const) {
      const { status, headers } = await client.get(`${prefix}/${path}`, { key });
      assert.deepEqual([status, headers['content-type']], [200, 'application/octet-stream'], path);
      assert.equal(headers['cache-control'] === 'no-store', !isFull, path);
    }
    const bundle = await client.get(`${prefix}/tile/entries/001.p/44`, { key });
    assert.deepEqual(Buffer.from(textOf(bundle.body)), packEntries(numberedEntries(256, 300)));
  }
});

test('the checkpoint that witnesses have cosigned is not found where there is none', async () => {
  for (const [client, prefix] of listeners()) {
    door.auditLog.witnessed = null;
    const none = await client.get(`${prefix}/checkpoint/witnessed`, { key });
    assert.deepEqual([none.status, none.body.code], [404, 'not_found']);
    door.auditLog.witnessed = await door.auditLog.checkpoint();
    const some = await client.get(`${prefix}/checkpoint/witnessed`, { key });
    assert.deepEqual([some.status, textOf(some.body)], [200, door.auditLog.witnessed]);
  }
});

test('no other spelling of a path is a tile, and nothing is given beyond the checkpoint', async () => {
  const paths = [
    'tile/0/001',
    'tile/0/001.p/45',
    'tile/entries/001',
    'tile/0/002.p/1',
    'tile/2/000.p/1',
    'tile/0/0',
    'tile/00/000',
    'tile/0/000.p/256',
    'tile/0/000.p/0',
    'tile/0/000.p/044',
    'tile/0/x000/000',
    'tile/0/%30%30%30',
    'tile/-1/000',
    'tile/64/000',
    'tile/data/000',
    'tile/0/x001/x001/x001/x001/000',
  ];
  for (const [client, prefix] of listeners()) {
    for (const path of paths) {
      const { status, body } = await client.get(`${prefix}/${path}`, { key });
      assert.deepEqual([status, body.code], [404, 'not_found'], path);
    }
  }
});

test('entries come in words, proofs as files, and what is not there is not found', async () => {
  const { body } = await door.control.get('/v1/audit-log/entries/290');
  const { size, entries } = body as { size: number; entries: { index: number }[] };
  assert.deepEqual([size, entries[0]?.index, entries.length], [300, 290, 10]);
  const proof = await door.control.get('/v1/audit-log/proofs/7');
  assert.match(textOf(proof.body), /^c2sp\.org\/tlog-proof@v1\n/);
  for (const path of ['proofs/300', 'proofs/01', 'proofs/x', 'entries/-1'])
    assert.equal((await door.control.get(`/v1/audit-log/${path}`)).status, 404, path);
});

test('a verification says that it goes on, and what it found', async () => {
  const wanted = { key: 'a+b+c', checkpoint: 'kept' };
  const { body } = await door.control.post('/v1/audit-log/verification', { body: wanted });
  const lines = textOf(body).trim().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as unknown),
    [{ entries: 256 }, door.auditLog.verified],
  );
  assert.deepEqual(door.auditLog.wanted, [wanted]);
});

test('a verification ends when its caller goes, so that others have their turn', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  door.auditLog.stopped = resolve;
  const headers = { 'content-type': 'application/json' };
  const path = '/v1/audit-log/verification';
  const outgoing = request({ socketPath: door.socketPath, method: 'POST', path, headers, agent: false });
  outgoing.on('error', () => {}); // it is this side that goes
  outgoing.on('response', () => outgoing.destroy());
  outgoing.end('{}');
  await promise;
  door.auditLog.stopped = null;
  assert.equal((await door.control.post(path, { body: {} })).status, 200);
});
