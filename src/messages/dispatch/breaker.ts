export interface BreakerSettings {
  /** So many failures in a row open it. */
  readonly failures: number;
  /** How long it stays open at first; twice as long after each probe that failed, up to `OPEN_MAX_MS`. */
  readonly openMs: number;
}

export type BreakerState = 'closed' | 'open' | 'probing';

/** Half of about so many outcomes, the last ones counting most, open it too. */
const MEMORY = 32;
const HALF = 0.5;
const OPEN_MAX_MS = 5 * 60_000;
const PROBE_EVERY_MS = 1000;
const PROBES_TO_CLOSE = 3;

/**
 * Whether messages that have another way should take it. It opens when a carrier fails again and again: answers that are
 * lost, and refusals that another carrier or a later time would not give. After a while one message a second tries the
 * carrier; three that are taken close it. It holds back no message that has no other way. Pure: the time is a parameter.
 */
export class Breaker {
  readonly #settings: BreakerSettings;
  #state: BreakerState = 'closed';
  #inRow = 0;
  #failing = 0;
  #good = 0;
  #openMs: number;
  /** When the next message may try the carrier. */
  #probeAtMs = 0;

  constructor(settings: BreakerSettings) {
    this.#settings = settings;
    this.#openMs = settings.openMs;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Whether a message that has another way may take this one. */
  lets(nowMs: number): boolean {
    return this.#state === 'closed' || nowMs >= this.#probeAtMs;
  }

  /** A message was given this way because `lets` said so. */
  chosen(nowMs: number): void {
    if (this.#state === 'closed') return;
    this.#state = 'probing';
    this.#probeAtMs = nowMs + PROBE_EVERY_MS;
  }

  succeeded(): void {
    this.#inRow = 0;
    if (this.#failing > 0) this.#failing -= this.#failing / MEMORY;
    if (this.#state !== 'closed' && ++this.#good >= PROBES_TO_CLOSE) this.#close();
  }

  failed(nowMs: number): void {
    this.#inRow++;
    this.#failing += (1 - this.#failing) / MEMORY;
    this.#good = 0;
    if (this.#state === 'closed') {
      if (this.#inRow >= this.#settings.failures || this.#failing >= HALF) this.#open(nowMs);
    } else if (this.#state === 'probing') {
      this.#openMs = Math.min(this.#openMs * 2, OPEN_MAX_MS);
      this.#open(nowMs);
    }
  }

  #open(nowMs: number): void {
    this.#state = 'open';
    this.#good = 0;
    this.#probeAtMs = nowMs + this.#openMs;
  }

  #close(): void {
    this.#state = 'closed';
    this.#failing = 0;
    this.#good = 0;
    this.#openMs = this.#settings.openMs;
  }
}
