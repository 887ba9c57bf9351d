import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Id } from '../../src/base/id.ts';
import { Secret } from '../../src/base/secret.ts';
import { SmppLink } from '../../src/carriers/index.ts';
import { type Flow, openFlow } from '../../src/flow.ts';
import type { MessageState } from '../../src/messages/index.ts';
import { outgoingMessage } from '../../src/wire/smpp/pdu-writer.ts';
import { formatReceipt, type ReceiptState, receiptStates, stateByWord } from '../../src/wire/smpp/receipt-text.ts';
import type { Tlvs } from '../../src/wire/smpp/tlvs.ts';
import { silentLog } from '../support/database.ts';
import { HandRivers } from '../support/hand-river.ts';
import { receiptForms, receiptIdPairs } from '../support/receipt-variants.ts';
import { type EsmeSession, ScriptedSmsc, type Submit } from '../support/scripted-smsc.ts';

const RECEIPT = 0x04;
const CARRIER = 1;
const SUBMITTED_AT_MS = Date.UTC(2026, 0, 2, 3, 4);

/** What becomes of a message that was sent when its receipt tells of this state. */
const ends = {
  SCHEDULED: 'sent',
  ENROUTE: 'sent',
  ACCEPTD: 'sent',
  DELIVRD: 'delivered',
  EXPIRED: 'expired',
  DELETED: 'undelivered',
  UNDELIV: 'undelivered',
  UNKNOWN: 'undelivered',
  REJECTD: 'undelivered',
} as const satisfies Record<ReceiptState, MessageState>;

const textOf = (messageId: string, state: ReceiptState): string => {
  const about = { messageId, submittedAtMs: SUBMITTED_AT_MS, doneAtMs: SUBMITTED_AT_MS + 60_000, error: '000' };
  return formatReceipt({ ...about, state, text: 'Hello' });
};

interface Case {
  readonly name: string;
  /** What the submit_sm_resp says; a new one where it is left out. */
  readonly answered?: string;
  readonly state?: ReceiptState;
  readonly isBeforeAnswer?: boolean;
  /** Gives the receipt, and resolves with the status of its answer. */
  readonly tells: (world: World, submit: Submit, id: string) => Promise<number>;
}

type Content = { readonly text?: string; readonly tlvs?: Tlvs };

const by = (content: (id: string) => Content): Case['tells'] => {
  return (world, submit, id) => world.deliver(submit, content(id));
};

const words: Case[] = [...stateByWord].map(([word, state]) => ({
  name: `the word ${word}`,
  state,
  tells: by((id) => ({ text: textOf(id, 'DELIVRD').replace('stat:DELIVRD', `stat:${word}`) })),
}));
const numbers: Case[] = Object.entries(receiptStates).map(([state, { number }]) => ({
  name: `TLVs alone that say ${state}`,
  state: state as ReceiptState,
  tells: by((id) => ({ tlvs: { receipted_message_id: id, message_state: number } })),
}));
const forms: Case[] = Object.entries(receiptForms).map(([name, form]) => ({
  name,
  tells: by((id) => ({ text: form(textOf(id, 'DELIVRD'), id) })),
}));
const ids: Case[] = receiptIdPairs.map(([told, answered]) => ({
  name: `the id ${told} for ${answered}`,
  answered,
  tells: by(() => ({ text: textOf(told, 'DELIVRD') })),
}));
const delivered = (id: string): Content => ({ text: textOf(id, 'DELIVRD') });
const asTlvs = (id: string): Content => ({ tlvs: { receipted_message_id: id, message_state: 2 } });
const ways: Case[] = [
  { name: 'a receipt before the answer', isBeforeAnswer: true, tells: by(delivered) },
  { name: 'TLVs alone before the answer', isBeforeAnswer: true, tells: by(asTlvs) },
  { name: 'TLVs beside a text that says nothing', tells: by((id) => ({ ...asTlvs(id), text: 'Delivered.' })) },
  { name: 'TLVs that contradict their text', tells: by((id) => ({ ...asTlvs(id), text: textOf('x', 'REJECTD') })) },
  {
    name: 'an id by TLV, a state by text',
    tells: by((id) => ({ tlvs: { receipted_message_id: id }, ...delivered('x') })),
  },
  {
    name: 'a text in message_payload',
    tells: by((id) => ({ tlvs: { message_payload: Buffer.from(textOf(id, 'DELIVRD')) } })),
  },
  { name: 'a data_sm', tells: (world, submit, id) => world.data(submit, delivered(id)) },
  { name: 'a data_sm with TLVs alone', tells: (world, submit, id) => world.data(submit, asTlvs(id)) },
  { name: 'another bind', tells: (world, submit, id) => world.deliver(submit, delivered(id), world.otherThan(submit)) },
];

