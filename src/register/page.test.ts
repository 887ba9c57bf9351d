import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { canonical, type OwnMarks, Page, rowMark } from './page.ts';

const own: OwnMarks = { ownMark: (said) => createHmac('sha256', 'own').update(said).digest() };
const other: OwnMarks = { ownMark: (said) => createHmac('sha256', 'other').update(said).digest() };
const mark = (key: number, ...said: unknown[]) => rowMark(own, 'route', key, said);
const page = new Page(6, new Map()).next(70_000, mark(70_000, 'b')).next(-1, mark(-1, 'a'));
const stored = page.stored(own, 'route');

describe('a page of the register', () => {
  it('says after it was stored what it said before', () => {
    const opened = Page.open(own, 'route', stored);
    assert.equal(opened?.revision, 8);
    assert.deepEqual(
      [...opened.marks],
      [...page.marks].toSorted(([a], [b]) => a - b),
    );
    assert.deepEqual([...opened.next(-1, null).marks.keys()], [70_000]);
  });

  it('is nothing under another key, in the place of another page, or with any octet or number altered', () => {
    assert.equal(Page.open(other, 'route', stored), null);
    assert.equal(Page.open(own, 'carrier', stored), null);
    assert.equal(Page.open(own, 'route', { ...stored, revision: 9 }), null);
    assert.equal(Page.open(own, 'route', { ...stored, members: stored.members.subarray(20) }), null);
    for (const part of ['members', 'mark'] as const)
      for (let at = 0; at < stored[part].length; at++) {
        const altered = Buffer.from(stored[part]);
        altered[at]! ^= 1;
        assert.equal(Page.open(own, 'route', { ...stored, [part]: altered }), null, `${part} ${at}`);
      }
  });
});

describe('the mark of a row', () => {
  it('is that of its table, its key, and each thing that it says in its place', () => {
    const marks = [
      mark(1, 'a', 'b'),
      mark(2, 'a', 'b'),
      mark(1, 'b', 'a'),
      mark(1, 'ab'),
      mark(1, 'a', 'b', null),
      mark(1, ['a', 'b']),
      mark(1, 'a', null),
      mark(1, 'a', 'null'),
      mark(1, 1),
      mark(1, '1'),
      rowMark(own, 'webhook', 1, ['a', 'b']),
      rowMark(other, 'route', 1, ['a', 'b']),
    ];
    assert.equal(new Set(marks.map((one) => one.toString('hex'))).size, marks.length);
  });

  it('does not depend on the order in which PostgreSQL gives members back', () => {
    assert.equal(canonical([{ b: 1, a: { d: [2, 1], c: null } }]), canonical([{ a: { c: null, d: [2, 1] }, b: 1 }]));
    assert.equal(canonical([{ a: 1, b: undefined }]), canonical([{ a: 1 }]), 'as it is stored');
    assert.notEqual(canonical([{ a: [1, 2] }]), canonical([{ a: [2, 1] }]));
  });
});
