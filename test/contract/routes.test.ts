import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { type RouteRule, Routes, RoutesStore } from '../../src/carriers/index.ts';
import { isFault, type Submission } from '../../src/messages/index.ts';
import { listenForChanges } from '../../src/store/index.ts';
import { silentLog } from '../support/database.ts';
import { capabilityOf, type HandNode, HandRivers } from '../support/hand-river.ts';
import { TESTER } from '../support/on-record.ts';

const names = ['north', 'south'] as const;
type Name = (typeof names)[number];
const UP = { isUp: true, room: 100 };
const DOWN = { isUp: false, room: 0 };
const any: RouteRule = { prefix: '', sender: null, class: null, accountId: null, carriers: ['south'] };

describe('routes', () => {
  let rivers: HandRivers<Name>;
  let node: HandNode<Name>;
  before(async () => {
    rivers = await HandRivers.make(names);
  });
  after(() => rivers[Symbol.asyncDispose]());

  async function add(rule: Partial<RouteRule>): Promise<number> {
    const row = await node.flow.routes.add({ ...any, ...rule }, TESTER);
    assert.ok(!('code' in row));
    return row.id;
  }

  async function clear(): Promise<void> {
    for (const { id } of node.flow.routes.list) await node.flow.routes.remove(id, TESTER);
  }

  /** The carrier that a message was handed to; else the code it was refused with. */
  async function takes(about: Partial<Submission> = {}): Promise<string> {
    const handed = names.map((name) => node.carriers[name].handed.length);
    const answer = await rivers.submit(node, about);
    if (isFault(answer)) return answer.code;
    for (;;) {
      const at = names.findIndex((name, i) => node.carriers[name].handed.length > handed[i]!);
      const name = names[at];
      if (name !== undefined) {
        const carrier = node.carriers[name];
        carrier.events.handedOver(carrier.handed.at(-1)!, {
          kind: 'sent',
          reference: `${name}${answer.id.toString('hex')}`,
        });
        return name;
      }
      await new Promise(setImmediate);
    }
  }

  it('say which carrier a message takes, and where none fits its credential does', async () => {
    node = await rivers.open({ north: UP, south: UP });
    await using _ = node;
    assert.equal(await takes(), 'north');
    const id = await add({ prefix: '1202', class: 'otp' });
    assert.deepEqual([await takes(), await takes({ class: 'otp' })], ['north', 'south']);
    assert.equal(await takes({ class: 'otp', to: '+447700900123' }), 'north');
    await node.flow.routes.remove(id, TESTER);
    assert.equal(await takes({ class: 'otp' }), 'north');
    const again = await node.flow.routes.remove(id, TESTER);
    assert.ok('code' in again && again.code === 'not_found');
  });

  it('give the next carrier where the first is down, and wait for the first where all are', async () => {
    node = await rivers.open({ north: UP, south: DOWN });
    await using _ = node;
    await add({ carriers: ['south', 'north'] });
    assert.equal(await takes(), 'north');
    node.carriers.north.isUp = false;
    const id = await rivers.accepted(node);
    node.carriers.south.opens(1);
    const [part] = await node.carriers.south.takes(1);
    assert.deepEqual(part!.message.id, id);
    node.carriers.south.events.handedOver(part!, { kind: 'sent', reference: 's1' });
    await clear();
  });

  it('give no carrier that the credential does not name', async () => {
    node = await rivers.open({ north: UP, south: UP });
    await using _ = node;
    const credential = { ...rivers.credential, capability: capabilityOf(['north']) };
    const id = await add({ carriers: ['south', 'north'] });
    assert.equal(await takes({ credential }), 'north');
    await node.flow.routes.remove(id, TESTER);
    await add({});
    assert.equal(await takes({ credential }), 'no_route');
    await clear();
  });

  it('are refused where they are not sound, twice the same, or of a sender that is none', async () => {
    node = await rivers.open({ north: UP, south: UP });
    await using _ = node;
    const code = async (rule: Partial<RouteRule>) => {
      const answer = await node.flow.routes.add({ ...any, ...rule }, TESTER);
      return 'code' in answer ? answer.code : 'added';
    };
    assert.equal(await code({ prefix: '44' }), 'added');
    assert.equal(await code({ prefix: '44', carriers: ['north'] }), 'name_taken');
    assert.equal(await code({ prefix: '+44' }), 'invalid_setting');
    assert.equal(await code({ prefix: '1'.repeat(16) }), 'invalid_setting');
    assert.equal(await code({ carriers: [] }), 'invalid_setting');
    assert.equal(await code({ carriers: ['north', 'north'] }), 'invalid_setting');
    assert.equal(await code({ sender: ' shop ' }), 'invalid_sender');
    assert.equal(await code({ prefix: '49', sender: '+1 202-555-0143' }), 'added');
    assert.equal(node.flow.routes.list.at(-1)!.sender, '12025550143');
    await clear();
  });

  it('reach other nodes', async () => {
    node = await rivers.open({ north: UP, south: UP });
    await using _ = node;
    const other = new Routes(new RoutesStore(rivers.base.audit, rivers.base.register), systemClock);
    const { promise, resolve } = Promise.withResolvers<void>();
    const listener = listenForChanges({
      connect: () => rivers.base.database.connectEngine(),
      handlers: {
        route: () => other.reload().then(resolve),
      },
      clock: systemClock,
      log: silentLog,
    });
    await promise;
    const id = await add({ prefix: '4' });
    while (other.list.length === 0) await new Promise(setImmediate);
    assert.deepEqual(other.list, node.flow.routes.list);
    await node.flow.routes.remove(id, TESTER);
    while (other.list.length > 0) await new Promise(setImmediate);
    await listener.close();
  });
});
