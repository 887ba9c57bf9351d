import { idText } from '../../base/id.ts';
import type { FoundRecipient } from '../../consent/index.ts';
import type { RiverContext } from '../context.ts';
import { unpackExtras } from '../extras.ts';
import { Message } from '../message.ts';
import type { MessageRow, PartRow } from '../message-store.ts';
import { cut, cutTextless, cuttingFor } from './cut.ts';

/** Makes stored messages live again: opens what is sealed and puts the parts where their record says they are. */
export class TakeUp {
  readonly #river: RiverContext;
  #underWay = 0;
  /** Who was erased while messages were being opened. */
  #forgotten: ((message: Message) => boolean)[] = [];

  constructor(river: RiverContext) {
    this.#river = river;
  }

  /** What is being opened for people who were erased meanwhile comes without octets. */
  forget(isMeant: (message: Message) => boolean): void {
    if (this.#underWay > 0) this.#forgotten.push(isMeant);
  }

  /** The messages of the rows, in their order. One whose keys are gone comes without octets: it cannot be sent. */
  async open(rows: readonly MessageRow[]): Promise<Message[]> {
    this.#underWay++;
    try {
      const messages = await this.#openAll(rows);
      for (const message of messages) if (this.#forgotten.some((isMeant) => isMeant(message))) message.octets = null;
      return messages;
    } finally {
      if (--this.#underWay === 0) this.#forgotten = [];
    }
  }

  async #openAll(rows: readonly MessageRow[]): Promise<Message[]> {
    await this.#river.vault.loadKeysOf(rows);
    const found = new Map<number, Awaited<ReturnType<RiverContext['recipients']['find']>>>();
    for (const [accountId, group] of Map.groupBy(rows, (row) => row.accountId)) {
      found.set(
        accountId,
        await this.#river.recipients.find(accountId, [...new Set(group.map((row) => row.recipientId))]),
      );
    }
    const recorded = await this.#river.store.parts(
      rows.filter((row) => row.segments > 1 || row.isDoubtful || row.attempts > 0),
    );
    return rows.map((row) => {
      const message = this.#message(row);
      const parts = recorded.get(idText(row.id)) ?? [];
      this.#open(message, row, found.get(row.accountId)?.get(row.recipientId), parts);
      message.mayBeThere = row.isDoubtful || areGone(message, parts);
      return message;
    });
  }

  #open(message: Message, row: MessageRow, known: FoundRecipient | undefined, recorded: readonly PartRow[]): void {
    if (!known) return;
    const { recipient, digits } = known;
    message.recipient = recipient;
    message.to = digits;
    const { accountId, id, codeEndsAtMs, revision } = row;
    const sealed = { accountId, id, recipient, codeEndsAtMs, revision };
    const body = this.#river.vault.openBody(row.sealedBody, sealed);
    if (body) fill(message, row, body);
    if (!row.isInbound) this.#cut(message, recorded, row);
  }

  /**
   * What has been handed over of a message, or may have been, is with one carrier: the rest follows it. Where nothing was,
   * and its carrier has been removed, it takes another.
   */
  #cut(message: Message, recorded: readonly PartRow[], { isDoubtful }: MessageRow): void {
    const gone = recorded.find(isHandedOver);
    if (gone) {
      message.isBound = true;
      message.outlet = this.#river.outlets.get(gone.carrierId) ?? message.outlet;
    } else if (!isDoubtful && message.octets) message.outlet ??= this.#river.ways.chooseAgain(message);
    if (message.octets === null) return cutTextless(message, recorded, isDoubtful);
    const cuttingOf = (carrierId: number) => this.#river.outlets.get(carrierId)?.link?.traits.cutting ?? null;
    message.cutting = cuttingFor(message.outlet?.link?.traits.cutting ?? message.cutting, recorded, cuttingOf);
    cut(message, recorded);
  }

  #message(row: MessageRow): Message {
    const message = new Message(row, null, null);
    message.outlet = this.#river.outlets.get(row.carrierId) ?? null;
    message.dataCoding = row.dataCoding;
    message.hasHeader = row.hasHeader;
    message.segments = row.segments;
    message.expiresAtMs = row.expiresAtMs;
    message.attempts = row.attempts;
    message.isSettled = true;
    return message;
  }
}

const isHandedOver = ({ state }: PartRow): boolean => state === 'sent' || state === 'in_doubt';

/** Whether all parts were handed over; of a message that cannot be opened, so that no more can be, whether any was. */
function areGone({ parts, octets }: Message, recorded: readonly PartRow[]): boolean {
  const gone = new Set(recorded.filter(isHandedOver).map(({ segment }) => segment));
  return gone.size > 0 && (octets === null || parts.every(({ segment }) => gone.has(segment)));
}

/** Puts what was sealed of a message back where it belongs. */
function fill(message: Message, { hasExtras }: MessageRow, body: Buffer): void {
  if (!hasExtras) {
    message.octets = body;
    return;
  }
  const { octets, protocolId, tlvs } = unpackExtras(body);
  message.octets = octets;
  message.protocolId = protocolId;
  message.tlvs = tlvs;
}
