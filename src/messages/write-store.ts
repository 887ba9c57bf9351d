import { auditGroups, DIGEST_BYTES, MESSAGE_ENTRY_BYTES, writeMessageEntry } from '../audit/index.ts';
import { DAY_MS } from '../base/clock.ts';
import type { Fault } from '../base/fault.ts';
import { type Id, idDay, idText, idTimeMs } from '../base/id.ts';
import type { BatchTable, BatchWriter, Unit } from '../store/index.ts';
import { timeOf } from '../store/index.ts';
import type { Vault } from '../vault/index.ts';
import { classNumber } from './classes.ts';
import { hasExtras, packExtras } from './extras.ts';
import type { Message } from './message.ts';
import { type MessageState, states } from './states.ts';

const suffixOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');

/** COPY into the partition of a day; the text of each statement is made once a day. */
function dayTable(name: string, columns: string): BatchTable {
  let lastDay = -1;
  let last = '';
  return {
    partitioned: true,
    statement(day) {
      if (day === lastDay) return last;
      lastDay = day;
      last = `COPY ${name}_${suffixOf(day)} (${columns}) FROM STDIN BINARY`;
      return last;
    },
  };
}

const messageTable = dayTable(
  'message',
  'account_id, id, recipient_id, credential_id, carrier_id, node_id, direction, class, data_coding, flags, segments, hand_off, expires_at, sender, reference, service_type, body',
);
const MESSAGE_FIELDS = 17;
const MESSAGE_FIXED_BYTES = 128;
const eventTable = dayTable(
  'message_event',
  'account_id, message_id, at, state, segment, node_id, carrier_id, code, reference',
);
const EVENT_FIELDS = 9;
const EVENT_FIXED_BYTES = 64;
const WAITING =
  'COPY waiting (account_id, message_id, what, state, credential_id, due_at, attempts, event_at, code) FROM STDIN BINARY';
const waitingTable: BatchTable = { partitioned: false, statement: () => WAITING };
const WAITING_FIELDS = 9;
const WAITING_BYTES = 64;

export const HAS_HEADER = 1;
export const WANTS_RECEIPT = 2;
export const FAILURES_ONLY = 4;
/** The body begins with a block of extras (`extras.ts`). */
export const HAS_EXTRAS = 8;
export const SUCCESS_ONLY = 16;
export const WANTS_UNDERWAY = 32;
export const ONE_OF_MANY = 64;
/** `message.hand_off`: goes to the carrier as soon as it is stored; waits in the store; has a row in `waiting`. */
export const AT_ONCE = 0;
export const WAITS = 1;
export const SCHEDULED = 2;
export const MT = 0;
export const MO = 1;

/** What `waiting.what` says is due. */
export const SEND = 0;
export const TELL_WEBHOOK = 1;
export const TELL_SMPP = 2;

/** A message as the store takes it: an MT message, or an MO one whose `recipient` is the handset. */
export type StoredMessage = Pick<
  Message,
  | 'accountId'
  | 'id'
  | 'credentialId'
  | 'class'
  | 'dataCoding'
  | 'hasHeader'
  | 'wantsReceipt'
  | 'failuresOnly'
  | 'successOnly'
  | 'wantsUnderway'
  | 'isOneOfMany'
  | 'segments'
  | 'expiresAtMs'
  | 'from'
  | 'reference'
  | 'protocolId'
  | 'tlvs'
> & {
  recipient: NonNullable<Message['recipient']>;
  octets: Buffer;
  serviceType: string | null;
  readonly codeEndsAtMs: number | null;
};

export interface MessageRowContext {
  readonly writer: BatchWriter;
  readonly vault: Vault;
  readonly nodeId: number;
}

/** Seals the body and writes the row of a message; the caller adds the unit. */
export function writeMessage(
  context: MessageRowContext,
  message: StoredMessage,
  place: { carrierId: number; direction: number; handOff: number },
): void {
  const { writer, vault, nodeId } = context;
  const body = bodyOf(message);
  const bodyBytes = vault.sealedBytes(body.length);
  const rows = writer.beginRow(messageTable, idDay(message.id));
  const textBytes = 4 * (message.from.length + (message.reference?.length ?? 0) + (message.serviceType?.length ?? 0));
  rows.row(MESSAGE_FIELDS, MESSAGE_FIXED_BYTES + bodyBytes + textBytes);
  rows.int4(message.accountId);
  rows.blob(message.id);
  rows.int8(message.recipient.id);
  rows.int4(message.credentialId);
  rows.int4(place.carrierId);
  rows.int4(nodeId);
  rows.int2(place.direction);
  rows.int2(classNumber(message.class));
  rows.int2(message.dataCoding);
  rows.int2(flagsOf(message));
  rows.int2(message.segments);
  rows.int2(place.handOff);
  rows.time(message.expiresAtMs);
  rows.text(message.from);
  if (message.reference === null) rows.nothing();
  else rows.text(message.reference);
  if (message.serviceType === null) rows.nothing();
  else rows.text(message.serviceType);
  const at = rows.field(bodyBytes);
  vault.sealBodyInto(rows.bytes, at, message, body);
  writer.endRow();
  writeAccepted(context, message, { carrierId: place.carrierId, rows, from: at, to: at + bodyBytes });
}

/** That the message was stored, as the audit log has it: with a digest of the sealed body, in `rows` between two places. */
function writeAccepted(
  { writer, vault, nodeId }: MessageRowContext,
  { accountId, id: messageId, credentialId }: StoredMessage,
  body: { carrierId: number; rows: { readonly bytes: Buffer }; from: number; to: number },
): void {
  const group = writer.beginEntry(auditGroups);
  const at = group.entry(MESSAGE_ENTRY_BYTES + DIGEST_BYTES);
  writeMessageEntry(group.bytes, at, {
    state: states.accepted.number,
    segment: 0,
    atMs: idTimeMs(messageId),
    accountId,
    messageId,
    credentialId,
    carrierId: body.carrierId,
    nodeId,
    code: 0,
  });
  vault.digestInto(group.bytes, at + MESSAGE_ENTRY_BYTES, body.rows.bytes.subarray(body.from, body.to));
  writer.endRow();
}

