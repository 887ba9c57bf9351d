import type { Clock } from '../../base/clock.ts';
import { errorText, type Log } from '../../base/log.ts';
import type { Answer, CarrierReceipt } from '../../carriers/index.ts';
import { GATEWAY_ACCOUNT, type Vault } from '../../vault/index.ts';
import { parseNumber } from '../../wire/number/e164.ts';
import type { ReportEntry, ReportWhy, UnmatchedStore } from './unmatched-store.ts';

/** Beyond that the carrier keeps its receipts, and sends them again. */
const GATHERED_MAX = 10_000;

export interface UnmatchedParts {
  readonly store: UnmatchedStore;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Puts receipts into the report, in batches that gather while the last one is written. The carrier is answered when the
 * line is durable; where that fails, it sends the receipt again.
 */
export class Unmatched {
  readonly #parts: UnmatchedParts;
  #gathered: { readonly entry: ReportEntry; readonly answer: Answer }[] = [];
  #writing: Promise<void> | null = null;

  constructor(parts: UnmatchedParts) {
    this.#parts = parts;
  }

  add(carrierId: number, receipt: CarrierReceipt, why: ReportWhy, answer: Answer): void {
    if (this.#gathered.length >= GATHERED_MAX) return answer(false);
    const { reference, outcome: state, code } = receipt;
    const entry = {
      carrierId,
      reference,
      state,
      why,
      code,
      handset: this.#hashOf(receipt),
      atMs: this.#parts.clock.now(),
    };
    this.#gathered.push({ entry, answer });
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
    });
  }

  /** Ends when nothing is gathered any more. */
  async close(): Promise<void> {
    await this.#writing;
  }

  #hashOf({ handset }: CarrierReceipt): Buffer | null {
    const digits = parseNumber(handset);
    return digits === null ? null : Buffer.from(this.#parts.vault.hashNumber(GATEWAY_ACCOUNT, digits));
  }

  async #writeAll(): Promise<void> {
    while (this.#gathered.length > 0) {
      const batch = this.#gathered.splice(0);
      const isKept = await this.#write(batch.map(({ entry }) => entry));
      for (const { answer } of batch) answer(isKept);
    }
  }

  async #write(entries: readonly ReportEntry[]): Promise<boolean> {
    const { store, log } = this.#parts;
    try {
      await store.add(entries);
      log.warn('receipts_unmatched', { count: entries.length });
      return true;
    } catch (error) {
      log.warn('receipts_not_reported', { count: entries.length, cause: errorText(error) });
      return false;
    }
  }
}
