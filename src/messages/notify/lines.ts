import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import { must, never } from '../../base/must.ts';
import { type Line, QUEUE_MAX, Queue, type Standing } from './line.ts';
import type { SmppTeller, Told } from './notice.ts';

/** Notices in memory for all applications, and for one handset; what comes beyond waits in the store. */
const ALL_MAX = 50_000;
const LINE_MAX = 100;
/** When fewer than so many are in memory, more are read from the store. */
const REFILL_AT = 500;

const ANSWER_WITHIN_MS = 10 * SECOND_MS;
/** What was not answered in time is told again after this. */
const UNANSWERED_MS = MINUTE_MS;
/** What was refused is told again after this; the last wait goes on until a notice is given up. */
const REFUSED_MS = [5 * SECOND_MS, 30 * SECOND_MS, MINUTE_MS, 5 * MINUTE_MS];
/** A notice that is refused for so long steps out of its line, so that those behind it are told. */
const GIVEN_UP_MS = DAY_MS;

export interface LineDeps {
  readonly teller: SmppTeller;
  readonly nowMs: () => number;
  /** Writes to the store what memory alone knows of; `stored` is called when it is durable. */
  keep(standing: Standing, dueAtMs: number, stored: () => void): void;
  /** Sets when a stored notice is due again; null for not by itself. `done` is called when that is durable, or has failed. */
  postpone(standing: Standing, dueAtMs: number | null, done: (isStored: boolean) => void): void;
  /** A notice has its end: what the store has of it may go. */
  settle(standing: Standing): void;
  /** The application has it. */
  taken(standing: Standing): void;
  /** The application will not take it; `told` says whether it said so, or kept refusing it. */
  givenUp(standing: Standing, told: 'refused' | 'rejected'): void;
  /** There is room for more from the store. */
  wantsMore(): void;
}

/**
 * The lines in which notices stand for SMPP sessions, one for each handset of an application: one notice of a line is
 * unanswered at a time, on whatever session it was told, and the next is told when it is answered. A line of which
 * anything waits in the store goes on from the store, until that has been read to its end; so does a whole application
 * of which it is not known what waits there, as after a start.
 */
export class Lines {
  readonly #deps: LineDeps;
  readonly #queues = new Map<number, Queue>();
  /** Stored notices that stand in line, by their keys. */
  readonly #held = new Map<string, Standing>();
  readonly #kept = { lines: 0 };
  #count = 0;
  #tick = 1;

  constructor(deps: LineDeps) {
    this.#deps = deps;
  }

  /** A notice whose event is durable and of which memory alone knows. */
  add(standing: Standing): void {
    const { credentialId, handset } = standing.notice;
    const queue = this.#queueOf(credentialId);
    const line = queue.lines.get(handset);
    const isFull = queue.count >= QUEUE_MAX || this.#count >= ALL_MAX || (line && line.standings.length >= LINE_MAX);
    const place = line ?? queue.open(handset);
    if (isFull || queue.isKept || place.isKept) this.#keep(queue, place, standing, this.#deps.nowMs());
    else this.#join(queue, place, standing);
  }

  /** The store gets something for a handset by another way: what follows waits behind it. To be called when it is there. */
  behindStored(credentialId: number, handset: string): () => void {
    const queue = this.#queueOf(credentialId);
    return this.#storing(queue, queue.lines.get(handset) ?? queue.open(handset));
  }

