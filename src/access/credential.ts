import type { Actor } from '../audit/index.ts';
import type { Fault } from '../base/fault.ts';
import type { Secret } from '../base/secret.ts';
import type { Capability } from './capability.ts';

export type CredentialKind = 'api_key' | 'smpp';

/** Who is calling, and what they may do. One object per credential lives as long as the process: sessions may keep it. */
export interface Credential {
  readonly accountId: number;
  readonly id: number;
  readonly kind: CredentialKind;
  readonly name: string;
  /** The public part: the first part of an API key, or the system_id. */
  readonly lookup: string;
  readonly capability: Capability;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** When it was revoked, here or on another node; null while it was not. */
  readonly revokedAtMs: number | null;
}

export interface NewCredential {
  readonly accountId: number;
  readonly kind: CredentialKind;
  readonly name: string;
  readonly capability: Capability;
  /** Within a year from now. */
  readonly expiresAtMs: number;
  /** For SMPP, up to 15 characters; made up where it is left out. */
  readonly systemId?: string;
}

/** `secret` is known this once: the whole API key, or the SMPP password. */
export interface CreatedCredential {
  readonly credential: Credential;
  readonly secret: Secret;
}

/** Whether an answer of this module is a refusal. */
export const isRefusal = (answer: Credential | CreatedCredential | Capability | Fault): answer is Fault =>
  'code' in answer;

/** A credential as it is stored. What stands in `capability` is not trusted before it was read. */
export interface CredentialRow extends Omit<Credential, 'capability'> {
  readonly capability: unknown;
  /** An API key: SHA-256 in hex. SMPP: a PHC string of Argon2id. */
  readonly secretHash: string;
  /** It was changed outside of the gateway: nothing is used of it but its name, and that it was revoked. */
  readonly isChanged: boolean;
}

export type NewCredentialRow = Omit<CredentialRow, 'id' | 'revokedAtMs' | 'isChanged'>;

/** What `Credentials` asks of its store; `test/contract/credentials.test.ts` holds each to it. */
export interface CredentialsStore {
  /** All credentials of all accounts, revoked ones too. */
  all(): Promise<readonly CredentialRow[]>;
  /** Adds one, puts it on record and tells the other nodes; null where another credential of the kind has the same `lookup`. */
  add(row: NewCredentialRow, by: Actor): Promise<CredentialRow | null>;
  /** Revokes one, puts it on record and tells the other nodes. The first time holds; null where there is no such credential. */
  revoke(id: number, atMs: number, by: Actor): Promise<CredentialRow | null>;
}
