const BUCKET_MS = 0.02;
const BUCKETS = 500_000;

export interface Quantiles {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Waiting times, counted in steps of 20 µs up to 10 s. */
export class Waits {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;
  #maxMs = 0;

  add(waitMs: number): void {
    this.#counts[Math.min(BUCKETS - 1, Math.floor(waitMs / BUCKET_MS))]!++;
    this.#total++;
    if (waitMs > this.#maxMs) this.#maxMs = waitMs;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
    this.#maxMs = 0;
  }

  quantiles(): Quantiles {
    return { p50Ms: this.#at(0.5), p95Ms: this.#at(0.95), p99Ms: this.#at(0.99), maxMs: this.#maxMs };
  }

  #at(share: number): number {
    let left = share * this.#total;
    const bucket = this.#counts.findIndex((count) => {
      left -= count;
      return left <= 0;
    });
    return bucket * BUCKET_MS;
  }
}
