import type { Credential } from '../access/index.ts';
import type { Actor } from '../audit/index.ts';
import type { Fault } from '../base/fault.ts';
import type { Id } from '../base/id.ts';
import type { PlaceInWhole } from '../carriers/index.ts';
import type { MessageState } from './states.ts';

/** What a message is for: it decides consent, quiet hours and lane. The order is the order of the lanes. */
export const messageClasses = ['otp', 'transactional', 'marketing'] as const;
export type MessageClass = (typeof messageClasses)[number];

/** Octets in the data coding the application chose (SMPP), and what it wants to go with them. */
export interface OctetContent {
  readonly kind: 'octets';
  readonly octets: Buffer;
  readonly dataCoding: number;
  readonly hasUserDataHeader: boolean;
  /** TP-PID (TS 23.040 §9.2.3.9); 0 for a plain message. */
  readonly protocolId: number;
  /** Optional parameters to be passed on, in the form of the wire; null for none. */
  readonly tlvs: Buffer | null;
  /** Where the application numbers the parts of a long message by TLVs; else null. */
  readonly place: PlaceInWhole | null;
}

/** A text as people write it, or octets. */
export type Content = { readonly kind: 'text'; readonly text: string } | OctetContent;

/** What a door hands in. The caller is already authenticated; nothing else has been checked. */
export interface Submission {
  readonly credential: Credential;
  /** The recipient as the caller wrote it: E.164, with or without '+'. */
  readonly to: string;
  /** The sender as the caller wrote it: short code, long code or alphanumeric id. */
  readonly from: string;
  readonly content: Content;
  readonly class: MessageClass;
  /** Unix ms of the earliest hand-off, or null for now. */
  readonly sendAtMs: number | null;
  /** How long the message is worth sending, counted from its first hand-off; null takes the default of its class. */
  readonly validityMs: number | null;
  /** The application's own word for the message, given back with every notice. At most 64 characters. */
  readonly reference: string | null;
  /** Whether the application wants a receipt on its SMPP session. */
  readonly wantsReceipt: boolean;
  /** Whether that receipt is to come only where the message is not delivered. */
  readonly failuresOnly: boolean;
  /** Whether it is to come only where the message is delivered. */
  readonly successOnly: boolean;
  /** Whether the application also wants to be told, on its SMPP session, that the message is under way. */
  readonly wantsUnderway: boolean;
  /** The service_type of SMPP (3.4 §5.2.11): a word by which the application groups its messages. Null for none. */
  readonly serviceType: string | null;
  /** Whether it is one of several that were asked for at once and bear ids of one run (`inRun`). */
  readonly isOneOfMany: boolean;
  /** An id given beforehand, where an Idempotency-Key was claimed with it; else null. */
  readonly id: Id | null;
}

/** The answer to a submission that is durable: what was promised. */
export interface Accepted {
  readonly id: Id;
  readonly state: 'accepted' | 'scheduled';
  readonly segments: number;
  readonly dataCoding: number;
  readonly acceptedAtMs: number;
  readonly expiresAtMs: number;
}

export type Settled = (answer: Accepted | Fault) => void;

export const isFault = (answer: Accepted | Fault): answer is Fault => 'code' in answer;

/** One line of a message's time line. */
export interface TimelineEntry {
  readonly atMs: number;
  readonly state: MessageState;
  /** 0 for the whole message, else the segment it is about, from 1. */
  readonly segment: number;
  /** The carrier's name, where one was involved. */
  readonly carrier: string | null;
  /** SMPP command_status or the network error code of a receipt; 0 where there is none. */
  readonly code: number;
}

/** A message as its account may see it: neither the text nor the whole number. */
/** A notice that an application was not told yet, or did not take. */
export interface OwedNotice {
  readonly by: 'smpp' | 'webhook';
  readonly state: MessageState;
  /** How often it was begun to be told. */
  readonly attempts: number;
  readonly eventAtMs: number;
  /** When it is told next; null for not by itself. */
  readonly dueAtMs: number | null;
}

/** What the store has of a message beside what its account is shown. */
export interface MessageEvidence {
  /** BLAKE2b-128 of the sealed text that is stored, in hexadecimal, as the audit log has it of the one that was accepted. */
  readonly digest: string;
  readonly owed: readonly OwedNotice[];
}

export interface MessageView {
  readonly id: Id;
  readonly direction: 'mt' | 'mo';
  readonly state: MessageState;
  /** The recipient with all but the last two digits masked, e.g. `+*********43`; null where nobody can tell it any more. */
  readonly maskedTo: string | null;
  readonly from: string;
  readonly class: MessageClass;
  readonly segments: number;
  readonly dataCoding: number;
  readonly reference: string | null;
  readonly acceptedAtMs: number;
  readonly expiresAtMs: number;
  readonly timeline: readonly TimelineEntry[];
}

export interface MessageSearch {
  readonly accountId: number;
  /** E.164 as the caller wrote it, or null for all. */
  readonly recipient: string | null;
  readonly state: MessageState | null;
  readonly fromMs: number | null;
  readonly untilMs: number | null;
  /** Newest first; a page begins after this id. */
  readonly after: Id | null;
  /** 1 to 100. */
  readonly limit: number;
}

export interface MessagePage {
  readonly messages: readonly MessageView[];
  readonly next: Id | null;
}

/** What an Idempotency-Key answers. */
export type Claim =
  | {
      readonly kind: 'claimed';
      /** One id for each message of the request, to be submitted with it. */
      readonly ids: readonly Id[];
      /** Of each message, what was answered when it was accepted before; null where it is still to be submitted. */
      readonly answers: readonly (Accepted | null)[];
      /** To be called when every message that was submitted under the claim is settled. */
      release(): void;
    }
  | { readonly kind: 'refused'; readonly fault: Fault };

/** What doors may ask of the river. */
export interface Messages {
  /** Takes one message through the accept stage. `settled` is called once: when it is durable, or with why it is not. */
  submit(submission: Submission, settled: Settled): void;
  /** Whether there is room for more; where there is none, `submit` answers `throttled`. */
  readonly hasRoom: boolean;
  /** A text that takes more SMS is refused. */
  readonly maxSegments: number;
  /** Claims a key for `count` messages. The same key with another body is refused. Keys live 24 hours at least. */
  claim(accountId: number, key: string, bodyHash: Buffer, count: number): Promise<Claim>;
  /** Null where there is none. What is shown of a message was put on record before, here as below. */
  find(accountId: number, id: Id, by: Actor): Promise<MessageView | Fault | null>;
  search(query: MessageSearch, by: Actor): Promise<MessagePage | Fault>;
  /** Stops a message that has not been handed to a carrier, and puts that on record. */
  cancel(accountId: number, id: Id, by: Actor): Promise<MessageView | Fault>;
}
