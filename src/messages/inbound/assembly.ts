import type { Id } from '../../base/id.ts';
import type { NoticeContent } from '../notify/notice.ts';
import type { PartNumber } from './numbered.ts';

/** Long messages of one handset of which parts are missing, at most: for one more the oldest is not waited for any longer. */
export const OPEN_PER_HANDSET = 10;

/** What tells the long messages of one handset apart. Parts of one message agree in all of it. */
export interface SetKey extends Omit<PartNumber, 'number'> {
  /** Our address that they were sent to. */
  readonly sender: string;
  readonly dataCoding: number;
}

/** The parts of one long message that are kept. */
export interface PartSet {
  readonly messageId: Id;
  readonly key: SetKey;
  readonly dueAtMs: number;
  /** The message was whole, and is told: its parts are kept to know them again. */
  isTold: boolean;
  /** By number; null where only its being there was asked for. */
  readonly parts: Map<number, NoticeContent | null>;
}

/** Why a message is not waited for any longer. */
export type EndReason = 'contradiction' | 'too many of the handset';

/** What follows from a part that came. */
export type Judgement =
  /** It is there already: nothing is kept, and its carrier is answered. */
  | { readonly kind: 'again' }
  | {
      readonly kind: 'kept';
      /** Where it belongs; null for the first part of a new message. */
      readonly set: PartSet | null;
      /** Whether the message is whole with it. */
      readonly isWhole: boolean;
      /** Messages that are ended as they are. */
      readonly ends: readonly { readonly set: PartSet; readonly reason: EndReason }[];
      /** A message that is told, whose parts need not be known again: its number is in use anew. */
      readonly forgets: PartSet | null;
    };

const isSame = (one: SetKey, other: SetKey): boolean =>
  one.sender === other.sender &&
  one.numbering === other.numbering &&
  one.reference === other.reference &&
  one.total === other.total &&
  one.dataCoding === other.dataCoding;

export const sameContent = (one: NoticeContent, other: NoticeContent): boolean =>
  one.hasHeader === other.hasHeader && one.octets.equals(other.octets);

/**
 * Judges a part by what is kept of its handset. References come again (TS 23.040 §9.2.3.24.1: 256 of them), so the same
 * number with other words is a part of another message: the one that is there ends as it is, and a new one begins. A part
 * of another total or data coding belongs to another message beside it.
 */
export function judge(sets: readonly PartSet[], key: SetKey, number: number, content: NoticeContent): Judgement {
  const set = sets.find((candidate) => isSame(candidate.key, key)) ?? null;
  if (set === null) return begins(sets, null, null);
  const there = set.parts.get(number);
  if (there && sameContent(there, content)) return { kind: 'again' };
  if (set.isTold) return begins(sets, null, set);
  if (there !== undefined) return begins(sets, set, null);
  return { kind: 'kept', set, isWhole: set.parts.size + 1 === key.total, ends: [], forgets: null };
}

function begins(sets: readonly PartSet[], contradicted: PartSet | null, forgets: PartSet | null): Judgement {
  const open = sets.filter((set) => !set.isTold && set !== contradicted);
  const oldest = open.toSorted((one, other) => Buffer.compare(one.messageId, other.messageId));
  const tooMany = oldest.slice(0, Math.max(0, open.length + 1 - OPEN_PER_HANDSET));
  const ends = [
    ...(contradicted ? [{ set: contradicted, reason: 'contradiction' as const }] : []),
    ...tooMany.map((set) => ({ set, reason: 'too many of the handset' as const })),
  ];
  return { kind: 'kept', set: null, isWhole: false, ends, forgets };
}
