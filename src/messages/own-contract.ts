import type { Credential } from '../access/index.ts';
import type { Actor } from '../audit/index.ts';
import type { Fault } from '../base/fault.ts';
import type { Id } from '../base/id.ts';
import type { Settled, Submission } from './contract.ts';
import type { MessageState } from './states.ts';

/** Which application asks about which message. It must have sent it, from this sender. */
export interface Asked {
  readonly credential: Credential;
  /** The same, as it is put on record. */
  readonly by: Actor;
  readonly id: Id;
  /** The sender as it was written when the message was handed in. */
  readonly from: string;
}

/** Which messages an application means that names none. */
export interface WaitingOf {
  readonly credential: Credential;
  readonly by: Actor;
  readonly from: string;
  readonly to: string;
  /** Null for all. */
  readonly serviceType: string | null;
}

/** How far a message has come. Of several that were asked for at once and bear one id: how far all of them have. */
export interface Progress {
  readonly id: Id;
  readonly state: MessageState;
  /** When it came to its end, Unix ms; null where it has not. */
  readonly doneAtMs: number | null;
  /** The code of its end: command_status or network error code; 0 for none. */
  readonly code: number;
}

/** What takes the place of a message that waits for its time. */
export interface Replacement {
  readonly octets: Buffer;
  /** Unix ms; null for when the message was to leave anyhow. */
  readonly sendAtMs: number | null;
  /** Until when it is worth sending, Unix ms; null for as long from its time on as the message was. */
  readonly expiresAtMs: number | null;
  readonly wantsReceipt: boolean;
  readonly failuresOnly: boolean;
  readonly successOnly: boolean;
  readonly wantsUnderway: boolean;
}

/**
 * What an application may ask about the messages it sent. One that is not there, is another's or has another sender is
 * `message_not_found`, whichever it is.
 */
export interface OwnMessages {
  progress(asked: Asked): Promise<Progress | Fault>;
  /** Stops a message that has not been handed to a carrier. `to` must be its recipient, where it is not null. */
  cancel(asked: Asked & { readonly to: string | null }): Promise<Fault | null>;
  /** Stops those that wait, at most 100. No refusal when none is left. */
  cancelWaiting(which: WaitingOf): Promise<{ readonly cancelled: number; readonly refusal: Fault | null }>;
  /** Puts something else in the place of a message that waits for its time; it keeps its id. Null when that is durable. */
  replace(asked: Asked, replacement: Replacement): Promise<Fault | null>;
  /** Takes a message in the place of the last one that waits for its time with the same sender, recipient and service type. */
  submitInPlace(submission: Submission, by: Actor, settled: Settled): Promise<void>;
}
