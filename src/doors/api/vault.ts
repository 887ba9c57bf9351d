import type { Actor } from '../../audit/index.ts';
import type { Fault } from '../../base/fault.ts';
import type { CryptoUse } from '../../vault/index.ts';

/** An account key that is being exchanged. */
export interface RotationView {
  /** The name of the account; null for the gateway's own keys. */
  readonly account: string | null;
  readonly version: number;
  /** How many keys were wrapped again so far. */
  readonly rewrapped: number;
  readonly startedAtMs: number;
}

export interface InventoryView {
  readonly uses: readonly CryptoUse[];
  readonly rotations: readonly RotationView[];
}

/** What somebody else may know the key of. A day is YYYY-MM-DD. */
export interface WantedCompromise {
  /** Null for the gateway's own keys. */
  readonly account: string | null;
  readonly day: string | null;
}

/** What was sealed under a compromised key, and what was done. */
export interface CompromiseView {
  readonly recipients: number;
  readonly days: readonly string[];
  /** Messages of these days; null where they could not be counted in time. */
  readonly messages: number | null;
  /** Secrets that were sealed for the account: to be changed where they are used. */
  readonly secrets: readonly string[];
  readonly redrawn: number;
}

/** What the operator does with the keys of the vault. */
export interface VaultDesk {
  inventory(): Promise<InventoryView>;
  /** Exchanges the key of an account, or of the gateway for null. */
  rotate(account: string | null, by: Actor): Promise<RotationView | Fault>;
  compromise(wanted: WantedCompromise, by: Actor): Promise<CompromiseView | Fault>;
}
