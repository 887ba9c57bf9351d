import type pg from 'pg';
import type { CarrierEvents, CarrierLink, RouteQuestion } from '../carriers/index.ts';
import { RiverContext, type RiverOptions } from './context.ts';
import { Desk } from './desk.ts';
import type { BreakerState } from './dispatch/breaker.ts';
import { Dispatch } from './dispatch/index.ts';
import { sendDue } from './dispatch/outcome.ts';
import type { Outlet } from './dispatch/outlet.ts';
import type { Explained } from './dispatch/ways.ts';
import { Idempotency } from './idempotency.ts';
import { IdempotencyStore } from './idempotency-store.ts';
import { Assembler } from './inbound/assembler.ts';
import { Inbound, type OwnerOf } from './inbound/index.ts';
import { InboundPartsStore } from './inbound-parts-store.ts';
import type { Part } from './message.ts';
import { MessageStore } from './message-store.ts';
import { LEASE_SECONDS, Node, RENEW_EVERY_MS } from './node.ts';
import { NodeStore } from './node-store.ts';
import type { SmppTeller } from './notify/notice.ts';
import { Notices } from './notify/notices.ts';
import type { Poster } from './notify/post.ts';
import { WebhookTeller } from './notify/webhook-teller.ts';
import type { Webhooks } from './notify/webhooks.ts';
import { Own } from './own-messages.ts';
import { Receipts } from './receipt/index.ts';
import { Unmatched } from './receipt/unmatched.ts';
import { type MissingRow, type ReportRow, UnmatchedStore } from './receipt/unmatched-store.ts';
import { ReplacementStore } from './replacement-store.ts';
import { Rounds } from './rounds.ts';
import { SweepStore } from './sweep-store.ts';
import { type AsTenant, TenantStore } from './tenant-store.ts';
import { WaitingStore } from './waiting-store.ts';

const TELL_EVERY_MS = 1000;
const ADOPT_EVERY_MS = 5000;
const END_PARTS_EVERY_MS = 2000;

export interface RiverParts extends Omit<RiverOptions, 'store' | 'nodeId'> {
  readonly pool: pg.Pool;
  readonly asTenant: AsTenant;
  readonly webhooks: Webhooks;
  readonly poster: Poster;
  readonly smpp: SmppTeller;
  readonly ownerOf: OwnerOf;
  /** Whether no other gateway can be running on this database: what others left is then taken over at once. */
  readonly isAlone: boolean;
  readonly accountIds: () => Promise<number[]>;
  /** Called when another node has taken over: this one must stop at once. */
  readonly leaseLost: () => void;
}

export interface ReceiptReport {
  readonly receipts: readonly ReportRow[];
  readonly missing: readonly MissingRow[];
}

/** A carrier as the river sees it. */
export type MakeLink = (events: CarrierEvents<Part>) => CarrierLink<Part>;

/** The river: all stages wired together, from its start to its end. */
export class River {
  readonly desk: Desk;
  readonly own: Own;
  readonly notices: Notices;
  readonly #river: RiverContext;
  readonly #dispatch: Dispatch;
  readonly #inbound: Inbound;
  readonly #assembler: Assembler;
  readonly #node: Node;
  readonly #rounds: Rounds;
  readonly #parts: RiverParts;
  readonly #unmatched: UnmatchedStore;
  #isLeaseLost = false;

  /** Begins the lease of this node. Nothing flows before `start`. */
  static async open(parts: RiverParts): Promise<River> {
    const nodes = new NodeStore(parts.pool);
    const nodeId = await nodes.begin(LEASE_SECONDS, parts.ids.next(), parts.clock.now());
    return new River(parts, nodes, nodeId);
  }