  /** The store may have got anything. */
  unsure(): void {
    for (const queue of this.#queues.values()) {
      queue.begin(this.#tick);
      queue.end(this.#tick);
    }
  }

  /** What was read for these could not be used: it comes again when its claim ends. */
  unread(credentialIds: Iterable<number>, untilMs: number): void {
    for (const id of credentialIds) {
      const queue = this.#queueOf(id);
      queue.isKept = true;
      queue.untilMs = untilMs;
    }
  }

  /** How many notices of a credential may be read from the store. */
  room(credentialId: number): number {
    return Math.max(0, Math.min(QUEUE_MAX - this.#queueOf(credentialId).count, ALL_MAX - this.#count));
  }

  /** A reading of the store begins. Its tick is handed back with what was read. */
  beginReading(): number {
    return ++this.#tick;
  }

  /** What was read for one credential, oldest first; `isAll` when nothing more is due. */
  read(credentialId: number, standings: readonly Standing[], about: { tick: number; isAll: boolean }): void {
    const queue = this.#queueOf(credentialId);
    const nowMs = this.#deps.nowMs();
    for (const standing of standings) {
      if (this.#held.has(keyOf(standing))) continue;
      const line = queue.lines.get(standing.notice.handset) ?? queue.open(standing.notice.handset);
      queue.note(line);
      if (line.untilMs > nowMs || !line.isReadAt(about.tick))
        this.#postpone(queue, line, standing, Math.max(line.untilMs, nowMs));
      else this.#join(queue, line, standing);
    }
    queue.hasMore = !about.isAll;
    if (about.isAll) queue.allRead(about.tick, nowMs);
  }

  /**
   * A session of the credential is ready: what waited for room goes, and no line waits any longer because of what another
   * session made of it. `tick` is that of a reading that began before all that is stored became due: of a line for which
   * something went to the store since, that may not be due yet.
   */
  receiverBound(credentialId: number, tick: number): void {
    const queue = this.#queueOf(credentialId);
    for (const line of queue.lines.values()) if (line.isReadAt(tick)) line.untilMs = 0;
    this.#pump(queue);
  }

  /** Moves to the store what memory alone knows of and was not answered or told in time. */
  overdue(standing: Standing): void {
    if (!standing.isInLine || this.#deps.nowMs() - (standing.toldAtMs ?? standing.notice.doneAtMs) < ANSWER_WITHIN_MS)
      return;
    const queue = this.#queueOf(standing.notice.credentialId);
    const line = queue.lines.get(standing.notice.handset);
    must(line, 'what stands in line has one');
    this.#putOffUnanswered(queue, line);
  }

  /** The same for what the store has: it is told again. */
  allOverdue(): void {
    for (const standing of this.#held.values()) if (standing.toldAtMs !== null) this.overdue(standing);
  }

  /** Nobody is told any more: all goes to the store. */
  close(standings: Iterable<Standing>): void {
    for (const standing of standings) {
      const queue = this.#queueOf(standing.notice.credentialId);
      const line = standing.isInLine ? queue.lines.get(standing.notice.handset) : undefined;
      if (line) this.#putOff(queue, line, 0, this.#deps.nowMs());
    }
  }

  /** A first that was told keeps its place for the time of an answer; those behind it wait in the store, due at once. */
  #putOffUnanswered(queue: Queue, line: Line): void {
    const nowMs = this.#deps.nowMs();
    const first = line.standings[0]!;
    const isHeadLate = first.toldAtMs !== null && nowMs - first.toldAtMs >= ANSWER_WITHIN_MS;
    if (isHeadLate) {
      line.untilMs = nowMs + UNANSWERED_MS;
      this.#putOff(queue, line, 0, line.untilMs);
    } else {
      this.#putOff(queue, line, first.toldAtMs === null ? 0 : 1, nowMs);
    }
    this.#pump(queue);
  }

  #queueOf(credentialId: number): Queue {
    let queue = this.#queues.get(credentialId);
    if (!queue) {
      queue = new Queue(this.#kept);
      this.#queues.set(credentialId, queue);
    }
    return queue;
  }

  #join(queue: Queue, line: Line, standing: Standing): void {
    standing.isInLine = true;
    if (standing.isStored) this.#held.set(keyOf(standing), standing);
    queue.count++;
    this.#count++;
    if (line.standings.push(standing) === 1) this.#offer(queue, line);
  }

  #left(queue: Queue, standing: Standing): void {
    standing.isInLine = false;
    if (standing.isStored) this.#held.delete(keyOf(standing));
    queue.count--;
    this.#count--;
  }

  /** Tells the first of a line, in its turn. */
  #offer(queue: Queue, line: Line): void {
    if (queue.ready.size === 0 && this.#tell(queue, line)) return;
    if (line.isReady) return;
    line.isReady = queue.ready.push(line);
    if (!line.isReady) this.#putOff(queue, line, 0, this.#deps.nowMs());
  }

  /** False where no session has room. */
  #tell(queue: Queue, line: Line): boolean {
    const standing = line.standings[0];
    if (!standing || standing.toldAtMs !== null) return true;
    const answer = this.#deps.teller.tell(standing.notice, (told) => this.#answered(queue, line, standing, told));
    if (answer === 'full') return false;
    if (answer === 'told') standing.toldAtMs = this.#deps.nowMs();
    else this.#putOff(queue, line, 0, this.#deps.nowMs());
    return true;
  }

  #pump(queue: Queue): void {
    for (let line = queue.ready.peek(); line && this.#tell(queue, line); line = queue.ready.peek()) {
      queue.ready.shift();
      line.isReady = false;
    }
  }

  #answered(queue: Queue, line: Line, standing: Standing, told: Told): void {
    if (!standing.isInLine) return this.#answeredLate(standing, told);
    switch (told) {
      case 'rejected':
        this.#deps.givenUp(standing, told);
        this.#finish(queue, line);
        break;
      case 'taken':
        this.#deps.taken(standing);
        this.#finish(queue, line);
        break;
      case 'refused':
        this.#refused(queue, line, standing);
        break;
      case 'lost':
        standing.toldAtMs = null;
        this.#offer(queue, line);
        break;
      default:
        return never(told);
    }
    if (queue.ready.size > 0) this.#pump(queue);
  }

  /** It is in the store meanwhile, or on its way there. */
  #answeredLate(standing: Standing, told: Told): void {
    if (told !== 'taken' && told !== 'rejected') return;
    standing.isTaken = true;
    if (told === 'taken') this.#deps.taken(standing);
    else this.#deps.givenUp(standing, told);
    if (standing.isStored) this.#deps.settle(standing);
  }

