import { idDay, idText } from '../../base/id.ts';
import { cutSegments } from '../../wire/text/segments.ts';
import { classes } from '../classes.ts';
import type { RiverContext } from '../context.ts';
import { Message, Part } from '../message.ts';
import type { MessageRow, PartRow } from '../message-store.ts';

/** Makes stored messages live again: opens what is sealed and puts the parts where their record says they are. */
export class TakeUp {
  readonly #river: RiverContext;

  constructor(river: RiverContext) {
    this.#river = river;
  }

  /** The messages of the rows, in their order. One whose keys are gone comes without octets: it cannot be sent. */
  async open(rows: readonly MessageRow[]): Promise<Message[]> {
    await this.#loadDays(rows);
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
      const known = found.get(row.accountId)?.get(row.recipientId);
      if (!known) return message;
      message.recipient = known.recipient;
      message.to = known.digits;
      message.octets = this.#river.vault.openBody(row.sealedBody, {
        accountId: row.accountId,
        id: row.id,
        recipient: known.recipient,
      });
      if (message.octets) cut(message, recorded.get(idText(row.id)) ?? []);
      return message;
    });
  }

  async #loadDays(rows: readonly MessageRow[]): Promise<void> {
    for (const { accountId, id } of rows) {
      if (!this.#river.vault.hasDay(accountId, idDay(id))) await this.#river.vault.loadDay(accountId, idDay(id));
    }
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

/** Cuts a message into its parts. Every cut of the same message is the same: the reference comes from its id. */
export function cut(message: Message, recorded: readonly PartRow[] = []): void {
  const octets = message.octets!;
  const reference = message.id[message.id.length - 1]!;
  const pieces = message.segments === 1 ? [octets] : cutSegments(octets, message.dataCoding, reference);
  const isCut = pieces.length > 1;
  message.parts = pieces.map((piece, i) => new Part(message, isCut ? i + 1 : 0, piece, isCut || message.hasHeader));
  for (const { segment, state, reference: knownAs } of recorded) {
    const part = message.parts.find((candidate) => candidate.segment === segment);
    if (part && state === 'sent') {
      part.state = 'sent';
      part.reference = knownAs;
    }
    if (part?.state === 'here' && state === 'in_doubt' && !classes[message.class].resendsInDoubt)
      part.state = 'doubted';
    if (part && (state === 'delivered' || state === 'undelivered' || state === 'expired')) part.receipt = state;
  }
  message.partsOpen = message.parts.filter((part) => part.state === 'here').length;
}
