import { idText } from '../base/id.ts';
import { readMessageEntry } from './entry.ts';

/** An entry as people and programs read it, whatever its form in the log. */
export interface ShownEntry {
  /** RFC 3339; null in what cannot be read. */
  readonly at: string | null;
  /** An action, or `message.` and a state; `unreadable` for what is no entry of this version. */
  readonly what: string;
  readonly who: string;
  readonly from: string | null;
  readonly on: readonly string[];
  readonly why: string | null;
  readonly outcome: string;
  readonly about: Readonly<Record<string, unknown>> | null;
}

const unreadable: ShownEntry = {
  at: null,
  what: 'unreadable',
  who: '',
  from: null,
  on: [],
  why: null,
  outcome: '',
  about: null,
};

/** `stateName` gives the name of a state of messages by its number. */
export function showEntry(bytes: Buffer, stateName: (number: number) => string | null): ShownEntry {
  const entry = readMessageEntry(bytes);
  if (entry === null) return showAction(bytes);
  const { state, segment, atMs, accountId, messageId, credentialId, carrierId, nodeId, code, digest } = entry;
  const ids = { segment, credential: credentialId, carrier: carrierId, code };
  return {
    at: new Date(atMs).toISOString(),
    what: `message.${stateName(state) ?? state}`,
    who: `gateway:${nodeId}`,
    from: null,
    on: [`account:${accountId}`, `message:${idText(messageId)}`],
    why: null,
    outcome: 'done',
    about: { ...ids, ...(digest && { digest: digest.toString('hex') }) },
  };
}

function showAction(bytes: Buffer): ShownEntry {
  const read = parsed(bytes.toString());
  if (typeof read?.what !== 'string') return unreadable;
  const { at = null, what, who = '', from = null, on = [], why = null, outcome = '', about = null } = read;
  return { at, what, who, from, on, why, outcome, about };
}

function parsed(text: string): Partial<ShownEntry> | null {
  try {
    return JSON.parse(text) as Partial<ShownEntry> | null;
  } catch {
    return null;
  }
}
