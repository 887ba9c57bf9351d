import { type Clock, MINUTE_MS } from '../../base/clock.ts';
import type { Log, LogFields } from '../../base/log.ts';
import { type PeerFault, peerFaults } from './peer-faults.ts';

/** Lines a minute about the same thing from the same source, and about everything: nobody can fill the disk. */
const ALIKE_MAX = 30;
/** Some 150 KiB. */
const LINES_MAX = 1000;

/** What is logged of peers. What is beyond the bounds is counted, and the count is logged at the end of the minute. */
export class PeerLog {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #alike = new Map<string, number>();
  #lines = 0;
  #heldBack = 0;
  #minute = Number.NEGATIVE_INFINITY;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Something of the table of what peers do wrong. */
  fault(code: PeerFault, source: string, fields: LogFields): void {
    if (this.#hasRoom(code, source)) this.#log[peerFaults[code].level](code, fields);
  }

  /** Something ordinary, of which a peer can cause as much as it likes. */
  note(event: string, source: string, fields: LogFields): void {
    if (this.#hasRoom(event, source)) this.#log.info(event, fields);
  }

  /** To be called every so often, so that what was held back is told even if nothing follows. */
  tick(): void {
    const minute = Math.floor(this.#clock.elapsed() / MINUTE_MS);
    if (minute === this.#minute) return;
    if (this.#heldBack > 0) this.#log.warn('smpp_log_held_back', { count: this.#heldBack });
    this.#minute = minute;
    this.#lines = this.#heldBack = 0;
    this.#alike.clear();
  }

  #hasRoom(event: string, source: string): boolean {
    this.tick();
    const key = `${event} ${source}`;
    const alike = this.#alike.get(key) ?? 0;
    if (this.#lines >= LINES_MAX || alike >= ALIKE_MAX) {
      this.#heldBack++;
      return false;
    }
    this.#alike.set(key, alike + 1);
    this.#lines++;
    return true;
  }
}
