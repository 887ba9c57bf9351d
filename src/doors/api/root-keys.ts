import type { Actor } from '../../audit/index.ts';
import type { Fault } from '../../base/fault.ts';
import type { RootKind } from '../../vault/index.ts';

export interface RootVersionView {
  readonly version: number;
  /** Unix ms: as its keeper says, or when it was first seen to be in use; null where it was not seen yet. */
  readonly madeAtMs: number | null;
}

/** How many keys of accounts a root key wraps. */
export interface RootUseView {
  readonly kind: RootKind | 'unknown';
  readonly version: number;
  readonly accountKeys: number;
}

export interface RootKeyView {
  /** The one in force. */
  readonly kind: RootKind;
  readonly hasPassphrase: boolean;
  readonly versions: readonly RootVersionView[];
  /** When the latest is to be exchanged; null where its keeper does that by itself. */
  readonly dueAtMs: number | null;
  /** What wraps the keys there are. Where it is another one than the latest in force, `rewrap` is due. */
  readonly inUse: readonly RootUseView[];
}

/** What the operator does with the root key. */
export interface RootKeyOffice {
  show(): Promise<RootKeyView | Fault>;
  /** Wraps every account key under the root key in force; `isRenewed`: under a version of it that is made first. */
  rewrap(isRenewed: boolean, by: Actor): Promise<RootKeyView | Fault>;
  /** Destroys the key of an older version that wraps nothing any more. Throws what the vault throws. */
  forget(version: number, by: Actor): Promise<RootKeyView | Fault>;
  /** Null: it has none, or is to have none. */
  changePassphrase(current: string | null, next: string | null, by: Actor): Promise<Fault | null>;
}

/** Why a gateway is sealed, and the way out. */
export interface Seal {
  why(): Fault;
  /** Tries to open, with a passphrase where that is what it lacks. Null when the gateway is open. */
  unseal(passphrase: string | null, by: Actor): Promise<Fault | null>;
}
