import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Id } from '../../src/base/id.ts';
import { idText } from '../../src/base/id.ts';
import type { CarrierReceipt, ReceiptOutcome } from '../../src/carriers/index.ts';
import { writeNotice } from '../../src/doors/smpp/notice-pdu.ts';
import type { Notice } from '../../src/messages/index.ts';
import { decode, isDecodeFault } from '../../src/wire/smpp/decode.ts';
import { PduWriter } from '../../src/wire/smpp/pdu-writer.ts';
import { type HandNode, HandRivers, SENDER, TO } from '../support/hand-river.ts';

const UP = { hand: { isUp: true, room: 100 } };
const SENT_STATE = 5;

type Node = HandNode<'hand'>;

/** Whether we keep a receipt, as the carrier hears it. */
const receipt = (node: Node, reference: string, outcome: ReceiptOutcome): Promise<boolean> =>
  new Promise((resolve) => {
    const about: CarrierReceipt = { reference, outcome, code: 0, handset: TO.slice(1), sender: SENDER };
    node.carriers.hand.events.receipt(about, resolve);
  });

describe('intermediate notifications', () => {
  let rivers: HandRivers<'hand'>;
  before(async () => {
    rivers = await HandRivers.make(['hand']);
  });
  after(() => rivers[Symbol.asyncDispose]());

  /** A message that the carrier has under a reference. */
  async function sent(node: Node, reference: string, about: object): Promise<Id> {
    const id = await rivers.accepted(node, { wantsReceipt: true, ...about });
    const { hand } = node.carriers;
    for (let count = 1; ; count++) {
      const part = (await hand.takes(count)).find(({ message }) => message.id.equals(id));
      if (!part) continue;
      hand.events.handedOver(part, { kind: 'sent', reference });
      await rivers.until(node, id, 'sent');
      return id;
    }
  }

  async function owed(id: Id): Promise<number[]> {
    const { rows } = await rivers.base.database.engine.query<{ state: number }>(
      'SELECT state FROM waiting WHERE message_id = $1 AND what = 2 ORDER BY event_at, state',
      [idText(id)],
    );
    return rows.map(({ state }) => state);
  }

  it('are stored before the carrier is answered, once until they are told', async () => {
    await using node = await rivers.open(UP);
    const id = await sent(node, 'asked', { wantsUnderway: true });
    assert.deepEqual([await receipt(node, 'asked', 'underway'), await owed(id)], [true, [SENT_STATE]]);
    assert.deepEqual([await receipt(node, 'asked', 'underway'), await owed(id)], [true, [SENT_STATE]]);
  });

  it('are not owed to whom did not ask for them', async () => {
    await using node = await rivers.open(UP);
    const id = await sent(node, 'not asked', {});
    assert.deepEqual([await receipt(node, 'not asked', 'underway'), await owed(id)], [true, []]);
  });

  it('are deliver_sm that say so', () => {
    const notice: Notice = {
      messageId: Buffer.alloc(16, 1),
      accountId: 1,
      credentialId: 1,
      state: 'sent',
      handset: TO.slice(1),
      sender: SENDER,
      reference: '7',
      isOneOfMany: false,
      code: 0,
      acceptedAtMs: 0,
      doneAtMs: 0,
      content: null,
    };
    const writer = new PduWriter(() => {});
    writeNotice(writer, 1, notice, 0x34);
    const bytes = Buffer.concat(writer.take());
    const pdu = decode(bytes, 0, bytes.length);
    assert.ok(!isDecodeFault(pdu) && pdu.command === 'deliver_sm');
    assert.deepEqual([pdu.fields.esm_class, pdu.tlvs.message_state, pdu.tlvs.user_message_reference], [0x20, 1, 7]);
    assert.match(pdu.fields.short_message.toString(), / stat:ENROUTE /);
  });
});
