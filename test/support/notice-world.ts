import assert from 'node:assert/strict';
import { MINUTE_MS } from '../../src/base/clock.ts';
import type { Id } from '../../src/base/id.ts';
import { Standing } from '../../src/messages/notify/line.ts';
import { Lines } from '../../src/messages/notify/lines.ts';
import type { Notice, Told } from '../../src/messages/notify/notice.ts';

export const CREDENTIAL = 7;
export const OTHER = 8;
const CLAIM_MS = MINUTE_MS;
const PAGE = 4;

interface Row {
  readonly notice: Notice;
  dueAtMs: number;
  attempts: number;
}

interface Unanswered {
  readonly notice: Notice;
  readonly answered: (told: Told) => void;
}

/** An application, a store that takes its time, and the lines between them. Nothing happens but what the test lets happen. */
export class World {
  nowMs = Date.UTC(2030, 0, 1);
  /** How many notices the sessions take unanswered; null where none is bound. */
  room: number | null = 1000;
  readonly told: number[] = [];
  readonly unanswered: Unanswered[] = [];
  readonly rows = new Map<number, Row>();
  readonly givenUp: number[] = [];
  readonly fresh: Standing[] = [];
  readonly #storing: (() => void)[] = [];
  #last = 0;
  readonly lines = new Lines({
    teller: { tell: (notice, answered) => this.#tell(notice, answered), receivers: () => [] },
    nowMs: () => this.nowMs,
    keep: (standing, dueAtMs, stored) => {
      this.#storing.push(() => {
        this.rows.set(numberOf(standing.notice), { notice: standing.notice, dueAtMs, attempts: 0 });
        stored();
      });
    },
    postpone: (standing, dueAtMs, done) => {
      this.#storing.push(() => {
        const row = this.rows.get(numberOf(standing.notice));
        if (row) row.dueAtMs = dueAtMs ?? Infinity;
        done(true);
      });
    },
    taken: () => {},
    settle: ({ notice }) => void this.rows.delete(numberOf(notice)),
    givenUp: ({ notice }) => void this.givenUp.push(numberOf(notice)),
    wantsMore: () => {},
  });

  /** A world in which the store is known to have nothing, or, after a start, is not known at all. */
  constructor(isKnown = true) {
    if (isKnown) this.read();
  }

  /** An event for a handset becomes durable. Notices are numbered in their order. */
  happens(handset: string, credentialId = CREDENTIAL): number {
    const number = ++this.#last;
    const standing = new Standing(noticeOf(number, handset, credentialId, this.nowMs), 0, false);
    this.fresh.push(standing);
    this.lines.add(standing);
    return number;
  }

  answers(number: number, told: Told = 'taken'): void {
    const at = this.unanswered.findIndex(({ notice: candidate }) => numberOf(candidate) === number);
    assert.notEqual(at, -1, `${number} waits for an answer`);
    this.unanswered.splice(at, 1)[0]!.answered(told);
  }

  /** What was on its way to the store arrives there. */
  stores(): void {
    for (const store of this.#storing.splice(0)) store();
  }

  /** Something of it does, out of its turn. */
  storesOne(pick: (count: number) => number): void {
    for (const store of this.#storing.splice(pick(this.#storing.length), 1)) store();
  }

  /**
   * What is due is read from the store, as it is once a second; nobody reads while no session receives. `meanwhile` happens
   * between the reading and its answer.
   */
  read(credentialId = CREDENTIAL, meanwhile: () => void = () => {}): void {
    this.lines.allOverdue();
    for (const standing of this.fresh) this.lines.overdue(standing);
    for (let isMore = this.room !== null; isMore; ) {
      const tick = this.lines.beginReading();
      const due = [...this.rows.values()]
        .filter((row) => row.notice.credentialId === credentialId && row.dueAtMs <= this.nowMs)
        .toSorted((a, b) => numberOf(a.notice) - numberOf(b.notice))
        .slice(0, PAGE);
      for (const row of due) {
        row.dueAtMs = this.nowMs + CLAIM_MS;
        row.attempts++;
      }
      isMore = due.length === PAGE;
      meanwhile();
      const standings = due.map((row) => new Standing(row.notice, row.attempts, true));
      this.lines.read(credentialId, standings, { tick, isAll: !isMore });
    }
  }

  waits(ms: number): void {
    this.nowMs += ms;
    this.stores();
    this.read();
  }

  /** A session binds: all that is owed is due now. `meanwhile` happens before the lines hear of it. */
  binds(room = 1000, meanwhile: () => void = () => {}): void {
    this.room = room;
    const tick = this.lines.beginReading();
    for (const row of this.rows.values()) row.dueAtMs = Math.min(row.dueAtMs, this.nowMs);
    meanwhile();
    this.lines.receiverBound(CREDENTIAL, tick);
    this.stores();
    this.read();
  }

  /** The session ends, with what it has not answered. */
  drops(): void {
    this.room = null;
    for (const { answered } of this.unanswered.splice(0)) answered('lost');
    this.stores();
  }

  #tell(told: Notice, answered: (told: Told) => void): 'told' | 'full' | 'nobody' {
    if (this.room === null) return 'nobody';
    if (this.unanswered.length >= this.room) return 'full';
    this.told.push(numberOf(told));
    this.unanswered.push({ notice: told, answered });
    return 'told';
  }
}

export const numberOf = ({ messageId }: Notice): number => messageId.readUInt32BE(12);

function noticeOf(number: number, handset: string, credentialId: number, nowMs: number): Notice {
  const messageId: Id = Buffer.alloc(16);
  messageId.writeUInt32BE(number, 12);
  return someNotice({ messageId, credentialId, handset }, nowMs);
}

/** That a message was delivered, but for what is said otherwise. */
export const someNotice = (
  about: Pick<Notice, 'messageId' | 'credentialId' | 'handset'> & Partial<Notice>,
  nowMs: number,
): Notice => ({
  accountId: 1,
  state: 'delivered',
  sender: '10666',
  reference: null,
  isOneOfMany: false,
  code: 0,
  acceptedAtMs: nowMs,
  doneAtMs: nowMs,
  content: null,
  ...about,
});