  private constructor(parts: RiverParts, nodes: NodeStore, nodeId: number) {
    this.#parts = parts;
    const river = new RiverContext({ ...parts, store: new MessageStore(parts.pool), nodeId });
    const waiting = new WaitingStore(parts.pool, parts.audit);
    const tenants = new TenantStore(parts.asTenant);
    const idempotency = new IdempotencyStore(parts.pool);
    const dispatch = new Dispatch(river);
    const webhooks = new WebhookTeller(parts.webhooks, parts.poster, parts.clock);
    const { vault, clock, log } = parts;
    this.#unmatched = new UnmatchedStore(parts.pool);
    river.receipts = new Receipts(river, dispatch, new Unmatched({ store: this.#unmatched, vault, clock, log }));
    river.notices = new Notices(river, dispatch, { waiting, webhooks, smpp: parts.smpp });
    this.#river = river;
    this.#dispatch = dispatch;
    this.notices = river.notices;
    this.#assembler = new Assembler(river, new InboundPartsStore(parts.pool, parts.audit));
    this.#inbound = new Inbound(river, parts.ownerOf, this.#assembler);
    this.#node = new Node(river, dispatch, nodes);
    this.#rounds = new Rounds({
      river,
      dispatch,
      waiting,
      idempotency,
      sweeps: new SweepStore(parts.pool),
      unmatched: this.#unmatched,
    });
    this.desk = new Desk({
      river,
      dispatch,
      tenants,
      waiting,
      idempotency: new Idempotency(river, idempotency, tenants),
    });
    const replacements = new ReplacementStore(parts.audit, parts.pool);
    this.own = new Own({ river, desk: this.desk, dispatch, tenants, replacements });
  }

  get nodeId(): number {
    return this.#river.nodeId;
  }

  /** Messages in memory without a stored outcome. */
  get messagesInHand(): number {
    return this.#river.open.count() + this.#river.taken.count();
  }

  /** Stops what waits in memory for people who were erased. */
  forget(people: readonly { readonly accountId: number; readonly id: number }[]): Promise<void> {
    return people.length === 0 ? Promise.resolve() : this.#dispatch.forgetting.forget(people);
  }

  /** Which way a message would take that may use these carriers, and why. */
  explainRoute(question: RouteQuestion, allowed: readonly string[]): Explained {
    return this.#river.ways.explain(question, allowed);
  }

  /** Whether messages that have another way keep off a carrier. */
  breakerOf(carrierId: number): BreakerState {
    return this.#river.outlets.get(carrierId)?.breaker.state ?? 'closed';
  }

  /** Receipts that no message was found for, and messages that never had one: of one carrier, or of all for null. */
  async receiptReport(carrierId: number | null): Promise<ReceiptReport> {
    return {
      receipts: await this.#unmatched.list(carrierId),
      missing: await this.#unmatched.missing(carrierId),
    };
  }

  /** Adds a way out. What waits for the carrier goes when its link is up. */
  addCarrier(carrierId: number, name: string, make: MakeLink, isStarted = true): CarrierLink<Part> {
    return this.#giveLink(this.#dispatch.addOutlet(carrierId, name), make, isStarted);
  }

  /** Lets what was handed over have its answer, then goes on with another link to the same carrier. */
  async replaceCarrier(carrierId: number, make: MakeLink, isStarted: boolean): Promise<CarrierLink<Part>> {
    const outlet = this.#river.outlets.get(carrierId)!;
    await outlet.link?.stop();
    return this.#giveLink(outlet, make, isStarted);
  }

  /** A carrier that is no more: what it sent keeps its name. */
  async removeCarrier(carrierId: number): Promise<void> {
    await this.#river.outlets.get(carrierId)?.link?.stop();
    this.#river.removeOutlet(carrierId);
  }

  rememberCarrier(carrierId: number, name: string): void {
    this.#river.carrierNames.set(carrierId, name);
  }

  /** Where no message waits here for a carrier or is in its hands, none is given to it any more; false where one is. */
  shutCarrier(carrierId: number): boolean {
    return this.#river.shutOutlet(carrierId);
  }

  /** The carrier stays after all. */
  reopenCarrier(carrierId: number): void {
    this.#river.reopenOutlet(carrierId);
  }

  #giveLink(outlet: Outlet, make: MakeLink, isStarted: boolean): CarrierLink<Part> {
    const { carrierId } = outlet;
    outlet.link = make({
      changed: () => outlet.pump(),
      handedOver: (part, result) => this.#dispatch.outcomes.handedOver(part, result),
      answeredLate: (part, reference) => this.#dispatch.outcomes.answeredLate(part, reference),
      refusedLate: (part, code) => this.#dispatch.outcomes.refusedLate(part, code),
      receipt: (receipt, answer) => this.#river.receipts.arrived(carrierId, receipt, answer),
      inbound: (part, answer) => this.#inbound.arrived(carrierId, part, answer),
    });
    if (isStarted) outlet.link.start();
    return outlet.link;
  }

  /** Takes over what was left behind, and lets everything flow. Carriers must have been added. */
  async start(): Promise<void> {
    await this.#dispatch.expectDoubted();
    await this.#adopt(this.#parts.isAlone);
    this.#rounds.start([
      { name: 'lease', everyMs: RENEW_EVERY_MS, round: () => this.#renew() },
      { name: 'notices', everyMs: TELL_EVERY_MS, round: () => this.notices.poll() },
      { name: 'inbound_parts', everyMs: END_PARTS_EVERY_MS, round: () => this.#assembler.endDue() },
      { name: 'adopt', everyMs: ADOPT_EVERY_MS, round: () => this.#adopt(false) },
    ]);
  }

  /** Accepts no more, lets what was handed over have its answer, and leaves nothing in memory that is not stored. */
  async stop(): Promise<void> {
    const { writer, receipts, outlets } = this.#river;
    this.desk.isOpen = false;
    await this.#rounds.stop();
    await this.#dispatch.stop();
    await writer.settle();
    await receipts.close();
    await this.#assembler.close();
    const parts = this.#shut();
    await Promise.all([...outlets.values()].flatMap(({ link }) => link?.stop() ?? []));
    await writer.settle();
    // Answers that came meanwhile may have brought parts back: slow down, or in doubt and to be sent again.
    parts.push(...this.#shut());
    for (const message of new Set(parts.map((part) => part.message))) this.#leave(message);
    await writer.settle();
    await this.notices.close();
    await writer.settle();
    await this.#node.end();
  }

  /** Hands over nothing more. Gives the parts that are still here. */
  #shut(): Part[] {
    return [...this.#river.outlets.values()].flatMap((outlet) => outlet.shut());
  }

  /** A message that did not get its turn is due as soon as a node runs again. */
  #leave(message: Part['message']): void {
    if (message.isCancelled || this.#isLeaseLost) return;
    // Counted as an attempt, so that it is asked whose hands its parts were in.
    const due = { ...sendDue(message, this.#river.clock.now()), attempts: Math.max(message.attempts, 1) };
    this.#river.recordWithDue(this.#river.event(message, 'retrying'), [due], () => {
      message.isFinished = true;
    });
  }

  async #adopt(isAlone: boolean): Promise<void> {
    const count = await this.#node.adopt(isAlone, await this.#parts.accountIds());
    if (count > 0) this.#river.log.info('nodes_taken_over', { count });
  }

  async #renew(): Promise<void> {
    if (await this.#node.renew()) return;
    // What is here is another node's by now.
    this.#isLeaseLost = true;
    this.#shut();
    this.#parts.leaseLost();
  }
}
