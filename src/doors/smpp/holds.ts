import type { Clock } from '../../base/clock.ts';
import type { SmppConnection } from '../../transport/index.ts';

/** Why a session is not read: its window is full, its bind is being looked at, it is too fast. */
export const WINDOW = 1;
export const BIND = 2;
const PACE = 4;

/** Whether a connection is read: it is as long as nothing holds it. */
export class Holds {
  readonly #connection: SmppConnection;
  readonly #clock: Clock;
  #reasons = 0;

  constructor(connection: SmppConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  get isHeld(): boolean {
    return this.#reasons !== 0;
  }

  hold(reason: number): void {
    this.#reasons |= reason;
    this.#connection.pause();
  }

  release(reason: number): void {
    if ((this.#reasons & reason) === 0) return;
    this.#reasons &= ~reason;
    if (this.#reasons === 0) this.#connection.resume();
  }

  /** Reads nothing for a while. */
  pause(forMs: number): void {
    if ((this.#reasons & PACE) !== 0) return;
    this.hold(PACE);
    this.#clock.after(forMs, () => this.release(PACE));
  }
}
