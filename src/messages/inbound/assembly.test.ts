import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headed } from '../../../test/support/inbound-pieces.ts';
import { judge, OPEN_PER_HANDSET, type PartSet, type SetKey } from './assembly.ts';

const key: SetKey = { numbering: 8, reference: 7, total: 3, sender: '10666', dataCoding: 0 };
const content = (text: string) => headed(text, [1, 3]);
const idOf = (number: number) => Buffer.alloc(16, number);

function setOf(numbers: readonly number[], about: Partial<PartSet> = {}): PartSet {
  const parts = new Map(numbers.map((number) => [number, content(`part ${number}`)]));
  return { messageId: idOf(1), key, dueAtMs: 0, isTold: false, parts, ...about };
}

describe('a part that came', () => {
  it('begins a message where there is none of its number', () => {
    const judgement = judge([], key, 2, content('part 2'));
    assert.deepEqual(judgement, { kind: 'kept', set: null, isWhole: false, ends: [], forgets: null });
  });

  it('joins the others, and makes the message whole when it is the last, in whatever order', () => {
    for (const numbers of [
      [1, 2, 3],
      [3, 2, 1],
      [2, 3, 1],
    ]) {
      const set = setOf([]);
      const wholes = numbers.map((number) => {
        const judgement = judge([set], key, number, content(`part ${number}`));
        assert.equal(judgement.kind === 'kept' && judgement.set, set);
        set.parts.set(number, content(`part ${number}`));
        return judgement.kind === 'kept' && judgement.isWhole;
      });
      assert.deepEqual(wholes, [false, false, true]);
    }
  });

  it('is nothing new where it is there already, before the message is whole and after', () => {
    assert.deepEqual(judge([setOf([1, 2])], key, 2, content('part 2')), { kind: 'again' });
    assert.deepEqual(judge([setOf([1, 2, 3], { isTold: true })], key, 2, content('part 2')), { kind: 'again' });
  });

  it('ends the message that has other words at its place, and begins another', () => {
    const set = setOf([1, 2]);
    const judgement = judge([set], key, 2, content('other words'));
    assert.deepEqual(judgement, {
      kind: 'kept',
      set: null,
      isWhole: false,
      ends: [{ set, reason: 'contradiction' }],
      forgets: null,
    });
  });

  it('begins another where the message of its number is told, which need not be known again', () => {
    const set = setOf([1, 2, 3], { isTold: true });
    const judgement = judge([set], key, 1, content('other words'));
    assert.deepEqual(judgement, { kind: 'kept', set: null, isWhole: false, ends: [], forgets: set });
  });

  const others: Partial<SetKey>[] = [
    { reference: 8 },
    { total: 4 },
    { numbering: 16 },
    { numbering: 0 },
    { sender: '10777' },
    { dataCoding: 8 },
  ];
  for (const other of others) {
    it(`belongs to another message with another ${Object.keys(other).join()}`, () => {
      const judgement = judge([setOf([1, 2])], { ...key, ...other }, 3, content('part 3'));
      assert.deepEqual(judgement, { kind: 'kept', set: null, isWhole: false, ends: [], forgets: null });
    });
  }

  it('ends the oldest message of its handset when there would be too many', () => {
    const sets = Array.from({ length: OPEN_PER_HANDSET }, (_, at) =>
      setOf([1], { messageId: idOf(OPEN_PER_HANDSET - at), key: { ...key, reference: at } }),
    );
    const told = setOf([1, 2, 3], { messageId: idOf(0), key: { ...key, reference: 200 }, isTold: true });
    const judgement = judge([told, ...sets], { ...key, reference: 100 }, 1, content('one more'));
    assert.deepEqual(judgement.kind === 'kept' && judgement.ends, [
      { set: sets.at(-1)!, reason: 'too many of the handset' },
    ]);
    const fewer = judge([told, ...sets.slice(1)], { ...key, reference: 100 }, 1, content('one more'));
    assert.deepEqual(fewer.kind === 'kept' && fewer.ends, []);
  });
});
