import { SECOND_MS } from '../../base/clock.ts';
import { idText } from '../../base/id.ts';
import { errorText } from '../../base/log.ts';
import type { RiverContext } from '../context.ts';
import type { Dispatch } from '../dispatch/index.ts';
import { OpenRing } from '../open-ring.ts';
import type { DueRow, WaitingStore } from '../waiting-store.ts';
import { type Due, TELL_SMPP } from '../write-store.ts';
import { Gathering } from './gathering.ts';
import { Standing } from './line.ts';
import { type LineDeps, Lines } from './lines.ts';
import { type Notice, noticeOf, type SmppTeller } from './notice.ts';

const CLAIM_SECONDS = 60;
/** Notices of one credential that are read at once. */
const PAGE = 200;
const PAGES_A_POLL = 20;

interface Postponed {
  readonly standing: Standing;
  readonly dueAtMs: number | null;
  readonly done: (isStored: boolean) => void;
}

/** A notice that belongs to no event, and who waits for it to be durable. */
interface Owed {
  readonly due: Due;
  readonly done: (isStored: boolean) => void;
}

/** Notices to SMPP sessions, between memory, where they stand in line, and the store, where they wait. */
export class SessionNotices {
  readonly #river: RiverContext;
  readonly #dispatch: Dispatch;
  readonly #waiting: WaitingStore;
  readonly #teller: SmppTeller;
  readonly #lines: Lines;
  /** Those of which memory alone knows, from before their events are durable. */
  readonly #fresh = new OpenRing<Standing>((standing) => standing.isSafe);
  readonly #settled: Gathering<Standing>;
  readonly #postponed: Gathering<Postponed>;
  readonly #owed: Gathering<Owed>;
  #polling: Promise<void> | null = null;
  #mustPollAgain = false;
  #isClosed = false;

  /** What is not removed, or not put off, is due again when its claim ends: told twice, which its id shows, but never lost. */
  readonly #notSettled = (error: unknown, { length }: readonly unknown[]): void =>
    this.#river.log.warn('notices_not_settled', { cause: errorText(error), count: length });

