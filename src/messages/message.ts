import type { Fault } from '../base/fault.ts';
import { type Id, idTimeMs } from '../base/id.ts';
import type { Cutting, OutboundPart, PlaceInWhole, ReceiptOutcome } from '../carriers/index.ts';
import type { Recipient } from '../consent/index.ts';
import { codeEndOf } from './classes.ts';
import type { Accepted, MessageClass, Settled, Submission } from './contract.ts';
import type { Outlet } from './dispatch/outlet.ts';
import { probeMessage } from './write-store.ts';

/** How far a part has come on this node. */
export type PartState = 'here' | 'handed' | 'refused' | 'sent' | 'doubted' | 'ended';

/** One SMS of a message: the unit that is handed to a carrier. */
export class Part implements OutboundPart {
  readonly message: Message;
  /** From 1; 0 when it is the whole message. */
  readonly segment: number;
  readonly octets: Buffer;
  readonly hasHeader: boolean;
  readonly place: PlaceInWhole | null;
  state: PartState = 'here';
  /** How often its answer was lost on this node. */
  doubts = 0;
  /** What the carrier calls it, where that was read back from the store, or said late, while it was handed over again. */
  reference: string | null = null;
  /** The part of the same message to which the carrier gave the same id before. */
  sharesId: Part | null = null;
  /** What its receipt said, once there is one. */
  receipt: ReceiptOutcome | null = null;

  constructor(
    message: Message,
    segment: number,
    octets: Buffer,
    hasHeader: boolean,
    place: PlaceInWhole | null = null,
  ) {
    this.message = message;
    this.segment = segment;
    this.octets = octets;
    this.hasHeader = hasHeader;
    this.place = place;
  }

  get to(): string {
    return this.message.to!;
  }
  get from(): string {
    return this.message.from;
  }
  get dataCoding(): number {
    return this.message.dataCoding;
  }
  get protocolId(): number {
    return this.message.protocolId;
  }
  get tlvs(): Buffer | null {
    return this.message.tlvs;
  }
  get expiresAtMs(): number {
    return this.message.expiresAtMs;
  }
}

/** What a message is made of, whether it was just submitted or read back from the store. */
export interface MessageFields {
  readonly id: Id;
  readonly accountId: number;
  readonly credentialId: number;
  readonly from: string;
  readonly class: MessageClass;
  readonly reference: string | null;
  readonly wantsReceipt: boolean;
  readonly failuresOnly: boolean;
  readonly successOnly: boolean;
  readonly wantsUnderway: boolean;
  readonly isOneOfMany: boolean;
}

/**
 * An MT message on its way through this node: one object from the door to its receipt. The steps of the accept stage fill
 * it in; the types below say what is known after each. It is also the unit that the batch writer stores.
 */
export class Message {
  readonly id: Id;
  readonly accountId: number;
  readonly credentialId: number;
  /** The sender; a long code as E.164 digits once it is authorized. */
  from: string;
  readonly class: MessageClass;
  readonly reference: string | null;
  readonly wantsReceipt: boolean;
  readonly failuresOnly: boolean;
  readonly successOnly: boolean;
  readonly wantsUnderway: boolean;
  readonly isOneOfMany: boolean;
  /** No message that came after this one bears an older id, whenever that was given to it. */
  floor: Id;
  /** What the door handed in; dropped when it is stored. */
  submission: Submission | null;
  readonly mustHold = false;

