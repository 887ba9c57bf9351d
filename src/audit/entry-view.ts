import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { idText } from '../base/id.ts';
import { type ActionKind, actions } from './actions.ts';
import { type MessageEntry, type NoticesEntry, readMessageEntry, readNoticesEntry } from './entry.ts';

/** An entry of the log as it is shown and exported, whichever way it is written in the log. */
export interface EntryView {
  readonly index: number;
  /** Unix ms. */
  readonly atMs: number;
  readonly what: string;
  /** `message` of what becomes of messages. */
  readonly kind: ActionKind | 'message';
  readonly who: string;
  readonly from: string | null;
  readonly on: readonly string[];
  readonly why: string | null;
  readonly outcome: string;
  readonly about: Readonly<Record<string, string | number | boolean | null>>;
}

/** The name of a state by its number in `message_event`. */
export type StateName = (number: number) => string;

/** Reads an entry; null for octets that are none. */
export function viewEntry(index: number, bytes: Buffer, stateName: StateName): EntryView | null {
  const message = readMessageEntry(bytes);
  if (message) return viewMessage(index, message, stateName);
  const notices = readNoticesEntry(bytes);
  return notices ? viewNotices(index, notices, stateName) : viewAction(index, bytes);
}

/**
 * What became of a message, by the numbers of the gateway: a message entry holds nothing else, so nothing else can be
 * shown or exported of one.
 */
function viewMessage(
  index: number,
  entry: MessageEntry & { readonly digest: Buffer | null },
  stateName: StateName,
): EntryView {
  const { state, segment, atMs, accountId, messageId, credentialId, carrierId, nodeId, code, digest } = entry;
  const isTaken = digest !== null;
  return {
    index,
    atMs,
    what: `message.${stateName(state)}`,
    kind: 'message',
    who: isTaken && credentialId > 0 ? `credential:${credentialId}` : `gateway:${nodeId}`,
    from: null,
    on: [`message:${idText(messageId)}`, `account:${accountId}`],
    why: null,
    outcome: 'done',
    about: { segment, credential: credentialId, carrier: carrierId, code, digest: digest?.toString('hex') ?? null },
  };
}

function viewNotices(index: number, entry: NoticesEntry, stateName: StateName): EntryView {
  const { state, attempts, atMs, accountId, credentialId, nodeId, messageIds } = entry;
  return {
    index,
    atMs,
    what: `message.${stateName(state)}`,
    kind: 'message',
    who: `gateway:${nodeId}`,
    from: null,
    on: [...messageIds.map((id) => `message:${idText(id)}`), `account:${accountId}`],
    why: null,
    outcome: 'done',
    about: { credential: credentialId, attempts },
  };
}

const text = Type.String();
const textOrNull = Type.Union([text, Type.Null()]);

/** What `entryBytes` writes. */
const written = Type.Object({
  at: text,
  what: text,
  who: text,
  from: textOrNull,
  on: Type.Array(text),
  why: textOrNull,
  outcome: text,
  about: Type.Optional(Type.Record(text, Type.Union([text, Type.Number(), Type.Boolean(), Type.Null()]))),
});

type Written = Static<typeof written>;

function viewAction(index: number, bytes: Buffer): EntryView | null {
  const entry = parsed(bytes);
  const atMs = Date.parse(entry?.at ?? '');
  if (entry === null || Number.isNaN(atMs)) return null;
  const { what, who, from, on, why, outcome, about = {} } = entry;
  return { index, atMs, what, kind: kindOf(what), who, from, on, why, outcome, about };
}

/**
 * What is spelt otherwise than it is written here is no entry: a member that stands there twice, or octets that are no UTF-8,
 * would say one thing to this reader and another to the next.
 */
function parsed(bytes: Buffer): Written | null {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    const isOurs = Value.Check(written, value) && Buffer.from(JSON.stringify(value)).equals(bytes);
    return isOurs ? value : null;
  } catch {
    return null;
  }
}

/** A log may hold actions of a newer gateway: a change says least about them. */
const kindOf = (what: string): ActionKind =>
  Object.entries(actions).find(([name]) => name === what)?.[1].kind ?? 'change';
