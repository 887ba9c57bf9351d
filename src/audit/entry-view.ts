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

interface Written {
  readonly at: string;
  readonly what: string;
  readonly who: string;
  readonly from: string | null;
  readonly on: readonly string[];
  readonly why: string | null;
  readonly outcome: string;
  readonly about?: EntryView['about'];
}

function viewAction(index: number, bytes: Buffer): EntryView | null {
  const written = parsed(bytes);
  if (written === null) return null;
  const { at, what, who, from, on, why, outcome, about = {} } = written;
  return { index, atMs: Date.parse(at), what, kind: kindOf(what), who, from, on, why, outcome, about };
}

function parsed(bytes: Buffer): Written | null {
  try {
    return JSON.parse(bytes.toString()) as Written;
  } catch {
    return null;
  }
}

/** A log may hold actions of a newer gateway: a change says least about them. */
const kindOf = (what: string): ActionKind =>
  Object.entries(actions).find(([name]) => name === what)?.[1].kind ?? 'change';