  to: string | null = null;
  recipient: Recipient | null = null;
  outlet: Outlet | null = null;
  octets: Buffer | null = null;
  dataCoding = 0;
  hasHeader = false;
  protocolId = 0;
  /** Optional parameters that the application wants passed on, in the form of the wire. */
  tlvs: Buffer | null = null;
  /** SMS that it takes, as TS 23.040 counts them. */
  segments = 0;
  /** How its carrier wants it cut where it is long. */
  cutting: Cutting = 'header-8';
  /** For so many parts there is a place in the lane. */
  partsReserved = 0;
  sendAtMs = 0;
  expiresAtMs = 0;
  /** Whether it goes to the carrier as soon as it is stored, or is found again in the store. */
  goesAtOnce = false;
  parts: Part[] = [];
  /** Parts of which no answer of the carrier is on record yet. */
  partsOpen = 0;
  /** Some of its parts are with its carrier, or may be: the others follow them. */
  isBound = false;
  /** All of it is with its carrier, or may be: nobody can say that it failed. */
  mayBeThere = false;
  /** The carriers that refused it, and said that another may take it. */
  tried: readonly number[] | null = null;
  /** Whether the last refusal said so. */
  wantsOtherRoute = false;
  /** The time of the last record of whose hands it is in: nothing that follows is older. */
  lastTakenAtMs = 0;
  /** When it was read back from the store to be sent. */
  takenAtMs = 0;
  attempts = 0;
  /** The command_status of the last refusal. */
  lastCode = 0;
  /** Cancelled, or ended before all of its parts were handed over: no part of it leaves any more. */
  isCancelled = false;
  /** The person was erased: what a carrier has of it, it has; nothing more is handed to one. */
  isForgotten = false;
  /** Whether what became of it in the end is on record or about to be. */
  isEnded = false;
  /** Whether its first outcome is stored: no recovery would look for it. */
  isFinished = false;
  /** Whether the accept stage is done with it. */
  isSettled = false;
  #settle: Settled | null;
  #stored: ((message: Message) => void) | null = null;

  constructor(fields: MessageFields, submission: Submission | null, settle: Settled | null) {
    this.id = fields.id;
    this.floor = fields.id;
    this.accountId = fields.accountId;
    this.credentialId = fields.credentialId;
    this.from = fields.from;
    this.class = fields.class;
    this.reference = fields.reference;
    this.wantsReceipt = fields.wantsReceipt;
    this.failuresOnly = fields.failuresOnly;
    this.successOnly = fields.successOnly;
    this.wantsUnderway = fields.wantsUnderway;
    this.isOneOfMany = fields.isOneOfMany;
    this.submission = submission;
    this.#settle = settle;
  }

  get acceptedAtMs(): number {
    return idTimeMs(this.id);
  }

  get codeEndsAtMs(): number | null {
    return codeEndOf(this.class, this.expiresAtMs);
  }

  get serviceType(): string | null {
    return this.submission?.serviceType ?? null;
  }

  /** Who goes on with the message when it is durable. */
  onceStored(next: (message: Message) => void): void {
    this.#stored = next;
  }

  stored(): void {
    this.isSettled = true;
    this.#settle?.(this.#accepted());
    this.#settle = null;
    this.submission = null;
    this.#stored?.(this);
    this.#stored = null;
  }

  failed(why: Fault): void {
    this.isSettled = true;
    this.isFinished = true;
    if (this.goesAtOnce) this.outlet?.release(this);
    this.#settle?.(why);
    this.#settle = null;
  }

  probe(): { text: string; values: unknown[] } {
    return probeMessage(this.accountId, this.id);
  }

  #accepted(): Accepted {
    return {
      id: this.id,
      state: this.sendAtMs > 0 ? 'scheduled' : 'accepted',
      segments: this.segments,
      dataCoding: this.dataCoding,
      acceptedAtMs: this.acceptedAtMs,
      expiresAtMs: this.expiresAtMs,
    };
  }
}

/** What each step of the accept stage makes of a message. */
export type Draft = Message & { readonly submission: Submission };
export type Numbered = Draft & { readonly to: string };
export type Authorized = Numbered & { readonly [authorized]: true };
export type Timed = Authorized & { readonly [timed]: true };
export type Routed = Timed & { readonly outlet: Outlet };
export type Encoded = Routed & { readonly octets: Buffer };
export type Allowed = Encoded & { readonly [allowed]: true };
export type Met = Allowed & { readonly recipient: Recipient };
export type Sealable = Met & { readonly [sealable]: true };
declare const allowed: unique symbol;
declare const authorized: unique symbol;
declare const sealable: unique symbol;
declare const timed: unique symbol;
