import type { Audit } from '../audit/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Entropy } from '../base/entropy.ts';
import type { Id, IdSource } from '../base/id.ts';
import type { Log } from '../base/log.ts';
import type { Routes } from '../carriers/index.ts';
import type { Recipients } from '../consent/index.ts';
import type { BatchWriter } from '../store/index.ts';
import type { Vault } from '../vault/index.ts';
import { CodeKeyQuestions } from './accept/find-code-key.ts';
import { RefusedKinds } from './accept/refused-kinds.ts';
import type { MessageClass } from './contract.ts';
import type { BreakerSettings } from './dispatch/breaker.ts';
import type { Outlet } from './dispatch/outlet.ts';
import { Ways } from './dispatch/ways.ts';
import type { Message } from './message.ts';
import type { MessageStore } from './message-store.ts';
import type { Notices } from './notify/notices.ts';
import { TellingRecord } from './notify/telling-record.ts';
import { OpenRing } from './open-ring.ts';
import type { Receipts } from './receipt/index.ts';
import type { MessageState } from './states.ts';
import {
  type Due,
  type MessageEvent,
  Note,
  probeDue,
  probeEvent,
  probeNothing,
  writeDue,
  writeEvent,
} from './write-store.ts';

export interface RiverOptions {
  readonly writer: BatchWriter;
  readonly audit: Audit;
  readonly store: MessageStore;
  readonly vault: Vault;
  readonly recipients: Recipients;
  readonly routes: Pick<Routes, 'find'>;
  /** The carriers that a credential names, in order: whether it still holds or not. */
  readonly carriersOf: (credentialId: number) => readonly string[];
  /** All credentials, those that ended too. */
  readonly credentialIds: () => readonly number[];
  readonly failover: FailoverSettings;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly ids: IdSource;
  readonly log: Log;
  readonly nodeId: number;
  readonly maxSegments: number;
  readonly laneCapacity: number;
  /** How long a message of a class is worth sending where its sender does not say. */
  readonly validityMs: Readonly<Record<MessageClass, number>>;
  /** How long to wait before each attempt at a webhook notice. */
  readonly webhookDelaysMs: readonly number[];
  readonly idempotencyMs: number;
  /** How long the parts of a message from a handset are waited for, from its first one. */
  readonly reassemblyMs: number;
}

/** When messages leave a carrier for another. */
export interface FailoverSettings {
  readonly breaker: BreakerSettings;
  /** How long a carrier may be down before what waits for it goes to another. */
  readonly graceMs: number;
}

/** Ids that were given to a request before its messages came. */
export interface ClaimedIds {
  readonly firstId: Id;
  isReleased: boolean;
}

/** What the stages of the river share. */
export class RiverContext {
  readonly writer: BatchWriter;
  readonly audit: Audit;
  readonly store: MessageStore;
  readonly vault: Vault;
  readonly recipients: Recipients;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly ids: IdSource;
  readonly log: Log;
  readonly nodeId: number;
  readonly maxSegments: number;
  readonly laneCapacity: number;
  readonly validityMs: Readonly<Record<MessageClass, number>>;
  readonly webhookDelaysMs: readonly number[];
  readonly idempotencyMs: number;
  readonly reassemblyMs: number;
  /** Messages in the accept stage: until they are stored or refused. */
  readonly accepting = new OpenRing<Message>((message) => message.isSettled);
  /** Ids given beforehand, until the messages that bear them are settled: they are older than when those come. */
  readonly claimed = new OpenRing<ClaimedIds>((claim) => claim.isReleased);
  /** Messages this node has in memory without a stored outcome. */
  readonly open = new OpenRing<Message>((message) => message.isFinished);
  /** Messages that were taken from the store and have no stored outcome yet. */
  readonly taken = new OpenRing<Message>((message) => message.isFinished);
  /** Since when messages may have been recorded as taken that did not get into memory, as the store went away; Unix ms. */
  takingSinceMs: number | null = null;
  readonly codeKeys: CodeKeyQuestions;
  readonly refusedKinds: RefusedKinds;
  readonly outlets = new Map<number, Outlet>();
  /** Of the carriers that there are and were. */
  readonly carrierNames = new Map<number, string>();
  notices!: Notices;
  receipts!: Receipts;
  readonly tellings: TellingRecord;
  readonly ways: Ways;
  readonly credentialIds: () => readonly number[];
  readonly failover: FailoverSettings;
  readonly #outletsByName = new Map<string, Outlet>();

