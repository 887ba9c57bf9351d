import type { Clock } from '../base/clock.ts';

/** Rounds of the same work, one at a time, with a rest behind each. */
export class Rounds {
  readonly #clock: Clock;
  readonly #round: () => Promise<number>;
  #running: Promise<void> = Promise.resolve();
  #callOff: () => void = () => undefined;
  #isStopped = false;

  /** `round` never rejects, and answers how long to rest behind it, in ms. */
  constructor(clock: Clock, round: () => Promise<number>) {
    this.#clock = clock;
    this.#round = round;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  start(restMs: number): void {
    this.#callOff = this.#clock.after(restMs, () => {
      this.#running = this.#roundAndOn();
    });
  }

  /** Ends when the round under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#callOff();
    await this.#running;
  }

  async #roundAndOn(): Promise<void> {
    const restMs = await this.#round();
    if (!this.#isStopped) this.start(restMs);
  }
}
