import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR_MS } from '../base/clock.ts';
import { classes, classNumber, codeEndOf } from './classes.ts';
import { messageClasses } from './contract.ts';

const AT_MS = 1_900_000_000_000;

test('every class says which key its body is sealed under', () => {
  assert.deepEqual(Object.keys(classes).toSorted(), [...messageClasses].toSorted());
  for (const name of messageClasses) {
    const isOfWindow = classes[name].sealedFor === 'window';
    assert.equal(codeEndOf(name, AT_MS), isOfWindow ? AT_MS : null, name);
    // Keys of windows are made two hours ahead (vault/code-keys.ts).
    if (isOfWindow) assert.ok(classes[name].validityMaxMs <= HOUR_MS, name);
  }
});

test('one-time codes are the class 0 of the store, by which a backup knows what cannot be opened (backup/check-store.ts)', () => {
  const ofWindow = messageClasses.filter((name) => classes[name].sealedFor === 'window');
  assert.deepEqual(ofWindow.map(classNumber), [0]);
});