/** What is sealed of a message. */
export const bodyOf = (message: Pick<StoredMessage, 'octets' | 'protocolId' | 'tlvs'>): Buffer =>
  hasExtras(message) ? packExtras(message, message.octets) : message.octets;

type Flagged = Pick<
  StoredMessage,
  | 'hasHeader'
  | 'wantsReceipt'
  | 'failuresOnly'
  | 'protocolId'
  | 'tlvs'
  | 'successOnly'
  | 'wantsUnderway'
  | 'isOneOfMany'
>;

export const flagsOf = (message: Flagged): number =>
  (message.hasHeader ? HAS_HEADER : 0) |
  (message.wantsReceipt ? WANTS_RECEIPT : 0) |
  (message.failuresOnly ? FAILURES_ONLY : 0) |
  (hasExtras(message) ? HAS_EXTRAS : 0) |
  (message.successOnly ? SUCCESS_ONLY : 0) |
  (message.wantsUnderway ? WANTS_UNDERWAY : 0) |
  (message.isOneOfMany ? ONE_OF_MANY : 0);

/** Something that happened to a message. */
export interface MessageEvent {
  readonly accountId: number;
  readonly messageId: Id;
  readonly atMs: number;
  readonly state: MessageState;
  readonly segment: number;
  readonly carrierId: number;
  readonly code: number;
  readonly reference: string | null;
}

export function writeEvent(writer: BatchWriter, nodeId: number, event: MessageEvent): void {
  const rows = writer.beginRow(eventTable, idDay(event.messageId));
  rows.row(EVENT_FIELDS, EVENT_FIXED_BYTES + 2 * (event.reference?.length ?? 0));
  rows.int4(event.accountId);
  rows.blob(event.messageId);
  rows.time(event.atMs);
  rows.int2(states[event.state].number);
  rows.int2(event.segment);
  rows.int4(nodeId);
  rows.int4(event.carrierId);
  rows.int4(event.code);
  if (event.reference === null) rows.nothing();
  else rows.text(event.reference);
  writer.endRow();
  if (states[event.state].onRecord) writeOutcome(writer, nodeId, event);
}

/** That something became of the message, as the audit log has it. */
function writeOutcome(writer: BatchWriter, nodeId: number, event: MessageEvent): void {
  const { accountId, messageId, atMs, segment, carrierId, code } = event;
  const state = states[event.state].number;
  const group = writer.beginEntry(auditGroups);
  const at = group.entry(MESSAGE_ENTRY_BYTES);
  const entry = { state, segment, atMs, accountId, messageId, credentialId: 0, carrierId, nodeId, code };
  writeMessageEntry(group.bytes, at, entry);
  writer.endRow();
}

/** Something that is due later. */
export interface Due {
  readonly accountId: number;
  readonly messageId: Id;
  readonly what: number;
  /** The state to tell; of a send, `accepted`. */
  readonly state: MessageState;
  readonly credentialId: number;
  readonly dueAtMs: number;
  readonly attempts: number;
  readonly eventAtMs: number;
  /** Of an event that is to be told: its code. Of a message that waits for its time: the data coding it came in. */
  readonly code: number;
}

export function writeDue(writer: BatchWriter, due: Due): void {
  const rows = writer.beginRow(waitingTable, 0);
  rows.row(WAITING_FIELDS, WAITING_BYTES);
  rows.int4(due.accountId);
  rows.blob(due.messageId);
  rows.int2(due.what);
  rows.int2(states[due.state].number);
  rows.int4(due.credentialId);
  rows.time(due.dueAtMs);
  rows.int4(due.attempts);
  rows.time(due.eventAtMs);
  rows.int4(due.code);
  writer.endRow();
}

type Probe = NonNullable<ReturnType<Unit['probe']>>;

export const probeMessage = (accountId: number, id: Id): Probe => ({
  text: 'SELECT 1 FROM message WHERE account_id = $1 AND id = $2',
  values: [accountId, idText(id)],
});

export const probeEvent = (event: MessageEvent): Probe => ({
  text: `SELECT 1 FROM message_event WHERE account_id = $1 AND message_id = $2 AND state = $3 AND segment = $4
    AND at = ${timeOf('$5')}`,
  values: [event.accountId, idText(event.messageId), states[event.state].number, event.segment, event.atMs],
});

export const probeDue = (due: Due): Probe => ({
  text: 'SELECT 1 FROM waiting WHERE account_id = $1 AND message_id = $2 AND what = $3 AND state = $4',
  values: [due.accountId, idText(due.messageId), due.what, states[due.state].number],
});

/** The probe of a unit without rows: it is never asked. */
export const probeNothing = (): Probe => ({ text: 'SELECT 1 WHERE false', values: [] });

/** A unit of rows that record what has happened, or what is owed: it is never given up. */
export class Note implements Unit {
  readonly mustHold = true;
  readonly #probe: () => Probe;
  readonly #then: () => void;

  constructor(probe: () => Probe, then: () => void) {
    this.#probe = probe;
    this.#then = then;
  }

  stored(): void {
    this.#then();
  }

  /** A row that the database will not take is our mistake; it is in the log, and the work goes on with what memory knows. */
  failed(_fault: Fault): void {
    this.#then();
  }

  probe(): Probe {
    return this.#probe();
  }
}
