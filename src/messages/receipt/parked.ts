import type { Answer, CarrierReceipt } from '../../carriers/index.ts';

const PARKED_MAX = 10_000;
/** Of one look-up: each part of a page costs about 0.1 ms of the store, and a page is one question. */
const PAGE = 1000;
const AGAIN_AFTER_MS = 5000;

/** A receipt whose message is not known yet: it may have come before the answer that names it. */
export interface Parked {
  readonly key: string;
  readonly carrierId: number;
  readonly receipt: CarrierReceipt;
  readonly answer: Answer;
  readonly sinceMs: number;
}

interface Turn {
  readonly parked: Parked;
  readonly atMs: number;
}

/** Receipts that wait for their message, and when each is to be looked up in the store: at once, then every five seconds. */
export class ParkedReceipts {
  readonly #byKey = new Map<string, Parked>();
  /** In the order in which their time comes. */
  #fresh: Parked[] = [];
  #again: Turn[] = [];

  get size(): number {
    return this.#byKey.size;
  }

  /** False where there is no room, or the same receipt waits already: the carrier sends it again. */
  add(parked: Parked): boolean {
    if (this.#byKey.size >= PARKED_MAX || this.#byKey.has(parked.key)) return false;
    this.#byKey.set(parked.key, parked);
    this.#fresh.push(parked);
    return true;
  }

  /** Takes out the receipt that waits under this key. */
  take(key: string): Parked | undefined {
    const parked = this.#byKey.get(key);
    if (parked) this.#byKey.delete(key);
    return parked;
  }

  has(parked: Parked): boolean {
    return this.#byKey.get(parked.key) === parked;
  }

  /** Those whose turn it is: never looked up before others. Each is given once, and comes again only by `laterAgain`. */
  nextPage(nowMs: number): Parked[] {
    const due = this.#again.findIndex(({ atMs }) => atMs > nowMs);
    const old = this.#fresh.length > 0 ? 0 : Math.min(due === -1 ? this.#again.length : due, PAGE);
    const page = [...this.#fresh.splice(0, PAGE), ...this.#again.splice(0, old).map(({ parked }) => parked)];
    const waiting = page.filter((parked) => this.has(parked));
    return waiting.length > 0 || page.length === 0 ? waiting : this.nextPage(nowMs);
  }

  laterAgain(parked: Parked, nowMs: number): void {
    this.#again.push({ parked, atMs: nowMs + AGAIN_AFTER_MS });
  }

  /** All of them, which leaves none. */
  clear(): Parked[] {
    const all = [...this.#byKey.values()];
    this.#byKey.clear();
    this.#fresh = [];
    this.#again = [];
    return all;
  }
}
