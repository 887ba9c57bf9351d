import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deliveries, type Receiver } from './deliveries.ts';
import type { Delivery } from './mind.ts';

/** A bind that notes the texts it is sent, and can let time pass. */
class Listener implements Receiver {
  readonly heard: { readonly sequence: number; readonly text: string }[] = [];
  #later: (() => void)[] = [];

  send(bytes: Buffer): void {
    this.heard.push({ sequence: bytes.readUInt32BE(12), text: bytes.toString('latin1').slice(-3) });
  }

  after(_delayMs: number, action: () => void): void {
    this.#later.push(action);
  }

  wait(): void {
    for (const action of this.#later.splice(0)) action();
  }

  get texts(): string[] {
    return this.heard.map(({ text }) => text);
  }
}

const delivery = (text: string, on: Delivery['on'] = 'the same bind'): Delivery => ({
  fields: { short_message: Buffer.from(text) },
  tlvs: null,
  on,
});
const REFUSED = 0x64;

test('what is refused comes again after a while, until it is taken', () => {
  const [deliveries, bind] = [new Deliveries(), new Listener()];
  deliveries.joined(bind);
  deliveries.deliver(delivery('one'), bind);
  assert.equal(deliveries.answered(1, REFUSED), false);
  assert.deepEqual(bind.texts, ['one']);
  bind.wait();
  assert.deepEqual(bind.texts, ['one', 'one']);
  assert.equal(deliveries.answered(2, 0), true);
  assert.equal(deliveries.open, 0);
});

test('what was refused by a bind that goes meanwhile is not lost', () => {
  const [deliveries, bind, next] = [new Deliveries(), new Listener(), new Listener()];
  deliveries.joined(bind);
  deliveries.deliver(delivery('one'), bind);
  deliveries.answered(1, REFUSED);
  assert.equal(deliveries.open, 1);
  deliveries.left(bind);
  deliveries.joined(next);
  assert.deepEqual(next.texts, ['one']);
});

test('what is taken late, or refused twice, comes no more often for it', () => {
  const [deliveries, bind] = [new Deliveries(), new Listener()];
  deliveries.joined(bind);
  deliveries.deliver(delivery('one'), bind);
  deliveries.answered(1, REFUSED);
  deliveries.answered(1, REFUSED);
  bind.wait();
  assert.deepEqual(bind.texts, ['one', 'one']);
  deliveries.answered(2, REFUSED);
  assert.equal(deliveries.answered(2, 0), true);
  bind.wait();
  assert.deepEqual(bind.texts, ['one', 'one']);
});

test('an answer to nothing counts for nothing', () => {
  const deliveries = new Deliveries();
  assert.equal(deliveries.answered(7, 0), false);
  assert.equal(deliveries.answered(7, REFUSED), false);
});

test('a bind that goes leaves to the others what it has not answered, and what is owed goes to the first that comes', () => {
  const [deliveries, first, second] = [new Deliveries(), new Listener(), new Listener()];
  deliveries.deliver(delivery('one'), first);
  assert.equal(deliveries.open, 1);
  deliveries.joined(first);
  deliveries.joined(second);
  deliveries.deliver(delivery('two'), first);
  deliveries.deliver(delivery('six', 'another bind'), first);
  assert.deepEqual([first.texts, second.texts], [['one', 'two'], ['six']]);
  deliveries.left(first);
  assert.deepEqual(second.texts, ['six', 'one', 'two']);
});