/** A river with an SMPP link of two binds, and the SMSC at its other end. */
class World implements AsyncDisposable {
  readonly rivers: HandRivers<'smsc'>;
  readonly smsc = new ScriptedSmsc();
  flow!: Flow;
  readonly #stack = new AsyncDisposableStack();
  readonly #sessionOf = new Map<Submit, EsmeSession>();
  #submits = 0;
  #sequence = 1_000_000;

  private constructor(rivers: HandRivers<'smsc'>) {
    this.rivers = rivers;
    this.#stack.use(rivers);
    this.#stack.use(this.smsc);
    this.smsc.script = {
      bindTlvs: { sc_interface_version: 0x34 },
      submit: (submit, session) => void this.#sessionOf.set(submit, session),
    };
  }

  static async open(): Promise<World> {
    const world = new World(await HandRivers.make(['smsc'] as const));
    const port = await world.smsc.listen();
    world.flow = await openFlow(world.rivers.options, world.rivers.base, world.#stack);
    const settings = { host: '127.0.0.1', port, tls: false, systemId: 'sallyport', bindCount: 2 } as const;
    const { clock, entropy } = world.rivers.options;
    const parts = {
      name: 'smsc',
      settings,
      password: new Secret('opensesa'),
      tls: null,
      clock,
      entropy,
      log: silentLog,
    };
    world.flow.river.addCarrier(CARRIER, 'smsc', (events) => new SmppLink(parts, events));
    world.#stack.defer(() => world.flow.river.stop());
    await world.flow.river.start();
    await world.smsc.until(() => world.smsc.sessions.filter(({ bound }) => bound !== null).length === 2);
    return world;
  }

  /** A message to this handset, as the SMSC has it: not answered yet. */
  async handedOver(to: string): Promise<{ id: Id; submit: Submit }> {
    const node = {
      flow: this.flow,
      carriers: {} as never,
      stop: async () => {},
      [Symbol.asyncDispose]: async () => {},
    };
    const id = await this.rivers.accepted(node, { to });
    await this.smsc.until(() => this.smsc.heardOf('submit_sm').length > this.#submits);
    return { id, submit: this.smsc.heardOf('submit_sm')[this.#submits++] as Submit };
  }

  answer(submit: Submit, id: string): void {
    this.#sessionOf.get(submit)!.answer(submit, id);
  }

  otherThan(submit: Submit): EsmeSession {
    return this.smsc.sessions.find((session) => session !== this.#sessionOf.get(submit))!;
  }

  deliver({ fields }: Submit, { text = '', tlvs }: Content, session = this.smsc.receiver): Promise<number> {
    const about = { source: fields.destination_addr, destination: fields.source_addr, esmClass: RECEIPT };
    return session.deliver({ ...about, text: Buffer.from(text, 'latin1') }, tlvs);
  }

  /** The same as data_sm, whose text is in message_payload (SMPP 3.4 §4.7.1). */
  async data({ fields }: Submit, { text = '', tlvs = {} }: Content): Promise<number> {
    const sequence = ++this.#sequence;
    const about = { source: fields.destination_addr, destination: fields.source_addr, esmClass: RECEIPT };
    this.smsc.session.connection.out.dataSm(sequence, { ...outgoingMessage(), ...about, text }, tlvs);
    const answer = () => this.smsc.heardOf('data_sm_resp').find((pdu) => pdu.sequence === sequence);
    await this.smsc.until(() => answer() !== undefined);
    return answer()!.status;
  }

  async states(id: Id): Promise<MessageState[]> {
    const view = await this.flow.river.desk.view(this.rivers.credential.accountId, id);
    return view!.timeline.slice(1).map(({ state }) => state);
  }

  async until(id: Id, state: MessageState): Promise<void> {
    while (!(await this.states(id)).includes(state));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

describe('a message ends once, whatever form its receipt has', () => {
  let world: World;
  let count = 0;
  before(async () => {
    world = await World.open();
  });
  after(() => world[Symbol.asyncDispose]());

  for (const { name, answered, state = 'DELIVRD', isBeforeAnswer = false, tells } of [
    ...forms,
    ...words,
    ...numbers,
    ...ways,
    ...ids,
  ]) {
    it(`${name}: ${ends[state]}`, async () => {
      const at = count++;
      const { id, submit } = await world.handedOver(`+12025550${100 + (at % 100)}`);
      const reference = answered ?? `ref${at}x`;
      const early = isBeforeAnswer ? tells(world, submit, reference) : null;
      world.answer(submit, reference);
      await world.until(id, 'sent');
      assert.equal(await (early ?? tells(world, submit, reference)), 0);
      assert.equal(await tells(world, submit, reference), 0);
      const end: MessageState = ends[state];
      assert.deepEqual(await world.states(id), end === 'sent' ? ['sent'] : ['sent', end]);
    });
  }

  it('and none is in the report of those that nobody was found for', async () => {
    assert.deepEqual((await world.flow.river.receiptReport(CARRIER)).receipts, []);
  });
});
