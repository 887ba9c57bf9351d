import { type StateName, viewEntry } from './entry-view.ts';

/** An entry as people and programs are shown it. */
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

/** The entry at an index, with its time in words. */
export function showEntry(index: number, bytes: Buffer, stateName: StateName): ShownEntry & { readonly index: number } {
  const view = viewEntry(index, bytes, stateName);
  if (view === null) return { ...unreadable, index };
  const { atMs, what, who, from, on, why, outcome, about } = view;
  return { index, at: new Date(atMs).toISOString(), what, who, from, on, why, outcome, about };
}
