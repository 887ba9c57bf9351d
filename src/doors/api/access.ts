import type { Credential } from '../../access/index.ts';
import type { Fault } from '../../base/fault.ts';

/** Whom this door asks who is calling. */
export interface ApiAccess {
  /**
   * The credential of a bearer token used from `address`. Unknown, expired and revoked tokens are answered alike, with
   * `credential_invalid`; `network_not_allowed` is told only to who has the token. It answers from memory.
   */
  authenticateKey(token: string, address: string): Credential | Fault;
}
