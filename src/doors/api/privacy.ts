import type { Fault } from '../../base/fault.ts';

/** A row of the table of retention, and how it stands. */
export interface RetentionView {
  readonly datum: string;
  readonly what: string;
  /** Null where `ends` says when. */
  readonly days: number | null;
  /** What may be set; null where nothing may. */
  readonly least: number | null;
  readonly most: number | null;
  /** Accounts with a time of their own. */
  readonly accounts: readonly { readonly account: string; readonly days: number }[];
  readonly ends: string;
  readonly why: string;
  readonly owner: string;
  /** The oldest day that is there; null for none, or where days are not counted. */
  readonly oldestMs: number | null;
  /** Days beyond their time that a hold, or a message that waits for its time, keeps. */
  readonly held: number;
  /** Days that are still there 24 hours after they were to end. */
  readonly late: number;
  /** How many full days ago the oldest of the late ones was to end; 0 where none is late. */
  readonly lateByDays: number;
}

/** How retention stands, of one class. */
export type LatenessView = Pick<RetentionView, 'datum' | 'held' | 'late' | 'lateByDays'>;

export interface WantedRetention {
  readonly datum: string;
  /** Null for all accounts. */
  readonly account: string | null;
  readonly days: number;
  /** Who does it. */
  readonly by: string;
  readonly why?: string;
}

/** Days count since 1970-01-01. */
export interface WantedHold {
  readonly account: string;
  /** Null for everybody. */
  readonly number: string | null;
  readonly sender: string | null;
  readonly fromDay: number;
  readonly toDay: number;
  readonly expiresAtMs: number;
  readonly why: string;
  readonly by: string;
}

export interface HoldView extends Omit<WantedHold, 'number' | 'by'> {
  readonly id: number;
  readonly isOfOnePerson: boolean;
  readonly state: 'asked' | 'in force' | 'expired' | 'ended';
  readonly askedBy: string;
  readonly askedAtMs: number;
  readonly approvedBy: string | null;
  readonly approvedAtMs: number | null;
  readonly endedBy: string | null;
  readonly endedAtMs: number | null;
}

export interface WantedErasure {
  readonly account: string;
  readonly number: string;
  readonly why: string;
  readonly by: string;
}

export interface ErasureView {
  /** The number of its certificate. */
  readonly id: string;
  readonly atMs: number;
  readonly messages: number;
  readonly waiting: number;
  readonly parts: number;
  readonly references: number;
}

/** What an operator does about what is kept. */
export interface Privacy {
  showRetention(): Promise<readonly RetentionView[]>;
  /** Of the classes that are counted by days; null where the store cannot be asked now. */
  lateness(): Promise<readonly LatenessView[] | null>;
  setRetention(wanted: WantedRetention): Promise<readonly RetentionView[] | Fault>;
  listHolds(): Promise<readonly HoldView[]>;
  askHold(wanted: WantedHold): Promise<HoldView | Fault>;
  /** Without a reason of its own it is on record with that of the hold; so is its end. */
  approveHold(id: number, by: string, why?: string): Promise<HoldView | Fault>;
  endHold(id: number, by: string, why?: string): Promise<HoldView | Fault>;
  erase(wanted: WantedErasure): Promise<ErasureView | Fault>;
  liftSuppression(wanted: WantedErasure): Promise<Fault | null>;
  certificate(id: string): Promise<{ readonly certificate: string; readonly verifier: string } | Fault>;
}
