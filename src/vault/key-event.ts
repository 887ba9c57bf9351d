import type pg from 'pg';
import type { KeyKind } from './vault-store.ts';

/** What happens to a key. `made`, `activated`, … are its states; `rotated` and `rewrapped` are of what it wraps. */
export const keyEvents = [
  'made',
  'activated',
  'rotated',
  'rewrapped',
  'deactivated',
  'compromised',
  'destroyed',
] as const;

/** Something that happened to keys of one kind. It says nothing of what the keys are. */
export interface KeyEvent {
  readonly what: (typeof keyEvents)[number];
  readonly kind: KeyKind | 'root' | 'recipient';
  /** Null: of more than one account. */
  readonly accountId: number | null;
  /**
   * Of a key of a day: the day since 1970-01-01. Of one-time codes: the window. Of a recipient's: the recipient. Else, and
   * of more than one, null.
   */
  readonly record: number | null;
  /** Null where it is of more than one, or where there is but one version. */
  readonly version: number | null;
  /** How many keys. */
  readonly count: number;
}

/**
 * Puts an event on record in the transaction that is open on `client`. What it throws undoes that transaction: no
 * record, no action.
 */
export type RecordKeyEvent = (client: pg.ClientBase, event: KeyEvent) => Promise<void>;