  readonly #notStored = (error: unknown, items: readonly (Postponed | Owed)[]): void => {
    this.#notSettled(error, items);
    for (const { done } of items) done(false);
  };

  constructor(river: RiverContext, dispatch: Dispatch, ways: { waiting: WaitingStore; smpp: SmppTeller }) {
    const { waiting, smpp } = ways;
    this.#river = river;
    this.#dispatch = dispatch;
    this.#waiting = waiting;
    this.#teller = smpp;
    this.#settled = new Gathering<Standing>((standings) => waiting.settle(standings.map(keyOf)), this.#notSettled);
    this.#postponed = new Gathering<Postponed>((postponed) => this.#storePostponed(postponed), this.#notStored);
    this.#owed = new Gathering<Owed>((owed) => this.#storeOwed(owed), this.#notStored);
    this.#lines = new Lines(this.#lineDeps());
  }

  /** A notice that is owed from now on; it is told when its event is durable. */
  owe(notice: Notice): Standing {
    const standing = new Standing(notice, 0, false);
    this.#fresh.push(standing);
    return standing;
  }

  tell(standing: Standing): void {
    this.#lines.add(standing);
  }

  drop(standing: Standing): void {
    standing.isSafe = true;
  }

  /** The time of the oldest event that is told nowhere yet but in memory. */
  oldestUntoldMs(): number | null {
    return this.#fresh.oldest()?.notice.doneAtMs ?? null;
  }

  /** Owes a notice that belongs to no event, once; `done` says when it is durable, or that it is not to be had. */
  oweOnce(notice: Notice, done: (isStored: boolean) => void): void {
    const stored = this.#lines.behindStored(notice.credentialId, notice.handset);
    this.#owed.add({
      due: this.#due(notice, this.#river.clock.now(), 0),
      done: (isStored) => {
        stored();
        done(isStored);
        void this.poll();
      },
    });
  }

  /** The store may have got notices that did not come by here. */
  unsure(): void {
    this.#lines.unsure();
  }

  /** An application has bound to receive: what it is owed is due now. */
  async receiverBound(credentialId: number): Promise<void> {
    const tick = this.#lines.beginReading();
    await this.#waiting.hasten(TELL_SMPP, credentialId);
    this.#lines.receiverBound(credentialId, tick);
    await this.poll();
  }

  /** Moves what was not answered in time to the store, and tells what is due there. One at a time does; never rejects. */
  poll(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    if (this.#polling) this.#mustPollAgain = true;
    this.#polling ??= this.#pollAll().finally(() => {
      this.#polling = null;
    });
    return this.#polling;
  }

  /** Stores what is told nowhere yet. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#polling;
    this.#lines.close(this.#fresh.open());
    await Promise.all([this.#settled.close(), this.#postponed.close(), this.#owed.close()]);
  }

  #lineDeps(): LineDeps {
    const { clock, tellings } = this.#river;
    return {
      teller: this.#teller,
      nowMs: () => clock.now(),
      keep: (standing, dueAtMs, stored) => this.#keep(standing, dueAtMs, stored),
      postpone: (standing, dueAtMs, done) => this.#postponed.add({ standing, dueAtMs, done }),
      settle: (standing) => {
        if (standing.isStored) this.#settled.add(standing);
      },
      taken: (standing) => tellings.add(standing.notice, 'told_by_smpp', timesTold(standing)),
      givenUp: (standing, told) => this.#giveUp(standing, told),
      wantsMore: () => void this.poll(),
    };
  }

  #giveUp(standing: Standing, reason: 'refused' | 'rejected'): void {
    const { accountId: account, credentialId: credential, messageId } = standing.notice;
    this.#river.tellings.add(standing.notice, 'not_told_by_smpp', timesTold(standing));
    this.#river.log.warn('notice_given_up', { account, credential, message: idText(messageId), reason });
  }

  async #pollAll(): Promise<void> {
    do {
      this.#mustPollAgain = false;
      for (const standing of this.#fresh.open()) this.#lines.overdue(standing);
      this.#lines.allOverdue();
      await this.#readDue();
    } while (this.#mustPollAgain && !this.#isClosed);
  }

  /** Page by page, as long as somebody takes it. */
  async #readDue(): Promise<void> {
    for (let page = 0; page < PAGES_A_POLL && !this.#isClosed; page++) {
      const rooms = this.#rooms();
      if (rooms.size === 0) return;
      try {
        if (!(await this.#readPage(rooms))) return;
      } catch (error) {
        this.#river.log.warn('notices_unreadable', { cause: errorText(error) });
        return this.#lines.unread(rooms.keys(), this.#river.clock.now() + CLAIM_SECONDS * SECOND_MS);
      }
    }
  }

  #rooms(): Map<number, number> {
    const rooms = this.#teller.receivers().map((id) => [id, Math.min(PAGE, this.#lines.room(id))] as const);
    return new Map(rooms.filter(([, room]) => room > 0));
  }

  /** Whether there may be more for one of them. */
  async #readPage(rooms: ReadonlyMap<number, number>): Promise<boolean> {
    const tick = this.#lines.beginReading();
    const rows = await this.#waiting.claimNotices(rooms, CLAIM_SECONDS);
    const standings = Map.groupBy(await this.#open(rows), ({ notice }) => notice.credentialId);
    const counts = Map.groupBy(rows, (row) => row.credentialId);
    let isMore = false;
    for (const [id, room] of rooms) {
      const isAll = (counts.get(id)?.length ?? 0) < room;
      this.#lines.read(id, standings.get(id) ?? [], { tick, isAll });
      isMore ||= !isAll;
    }
    return isMore;
  }

  /** Makes notices of rows, in their order. What cannot be opened any more is owed to nobody. */
  async #open(rows: readonly DueRow[]): Promise<Standing[]> {
    if (rows.length === 0) return [];
    const keys = rows.map(({ accountId, messageId }) => ({ accountId, id: messageId }));
    const messages = await this.#dispatch.takeUp.open(await this.#river.store.byIds(keys));
    const byId = new Map(messages.map((message) => [idText(message.id), message]));
    const standings: Standing[] = [];
    const gone: DueRow[] = [];
    for (const row of rows) {
      const message = byId.get(idText(row.messageId));
      if (!message?.to || (row.state === 'received' && !message.octets)) gone.push(row);
      else standings.push(new Standing(noticeOf(message, { ...row, atMs: row.eventAtMs }), row.attempts, true));
    }
    if (gone.length > 0) await this.#waiting.settle(gone);
    return standings;
  }

  #keep(standing: Standing, dueAtMs: number, stored: () => void): void {
    const attempts = standing.toldAtMs === null ? 0 : 1;
    this.#river.postpone(this.#due(standing.notice, dueAtMs, attempts), stored);
  }

  #due(notice: Notice, dueAtMs: number, attempts: number): Due {
    const { accountId, messageId, state, credentialId, doneAtMs, code } = notice;
    return {
      accountId,
      messageId,
      what: TELL_SMPP,
      state,
      credentialId,
      dueAtMs,
      attempts,
      eventAtMs: doneAtMs,
      code,
    };
  }

  async #storePostponed(postponed: readonly Postponed[]): Promise<void> {
    await this.#waiting.postponeAll(postponed.map(({ standing, dueAtMs }) => ({ ...keyOf(standing), dueAtMs })));
    for (const { done } of postponed) done(true);
  }

  async #storeOwed(owed: readonly Owed[]): Promise<void> {
    await this.#waiting.oweOnce(owed.map(({ due }) => due));
    for (const { done } of owed) done(true);
  }
}

const keyOf = ({ notice }: Standing) => ({ ...notice, what: TELL_SMPP });

/** The time that is answered now among them. A claim counts beforehand what it reads. */
const timesTold = ({ attempts }: Standing): number => Math.max(1, attempts);
