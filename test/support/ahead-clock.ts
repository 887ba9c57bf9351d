import { type Clock, systemClock } from '../../src/base/clock.ts';

/** A clock that can be set forward, and whose timers with a delay can be made to wait for ever. */
export class AheadClock implements Clock {
  aheadMs = 0;
  isHalted = false;
  elapsed(): number {
    return systemClock.elapsed();
  }
  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(delayMs, signal);
  }
  now(): number {
    return systemClock.now() + this.aheadMs;
  }
  after(delayMs: number, action: () => void): () => void {
    return this.isHalted && delayMs > 0 ? () => {} : systemClock.after(delayMs, action);
  }
}
