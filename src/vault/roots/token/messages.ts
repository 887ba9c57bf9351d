import type { FaultCode } from '../../../base/fault.ts';
import type { RootVersion } from '../../root-key.ts';

export const IV_BYTES = 12;

export interface TokenPlace {
  /** The path of the PKCS#11 module. */
  readonly module: string;
  /** The label of the token. */
  readonly token: string;
  /** The label of the key in it. */
  readonly keyLabel: string;
}

/** What the process of a token is asked, one at a time. */
export type TokenRequest =
  | { readonly ask: 'open'; readonly place: TokenPlace; readonly pinFile: string }
  | { readonly ask: 'wrap'; readonly plain: Buffer; readonly iv: Buffer; readonly context: Buffer }
  | { readonly ask: 'unwrap'; readonly wrapped: Buffer; readonly version: number; readonly context: Buffer }
  | { readonly ask: 'versions' }
  | { readonly ask: 'renew'; readonly nowMs: number }
  | { readonly ask: 'forget'; readonly version: number };

/** What it answers. Octets come with `wrap` and `unwrap`. */
export type TokenAnswer =
  | { readonly versions: readonly RootVersion[]; readonly octets: Buffer | null }
  | { readonly fault: { readonly code: FaultCode; readonly detail: string } };
