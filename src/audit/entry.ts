import type { Id } from '../base/id.ts';
import { must } from '../base/must.ts';
import { WHY_CHARACTERS_MAX } from '../base/why.ts';
import type { Action } from './actions.ts';
import { MAX_ENTRY_BYTES } from './tree/index.ts';

/** Who does something, and where from. Neither says anything about a subscriber. */
export interface Actor {
  /** `operator:local`, `credential:12`, `carrier:2`, `gateway:3`. */
  readonly who: string;
  /** A network address, `control socket`, or `command line` of a command that asks no gateway; null for the gateway itself. */
  readonly from: string | null;
  /** In the words of who does it. */
  readonly why?: string;
}

/** What is on record of one action. Nothing in it may be personal data: a recipient is named by a keyed reference. */
export interface Entry extends Actor {
  /** Unix ms. */
  readonly atMs: number;
  readonly what: Action;
  /** What it was done to: `account:3`, `credential:12`, `message:<id>`, `recipient:<reference>`. */
  readonly on: readonly string[];
  /** `done`, or the code of the fault that it ended in. */
  readonly outcome: string;
  readonly about?: Readonly<Record<string, string | number | boolean | null>>;
}

/** The octets of an entry: JSON of one line, whose members stand in this order. */
export function entryBytes({ atMs, what, who, from, on, why, outcome, about }: Entry): Buffer {
  const at = new Date(atMs).toISOString();
  const words = {
    v: 1,
    at,
    what,
    who,
    from,
    on,
    why: why?.slice(0, WHY_CHARACTERS_MAX) ?? null,
    outcome,
    ...(about && { about }),
  };
  const bytes = Buffer.from(JSON.stringify(words));
  must(bytes.length <= MAX_ENTRY_BYTES, 'an entry of the audit log has a bound');
  return bytes;
}

/**
 * What is on record of something that happened to a message: 0x01, state, segment (2 octets), Unix ms (6), account (4),
 * message id (16), credential (4), carrier (4), node (4), code (4), and where the message was accepted the BLAKE2b-128 of
 * the row's sealed body (16). Numbers are big-endian; states are numbered as in `message_event`, and from 128 on it says that
 * an application was told of one, with the number of attempts for the segment. An entry in JSON begins
 * with 0x7b.
 */
export interface MessageEntry {
  readonly state: number;
  readonly segment: number;
  readonly atMs: number;
  readonly accountId: number;
  readonly messageId: Id;
  readonly credentialId: number;
  readonly carrierId: number;
  readonly nodeId: number;
  readonly code: number;
}

export const MESSAGE_ENTRY = 1;
export const MESSAGE_ENTRY_BYTES = 46;
export const DIGEST_BYTES = 16;

const TWO_32 = 2 ** 32;

/** Writes an entry, `MESSAGE_ENTRY_BYTES` long, from `at` on; a digest goes behind it. */
export function writeMessageEntry(bytes: Buffer, at: number, entry: MessageEntry): void {
  bytes[at] = MESSAGE_ENTRY;
  bytes[at + 1] = entry.state;
  bytes.writeUInt16BE(entry.segment, at + 2);
  bytes.writeUInt16BE(Math.floor(entry.atMs / TWO_32), at + 4);
  bytes.writeUInt32BE(entry.atMs >>> 0, at + 6);
  bytes.writeInt32BE(entry.accountId, at + 10);
  bytes.set(entry.messageId, at + 14);
  bytes.writeInt32BE(entry.credentialId, at + 30);
  bytes.writeInt32BE(entry.carrierId, at + 34);
  bytes.writeInt32BE(entry.nodeId, at + 38);
  bytes.writeInt32BE(entry.code, at + 42);
}

/** The octets of such an entry, where they stand by themselves; what is left out is 0. */
export function messageEntry(
  about: Partial<MessageEntry> & Pick<MessageEntry, 'state' | 'atMs' | 'accountId' | 'messageId' | 'nodeId'>,
  digest: Buffer = Buffer.alloc(0),
): Buffer {
  const bytes = Buffer.alloc(MESSAGE_ENTRY_BYTES);
  writeMessageEntry(bytes, 0, { segment: 0, credentialId: 0, carrierId: 0, code: 0, ...about });
  return Buffer.concat([bytes, digest]);
}

/** Null for what is not such an entry. */
export function readMessageEntry(bytes: Buffer): (MessageEntry & { readonly digest: Buffer | null }) | null {
  const more = bytes.length - MESSAGE_ENTRY_BYTES;
  if ((more !== 0 && more !== DIGEST_BYTES) || bytes[0] !== MESSAGE_ENTRY) return null;
  return {
    state: bytes.readUInt8(1),
    segment: bytes.readUInt16BE(2),
    atMs: bytes.readUIntBE(4, 6),
    accountId: bytes.readInt32BE(10),
    messageId: Buffer.from(bytes.subarray(14, 30)),
    credentialId: bytes.readInt32BE(30),
    carrierId: bytes.readInt32BE(34),
    nodeId: bytes.readInt32BE(38),
    code: bytes.readInt32BE(42),
    digest: more === 0 ? null : Buffer.from(bytes.subarray(MESSAGE_ENTRY_BYTES)),
  };
}

/**
 * What is on record of notices that were answered, or given up, in one go: 0x02, what became of them with the state that was
 * told (as `messages/notify/tellings.ts` numbers it), the attempts each took (2 octets), Unix ms (6), account (4), credential
 * (4), node (4), and the ids of the messages (16 each).
 */
export interface NoticesEntry {
  readonly state: number;
  readonly attempts: number;
  readonly atMs: number;
  readonly accountId: number;
  readonly credentialId: number;
  readonly nodeId: number;
  readonly messageIds: readonly Id[];
}

export const NOTICES_ENTRY = 2;
const NOTICES_HEAD_BYTES = 22;
const ID_BYTES = 16;

export const noticesEntryBytes = (count: number): number => NOTICES_HEAD_BYTES + count * ID_BYTES;

/** Writes an entry, `noticesEntryBytes` long, from `at` on. */
export function writeNoticesEntry(bytes: Buffer, at: number, entry: NoticesEntry): void {
  bytes[at] = NOTICES_ENTRY;
  bytes[at + 1] = entry.state;
  bytes.writeUInt16BE(entry.attempts, at + 2);
  bytes.writeUIntBE(entry.atMs, at + 4, 6);
  bytes.writeInt32BE(entry.accountId, at + 10);
  bytes.writeInt32BE(entry.credentialId, at + 14);
  bytes.writeInt32BE(entry.nodeId, at + 18);
  for (const [place, id] of entry.messageIds.entries()) bytes.set(id, at + noticesEntryBytes(place));
}

/** Null for what is not such an entry. */
export function readNoticesEntry(bytes: Buffer): NoticesEntry | null {
  const count = (bytes.length - NOTICES_HEAD_BYTES) / ID_BYTES;
  if (bytes[0] !== NOTICES_ENTRY || count < 1 || !Number.isInteger(count)) return null;
  const id = (place: number) => Buffer.from(bytes.subarray(noticesEntryBytes(place), noticesEntryBytes(place + 1)));
  return {
    state: bytes.readUInt8(1),
    attempts: bytes.readUInt16BE(2),
    atMs: bytes.readUIntBE(4, 6),
    accountId: bytes.readInt32BE(10),
    credentialId: bytes.readInt32BE(14),
    nodeId: bytes.readInt32BE(18),
    messageIds: Array.from({ length: count }, (_, place) => id(place)),
  };
}