  #finish(queue: Queue, line: Line): void {
    const standing = line.standings.shift()!;
    this.#left(queue, standing);
    standing.isSafe = true;
    this.#deps.settle(standing);
    this.#goOn(queue, line);
  }

  #goOn(queue: Queue, line: Line): void {
    if (line.standings.length > 0) this.#offer(queue, line);
    else if (!line.isKept) queue.lines.delete(line.handset);
    if (!queue.hasMore || queue.count >= REFILL_AT) return;
    queue.hasMore = false;
    this.#deps.wantsMore();
  }

  #refused(queue: Queue, line: Line, standing: Standing): void {
    const nowMs = this.#deps.nowMs();
    if (standing.isStored && nowMs - standing.notice.doneAtMs >= GIVEN_UP_MS) {
      line.standings.shift();
      this.#left(queue, standing);
      this.#deps.givenUp(standing, 'refused');
      this.#deps.postpone(standing, null, () => {});
      return this.#goOn(queue, line);
    }
    line.untilMs = nowMs + REFUSED_MS[Math.min(standing.attempts, REFUSED_MS.length - 1)]!;
    this.#putOff(queue, line, 0, line.untilMs);
  }

  /** What stands in a line from a place on goes on from the store. */
  #putOff(queue: Queue, line: Line, from: number, dueAtMs: number): void {
    const standings = line.standings.splice(from);
    for (const standing of standings) {
      this.#left(queue, standing);
      if (standing.isStored) this.#postpone(queue, line, standing, dueAtMs);
      else this.#keep(queue, line, standing, dueAtMs);
    }
  }

  #postpone(queue: Queue, line: Line, standing: Standing, dueAtMs: number): void {
    const stored = this.#storing(queue, line);
    this.#deps.postpone(standing, dueAtMs, (isStored) => {
      // It is due again when it was claimed for: nothing may pass it until then.
      if (!isStored) line.untilMs = Math.max(line.untilMs, this.#deps.nowMs() + UNANSWERED_MS);
      stored();
    });
  }

  #keep(queue: Queue, line: Line, standing: Standing, dueAtMs: number): void {
    const stored = this.#storing(queue, line);
    this.#deps.keep(standing, dueAtMs, () => {
      standing.isStored = standing.isSafe = true;
      if (standing.isTaken) this.#deps.settle(standing);
      stored();
    });
  }

  /** Something of a line goes to the store. To be called when it is there. */
  #storing(queue: Queue, line: Line): () => void {
    queue.note(line);
    line.begin(this.#tick);
    return () => {
      line.end(this.#tick);
      queue.relieve(line, this.#tick);
    };
  }
}

const keyOf = ({ notice }: Standing): string =>
  `${notice.messageId.latin1Slice(0, notice.messageId.length)}${notice.state}`;
