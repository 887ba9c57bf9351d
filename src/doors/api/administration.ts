import type { Credential, NewCredential } from '../../access/index.ts';
import type { Actor, StandingAlarm } from '../../audit/index.ts';
import type { Fault } from '../../base/fault.ts';
import type { Secret } from '../../base/secret.ts';
import type { ProbeStep, SmppCarrierSettings } from '../../carriers/index.ts';
import type { Accepted, RegisteredName } from '../../register/index.ts';

export interface AccountView {
  readonly name: string;
  readonly createdAtMs: number;
}

/** What a credential is made with. */
export interface WantedCredential extends Pick<NewCredential, 'kind' | 'name' | 'capability' | 'systemId'> {
  /** The name of the account. */
  readonly account: string;
  /** Null takes the longest that is allowed. */
  readonly expiresAtMs: number | null;
}

/** A credential, with the name of its account. */
export interface CredentialView {
  readonly account: string;
  readonly credential: Credential;
  /** Whether it was changed outside of the gateway: then it does nothing. */
  readonly isChanged: boolean;
}

/** The secret is told this once: the whole API key, or the SMPP password. */
export interface MadeCredential extends CredentialView {
  readonly secret: Secret;
}

export type NewCarrier =
  | { readonly kind: 'sandbox'; readonly name: string }
  | ({ readonly kind: 'smpp'; readonly name: string; readonly password: string } & SmppCarrierSettings);

/** What is to be different in a carrier; what is left out stays. */
export interface ChangedCarrier {
  readonly isEnabled?: boolean;
  readonly password?: string;
  readonly settings: Partial<SmppCarrierSettings>;
  /** Settings that are to have their default again. */
  readonly unset: readonly string[];
}

export interface CarrierView {
  readonly name: string;
  readonly kind: 'sandbox' | 'smpp';
  readonly isEnabled: boolean;
  readonly isUp: boolean;
  /** Null for a sandbox. */
  readonly settings: SmppCarrierSettings | null;
  /** `open` or `probing`: messages that have another way take that, or try this one now and then. */
  readonly breaker: 'closed' | 'open' | 'probing';
  /** In words, as the link gives it. */
  readonly status: string;
  readonly createdAtMs: number;
}

export interface CarrierTestView extends CarrierView {
  /** Up to the first that failed. */
  readonly steps: readonly ProbeStep[];
}

export interface StatusView {
  readonly version: string;
  readonly startedAtMs: number;
  readonly carriers: readonly CarrierView[];
  /** Messages in memory that have no stored outcome yet. */
  readonly messagesInHand: number;
  /** What needs somebody's attention, as this gateway sees it. */
  readonly alarms: readonly StandingAlarm[];
}

/** What the operator may do over the control socket. Changes are on record as made by `by`, or are not made. */
export interface Administration {
  createAccount(name: string, by: Actor): Promise<AccountView | Fault>;
  listAccounts(): Promise<readonly AccountView[]>;
  createCredential(wanted: WantedCredential, by: Actor): Promise<MadeCredential | Fault>;
  listCredentials(): Promise<readonly CredentialView[]>;
  revokeCredential(id: number, by: Actor): Promise<CredentialView | Fault>;
  addCarrier(wanted: NewCarrier, by: Actor): Promise<CarrierView | Fault>;
  listCarriers(): Promise<readonly CarrierView[]>;
  /** Tries to reach the carrier and says how that went. */
  testCarrier(name: string): Promise<CarrierTestView | Fault>;
  changeCarrier(name: string, wanted: ChangedCarrier, by: Actor): Promise<CarrierView | Fault>;
  /** Only one that is disabled, and that no message waits for. */
  removeCarrier(name: string, by: Actor): Promise<Fault | null>;
  /** Takes a table of settings for right as it stands in the database, and tells what was changed outside of the gateway. */
  acceptTable(table: RegisteredName, by: Actor): Promise<Accepted>;
  status(): Promise<StatusView>;
  /** The credential under which the operator acts for an account. */
  actAs(account: string): Promise<Credential | Fault>;
}

export interface WebhookView {
  readonly url: string;
  readonly createdAtMs: number;
}

/** Where accounts are told what became of their messages. */
export interface Webhooks {
  of(accountId: number): WebhookView | null;
  /** Sets the address, with a new secret. */
  set(accountId: number, url: string, by: Actor): Promise<Secret | Fault>;
  /** `not_found` where there was none. */
  remove(accountId: number, by: Actor): Promise<Fault | null>;
}

/** What reached the sandbox's handset, whole. */
export interface HandsetMessage {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly atMs: number;
}

/** The telephone of the sandbox carrier. Its messages are of test numbers, so they may be shown. */
export interface Handset {
  /** Calls `show` with what arrives, until the function it returns is called. */
  watch(show: (message: HandsetMessage) => void): () => void;
  /** Sends a message from the handset to a sender of ours. */
  write(message: { readonly from: string; readonly to: string; readonly text: string }): Promise<Fault | null>;
}

export interface Health {
  /** Null when messages can be accepted, else why not. */
  readiness(): Fault | null;
}
