import type { OutboundPart } from '../carrier.ts';

/** Parts that were submitted and not answered, by sequence_number, oldest first. */
export class InFlight<Part extends OutboundPart> {
  readonly #bySequence = new Map<number, { part: Part; atMs: number }>();

  get size(): number {
    return this.#bySequence.size;
  }

  add(sequence: number, part: Part, atMs: number): void {
    this.#bySequence.set(sequence, { part, atMs });
  }

  take(sequence: number): Part | null {
    const entry = this.#bySequence.get(sequence);
    if (!entry) return null;
    this.#bySequence.delete(sequence);
    return entry.part;
  }

  /** Takes those submitted before a time; all without one. */
  takeBefore(atMs = Number.POSITIVE_INFINITY): Part[] {
    const parts: Part[] = [];
    for (const [sequence, entry] of this.#bySequence) {
      if (entry.atMs >= atMs) break;
      this.#bySequence.delete(sequence);
      parts.push(entry.part);
    }
    return parts;
  }
}
