import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import { Dice } from '../base/dice.ts';
import { parseReceipt, receiptStates } from '../wire/smpp/receipt-text.ts';
import { misbehaviours } from './esme/misbehaviours.ts';
import { behaviours } from './smsc/behaviours.ts';
import { Script } from './smsc/conduct.ts';
import { idText, receiptForms, receiptOf } from './smsc/receipt.ts';

const NAME = /^[a-z0-9.]+(?:-[a-z0-9.]+)*$/;

for (const [title, rows] of Object.entries({ misbehaviours, behaviours })) {
  test(`${title} have names of their own, and say what they do in sentences`, () => {
    assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
    assert.equal(new Set(rows.map(({ does }) => does)).size, rows.length);
    for (const { name, does, sound } of rows) {
      assert.match(name, NAME);
      assert.match(does, /^[A-Z].*\.$/);
      assert.match(sound, /^[A-Z].*\.$/);
    }
  });
}

test('what a behaviour does, a script can say too', () => {
  for (const { name, conduct } of behaviours) assert.ok(Value.Check(Script, conduct), name);
});

const asked = { systemId: 'test', password: 'test', from: '10666', to: '12025550143', count: 2 };

test('a misbehaviour plans the same when it is asked the same', () => {
  for (const row of misbehaviours) {
    const [one, same] = [1, 1].map((seed) => row.plan({ ...asked, dice: new Dice(seed) }));
    assert.deepEqual(one, same, row.name);
  }
});

test('a receipt of every form tells what it is about', () => {
  for (const form of receiptForms) {
    for (const state of Object.keys(receiptStates) as (keyof typeof receiptStates)[]) {
      const { text, tlvs } = receiptOf({ id: 'sim-1', state, atMs: Date.UTC(2030, 0, 2, 3, 4) }, form);
      const read = parseReceipt(Buffer.from(text));
      const said = read ?? { messageId: tlvs?.receipted_message_id, state: tlvs?.message_state };
      assert.equal(said.messageId, 'sim-1');
      assert.equal(said.state, read === null ? receiptStates[state].number : state);
    }
  }
});

test('an id is the same number in each of its clothes', () => {
  assert.deepEqual(
    (['text', 'decimal', 'hex', 'upper case hex', 'leading zeros'] as const).map((form) => idText(490, form)),
    ['sim-dm', '490', '1ea', '1EA', '00000000000000000490'],
  );
  assert.equal(idText(490, 'long').length, 64);
});
