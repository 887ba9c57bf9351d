import { BoundedQueue } from '../../base/bounded-queue.ts';
import { TextMap } from '../../base/text-map.ts';
import type { Notice } from './notice.ts';

/** Notices in memory for one application; what comes beyond waits in the store. */
export const QUEUE_MAX = 10_000;
/** Handsets of which it is remembered that the store has notices for them; beyond, whole applications are. */
const KEPT_LINES_MAX = 100_000;

/** A notice that stands in line. */
export class Standing {
  readonly notice: Notice;
  /** How often it was told before. */
  readonly attempts: number;
  /** Whether the store has it. */
  isStored: boolean;
  /** Whether it is certain to be told, or was: no recovery has to look for it. */
  isSafe: boolean;
  isInLine = false;
  isTaken = false;
  toldAtMs: number | null = null;

  constructor(notice: Notice, attempts: number, isStored: boolean) {
    this.notice = notice;
    this.attempts = attempts;
    this.isStored = this.isSafe = isStored;
  }
}

/** Something of which the store has notices that memory may not know. */
export class Kept {
  isKept = false;
  #lastAt = 0;
  #storing = 0;

  /** Something goes to the store. */
  begin(tick: number): void {
    this.isKept = true;
    this.#lastAt = tick;
    this.#storing++;
  }

  /** It is there. */
  end(tick: number): void {
    this.#lastAt = tick;
    this.#storing--;
  }

  get isStoring(): boolean {
    return this.#storing > 0;
  }

  /** Whether a reading that began at `tick` found all that had gone to the store, and nothing went there since. */
  isReadAt(tick: number): boolean {
    return this.#lastAt < tick && this.#storing === 0;
  }
}

/** The notices for one handset, oldest first: the first is told, the others wait for its answer. */
export class Line extends Kept {
  readonly handset: string;
  readonly standings: Standing[] = [];
  isReady = false;
  /** Nothing of it is told before this time, Unix ms. */
  untilMs = 0;

  constructor(handset: string) {
    super();
    this.handset = handset;
  }
}

/** The notices for one application. */
export class Queue extends Kept {
  readonly lines = new TextMap<Line>();
  /** Lines whose first could be told, but no session has room. */
  readonly ready = new BoundedQueue<Line>(QUEUE_MAX);
  count = 0;
  /** Whether the store has more that is due now. */
  hasMore = false;
  /** Before this time, Unix ms, what was read for it and got lost is not due again. */
  untilMs = 0;
  readonly #keptLines = new Set<Line>();
  /** Over all queues. */
  readonly #kept: { lines: number };

  constructor(kept: { lines: number }) {
    super();
    this.#kept = kept;
    this.isKept = true;
  }

  open(handset: string): Line {
    const line = new Line(handset);
    this.lines.set(handset, line);
    return line;
  }

  /** Remembers that the store has something for a line. */
  note(line: Line): void {
    line.isKept = true;
    if (this.#keptLines.has(line)) return;
    this.#keptLines.add(line);
    this.#kept.lines++;
  }

  /** Where too many lines are remembered, one of which memory has nothing is forgotten: then it may be any of them. */
  relieve(line: Line, tick: number): void {
    if (this.#kept.lines <= KEPT_LINES_MAX || line.standings.length > 0 || line.isStoring) return;
    this.begin(tick);
    this.end(tick);
    this.#forget(line);
  }

  /** Nothing more is due: what the store still has stands in line here, or belongs to a line that has to wait. */
  allRead(tick: number, nowMs: number): void {
    for (const line of this.#keptLines) if (line.isReadAt(tick) && line.untilMs <= nowMs) this.#forget(line);
    if (this.isReadAt(tick) && this.untilMs <= nowMs) this.isKept = false;
  }

  #forget(line: Line): void {
    line.isKept = false;
    this.#keptLines.delete(line);
    this.#kept.lines--;
    if (line.standings.length === 0) this.lines.delete(line.handset);
  }
}
