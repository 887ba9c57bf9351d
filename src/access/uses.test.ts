import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../test/support/hand-clock.ts';
import type { Audit, Entry } from '../audit/index.ts';
import { DAY_MS, MINUTE_MS } from '../base/clock.ts';
import { type Fault, fault } from '../base/fault.ts';
import type { Credential } from './credential.ts';
import { type Refusal, Uses } from './uses.ts';

/** Uses whose entries wait until they are said to be durable. */
function begin() {
  const clock = new HandClock(10 * DAY_MS);
  const entries: Entry[] = [];
  const waiting: ((why: Fault | null) => void)[] = [];
  const audit: Pick<Audit, 'done' | 'note'> = {
    done: ({ who, from }, what, on, about) => {
      return { atMs: clock.now(), who, from, what, on, outcome: 'done', ...(about && { about }) };
    },
    note: (entry, then) => {
      entries.push(entry);
      waiting.push(then);
    },
  };
  const settle = (why: Fault | null = null) => {
    for (const then of waiting.splice(0)) then(why);
  };
  return { clock, entries, settle, uses: new Uses({ audit: audit as Audit, clock }) };
}

const credential = { id: 7, accountId: 1 } as Credential;
const A = '192.0.2.1';
const refusal = (address: string): Refusal => ({
  door: 'api',
  credentialId: null,
  address,
  code: 'credential_invalid',
});

test('requests that come before the first is on record wait for its entry, and share it', () => {
  const { uses, entries, settle } = begin();
  const answers: (Fault | null)[] = [];
  for (let count = 0; count < 3; count++) {
    assert.equal(uses.isKnown(credential, A), false);
    uses.used(credential, A, (why) => answers.push(why));
  }
  assert.deepEqual([entries.length, answers.length], [1, 0]);
  settle();
  assert.deepEqual(answers, [null, null, null]);
  assert.equal(uses.isKnown(credential, A), true);
  assert.equal(uses.isKnown(credential, '192.0.2.2'), false);
  assert.equal(uses.isKnown({ ...credential, id: 8 }, A), false);
});

test('what could not be put on record is not known, and is asked for again', () => {
  const { uses, entries, settle } = begin();
  const answers: (Fault | null)[] = [];
  assert.equal(uses.isKnown(credential, A), false);
  uses.used(credential, A, (why) => answers.push(why));
  settle(fault('store_unavailable'));
  assert.deepEqual(answers, [{ code: 'store_unavailable' }]);
  assert.equal(uses.isKnown(credential, A), false);
  uses.used(credential, A, (why) => answers.push(why));
  settle();
  assert.deepEqual([entries.length, answers.at(-1)], [2, null]);
});

test('the next day begins anew, also for what was on its way over midnight', () => {
  const { uses, clock, settle } = begin();
  assert.equal(uses.isKnown(credential, A), false);
  uses.used(credential, A, () => {});
  settle();
  assert.equal(uses.isKnown(credential, A), true);
  clock.advance(DAY_MS);
  assert.equal(uses.isKnown(credential, A), false);
  uses.used(credential, A, () => {});
  clock.advance(DAY_MS);
  assert.equal(uses.isKnown(credential, '192.0.2.9'), false);
  settle();
  assert.equal(uses.isKnown(credential, A), false);
});

test('of a source ten refusals a minute are entries, and the others are one that counts them', () => {
  const { uses, entries, clock } = begin();
  for (let count = 0; count < 1000; count++) uses.refused(refusal(A));
  uses.refused(refusal('192.0.2.2'));
  assert.equal(entries.length, 11);
  clock.advance(MINUTE_MS);
  assert.equal(entries.length, 12);
  assert.deepEqual([entries[11]!.from, entries[11]!.outcome, entries[11]!.about], [A, 'refused', { count: 990 }]);
  uses.refused(refusal(A));
  assert.equal(entries.length, 13);
});

test('a network of addresses is one source, and many sources have a bound together', () => {
  const { uses, entries } = begin();
  for (let count = 0; count < 20; count++) uses.refused(refusal(`2001:db8::${count}`));
  assert.equal(entries.length, 10);
  for (let count = 0; count < 5000; count++) uses.refused(refusal(`10.0.${count >> 8}.${count & 255}`));
  assert.equal(entries.length, 1000);
  uses.close();
  const counted = entries.slice(1000);
  assert.equal(counted.length, 1001);
  const sum = counted.reduce((total, { about }) => total + Number(about!.count), 0);
  assert.equal(sum, 5020 - 1000);
  assert.equal(counted.filter(({ from }) => from === null).length, 1);
});