  constructor(options: RiverOptions) {
    this.writer = options.writer;
    this.audit = options.audit;
    this.store = options.store;
    this.vault = options.vault;
    this.codeKeys = new CodeKeyQuestions(options.vault);
    this.recipients = options.recipients;
    this.ways = new Ways(options.routes, options.carriersOf, (name) => this.#outletsByName.get(name) ?? null);
    this.failover = options.failover;
    this.credentialIds = options.credentialIds;
    this.clock = options.clock;
    this.entropy = options.entropy;
    this.ids = options.ids;
    this.log = options.log;
    this.nodeId = options.nodeId;
    this.maxSegments = options.maxSegments;
    this.laneCapacity = options.laneCapacity;
    this.validityMs = options.validityMs;
    this.webhookDelaysMs = options.webhookDelaysMs;
    this.idempotencyMs = options.idempotencyMs;
    this.reassemblyMs = options.reassemblyMs;
    this.refusedKinds = new RefusedKinds(options.clock, options.log);
    this.tellings = new TellingRecord(options);
  }

  addOutlet(outlet: Outlet): void {
    this.outlets.set(outlet.carrierId, outlet);
    this.#outletsByName.set(outlet.name, outlet);
    this.carrierNames.set(outlet.carrierId, outlet.name);
  }

  /** Gives no message this way any more, where none waits for it or is about to; false where one does. */
  shutOutlet(carrierId: number): boolean {
    const outlet = this.outlets.get(carrierId);
    if (!outlet) return true;
    // What is being recorded, as an answer that was lost, may come back here.
    const inHand = [...this.open.open(), ...this.taken.open()];
    if (!outlet.isIdle || inHand.some((message) => message.outlet === outlet)) return false;
    this.#outletsByName.delete(outlet.name);
    return true;
  }

  reopenOutlet(carrierId: number): void {
    const outlet = this.outlets.get(carrierId);
    if (outlet) this.#outletsByName.set(outlet.name, outlet);
  }

  removeOutlet(carrierId: number): void {
    const outlet = this.outlets.get(carrierId);
    this.outlets.delete(carrierId);
    if (outlet && this.#outletsByName.get(outlet.name) === outlet) this.#outletsByName.delete(outlet.name);
  }

  /** Records what has happened to a message, and goes on when that is durable. */
  record(event: MessageEvent, then: () => void): void {
    writeEvent(this.writer, this.nodeId, event);
    this.writer.add(new Note(() => probeEvent(event), then));
  }

  /** Records what has happened and what is due because of it, as one. */
  recordWithDue(event: MessageEvent, due: readonly Due[], then: () => void): void {
    for (const row of due) writeDue(this.writer, row);
    this.record(event, then);
  }

  /** Records that something is due. */
  postpone(due: Due, then: () => void): void {
    writeDue(this.writer, due);
    this.writer.add(new Note(() => probeDue(due), then));
  }

  /** Resolves when all that was recorded up to now in this turn is durable: a unit without rows shares its batch. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.writer.add(new Note(probeNothing, resolve)));
  }

  event(message: Message, state: MessageState, about: EventDetails = {}): MessageEvent {
    return {
      accountId: message.accountId,
      messageId: message.id,
      atMs: Math.max(this.clock.now(), message.lastTakenAtMs),
      state,
      segment: about.segment ?? 0,
      carrierId: about.carrierId ?? message.outlet?.carrierId ?? 0,
      code: about.code ?? 0,
      reference: about.reference ?? null,
    };
  }
}

/** What a message alone does not tell of what happened to it. */
type EventDetails = Partial<Pick<MessageEvent, 'segment' | 'carrierId' | 'code' | 'reference'>>;

/** The entry has two octets for them. */
