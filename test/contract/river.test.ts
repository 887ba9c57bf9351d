import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Credential } from '../../src/access/index.ts';
import { type Id, idText } from '../../src/base/id.ts';
import { openFlow } from '../../src/flow.ts';
import { type Foundation, type GatewayOptions, layFoundation } from '../../src/foundation.ts';
import { type Accepted, isFault, type MessageState, type River, type Submission } from '../../src/messages/index.ts';
import { temporaryFolder } from '../support/database.ts';
import { HandCarrier } from '../support/hand-carrier.ts';
import { gatewayOptions, SENDER, submissionOf } from '../support/hand-river.ts';
import { TESTER } from '../support/on-record.ts';

const CARRIER_ID = 1;
const CARRIER = 'hand';
const TO = '+12025550143';
const LONG = 'x'.repeat(200);

/** One run of a gateway's river, with a carrier of which the test is the other end. */
interface Node extends AsyncDisposable {
  readonly river: River;
  readonly carrier: HandCarrier;
  stop(): Promise<void>;
}

describe('the river, from one node to the next', () => {
  const taken = new AsyncDisposableStack();
  let options: GatewayOptions;
  let base: Foundation;
  let credential: Credential;

  before(async () => {
    const { path } = taken.use(await temporaryFolder());
    options = gatewayOptions(join(path, 'data'));
    base = await layFoundation(options, taken);
    const account = await base.accounts.create('test', TESTER);
    assert.ok(!('code' in account));
    await base.keys.prepare();
    credential = credentialOf(account.id);
  });
  after(() => taken.disposeAsync());

  async function open(link: { isUp: boolean; room: number }): Promise<Node> {
    const stack = new AsyncDisposableStack();
    const { river } = await openFlow(options, base, stack);
    let carrier!: HandCarrier;
    river.addCarrier(CARRIER_ID, CARRIER, (events) => {
      carrier = new HandCarrier(events, link);
      return carrier;
    });
    stack.defer(() => river.stop());
    await river.start();
    const stop = () => stack.disposeAsync();
    return { river, carrier, stop, [Symbol.asyncDispose]: stop };
  }

  /** Ends when the message is durable. */
  async function submit({ river }: Node, about: Partial<Submission> = {}): Promise<Accepted> {
    const { promise, resolve } = Promise.withResolvers<Parameters<Parameters<River['desk']['submit']>[1]>[0]>();
    river.desk.submit({ ...submissionOf(credential), ...about }, resolve);
    const answer = await promise;
    assert.ok(!isFault(answer));
    return answer;
  }

  async function state({ river }: Node, id: Id): Promise<MessageState | undefined> {
    return (await river.desk.view(credential.accountId, id))?.state;
  }

  /** What is owed to a message: its rows in `waiting`, and of them those that send it. */
  async function sendsDue(id: Id): Promise<number> {
    const { rowCount } = await base.database.engine.query(
      'SELECT FROM waiting WHERE account_id = $1 AND message_id = $2 AND what = 0 AND state = 0',
      [credential.accountId, idText(id)],
    );
    return rowCount ?? 0;
  }

  async function hasten(id: Id): Promise<void> {
    await base.database.engine.query('UPDATE waiting SET due_at = now() WHERE account_id = $1 AND message_id = $2', [
      credential.accountId,
      idText(id),
    ]);
  }

  it('leaves what waits in the store for a carrier that is down to the next node', async () => {
    const first = await open({ isUp: false, room: 0 });
    const { id } = await submit(first);
    await first.stop();
    await using second = await open({ isUp: true, room: 1 });
    const [part] = await second.carrier.takes(1);
    assert.deepEqual(part!.message.id, id);
    second.carrier.events.handedOver(part!, { kind: 'sent', reference: 'a1' });
  });

  it('does not send what was cancelled in memory after the next start', async () => {
    const node = await open({ isUp: true, room: 0 });
    const { id } = await submit(node);
    const view = await node.river.desk.cancel(credential.accountId, id, TESTER);
    assert.ok(!('code' in view));
    await node.stop();
    assert.equal(await sendsDue(id), 0);
  });

  it('keeps a message that its carrier gave back while the link was ending', async () => {
    const first = await open({ isUp: true, room: 1 });
    const { id } = await submit(first);
    const [part] = await first.carrier.takes(1);
    first.carrier.whileStopping = () =>
      first.carrier.events.handedOver(part!, { kind: 'refused', code: 0x58, next: 'slow down' });
    await first.stop();
    assert.equal(await sendsDue(id), 1);
    await using second = await open({ isUp: true, room: 1 });
    const [again] = await second.carrier.takes(1);
    assert.deepEqual(again!.message.id, id);
    second.carrier.events.handedOver(again!, { kind: 'sent', reference: 'b1' });
  });

  it('keeps a message whose answer was lost while the link was ending', async () => {
    const first = await open({ isUp: true, room: 1 });
    const { id } = await submit(first);
    const [part] = await first.carrier.takes(1);
    first.carrier.whileStopping = () => first.carrier.events.handedOver(part!, { kind: 'lost' });
    await first.stop();
    assert.equal(await sendsDue(id), 1);
    await using second = await open({ isUp: true, room: 1 });
    const [again] = await second.carrier.takes(1);
    second.carrier.events.handedOver(again!, { kind: 'sent', reference: 'c1' });
  });

  it('says of a long message that it is in doubt where one of its parts is', async () => {
    const content = { kind: 'text', text: LONG } as const;
    const node = await open({ isUp: true, room: 2 });
    const { id } = await submit(node, { content, class: 'otp' });
    const [first, second] = await node.carrier.takes(2);
    node.carrier.events.handedOver(first!, { kind: 'lost' });
    node.carrier.events.handedOver(second!, { kind: 'sent', reference: 'd2' });
    await node.stop();
    await using next = await open({ isUp: true, room: 0 });
    assert.equal(await state(next, id), 'in_doubt');
  });

  it('sends a part of a one-time code whose answer was lost no more when another part is tried again', async () => {
    await using node = await open({ isUp: true, room: 2 });
    const { id } = await submit(node, { content: { kind: 'text', text: LONG }, class: 'otp' });
    const [first, second] = await node.carrier.takes(2);
    node.carrier.events.handedOver(first!, { kind: 'lost' });
    node.carrier.events.handedOver(second!, { kind: 'refused', code: 8, next: 'retry' });
    while ((await sendsDue(id)) === 0);
    await hasten(id);
    node.carrier.opens(2);
    const again = (await node.carrier.takes(3))[2]!;
    assert.equal(again.segment, second!.segment);
    node.carrier.events.handedOver(again, { kind: 'sent', reference: 'e2' });
    while ((await state(node, id)) !== 'in_doubt');
    assert.equal(node.carrier.handed.length, 3);
  });

  it('ends a long message whose parts were sent at different times when the last receipt is there', async () => {
    await using node = await open({ isUp: true, room: 2 });
    const { id } = await submit(node, { content: { kind: 'text', text: LONG } });
    const [first, second] = await node.carrier.takes(2);
    node.carrier.events.handedOver(first!, { kind: 'sent', reference: 'f1' });
    node.carrier.events.handedOver(second!, { kind: 'refused', code: 8, next: 'retry' });
    while ((await sendsDue(id)) === 0);
    await hasten(id);
    node.carrier.opens(1);
    node.carrier.events.handedOver((await node.carrier.takes(3))[2]!, { kind: 'sent', reference: 'f2' });
    const about = { outcome: 'delivered', code: 0, handset: TO, sender: SENDER } as const;
    for (const reference of ['f1', 'f2']) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      node.carrier.events.receipt({ reference, ...about }, resolve);
      assert.equal(await promise, true);
    }
    assert.equal(await state(node, id), 'delivered');
  });

  it('finds a message whose id was given before others that are read back already', async () => {
    await using node = await open({ isUp: false, room: 0 });
    const claim = await node.river.desk.claim(credential.accountId, 'key', Buffer.alloc(32), 1);
    assert.equal(claim.kind, 'claimed');
    await submit(node);
    node.carrier.opens(2);
    const { id } = await submit(node, { id: claim.ids[0]! });
    claim.release();
    const parts = await node.carrier.takes(2);
    assert.ok(parts.some((part) => part.message.id.equals(id)));
    for (const [at, part] of parts.entries())
      node.carrier.events.handedOver(part, { kind: 'sent', reference: `g${at}` });
  });
});

function credentialOf(accountId: number): Credential {
  return {
    accountId,
    id: 1,
    kind: 'api_key',
    name: 'test',
    lookup: '',
    capability: {
      verbs: ['send', 'read', 'cancel'],
      senders: [SENDER],
      classes: ['otp', 'transactional', 'marketing'],
      carriers: [CARRIER],
      networks: [],
    },
    createdAtMs: 0,
    expiresAtMs: Number.POSITIVE_INFINITY,
    revokedAtMs: null,
  };
}
