import type pg from 'pg';
import type { Fault } from '../base/fault.ts';
import type { Log } from '../base/log.ts';
import type { BinaryArray } from '../store/index.ts';
import type { RecipientKey, Vault } from '../vault/index.ts';

/** One person of one account. It holds the person's key for as long as it is referred to, and never another's. */
export type Recipient = RecipientKey;

/** A recipient that was read back by its id. */
export interface FoundRecipient {
  readonly recipient: Recipient;
  readonly digits: string;
}

/** Hears of the recipient, or of why there is none. */
export type Met = (answer: Recipient | Fault) => void;

/** Which of the numbers asked for are not sent to any more: positions from 1. */
export type FindSuppressed = (accountIds: BinaryArray, hashes: BinaryArray) => Promise<readonly number[]>;

export interface RecipientsOptions {
  /** Connections of the role `sallyport_engine`; one is kept. */
  readonly pool: pg.Pool;
  readonly vault: Vault;
  readonly log: Log;
  readonly suppressed: FindSuppressed;
  /** How many recipients a generation of the memory holds; there are two. */
  readonly perGeneration?: number;
  /** How many may wait to be met; one more is answered `throttled`. */
  readonly waitingMax?: number;
}
