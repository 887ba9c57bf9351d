/**
 * Whom the load writes to, of one account: half are numbers never seen before, half are of those written to lately. The
 * numbers are of the range kept for fiction in the North American plan: 555-0100 to 555-0199 in each of 800 area codes.
 */
const AREAS = 800;
const FIRST_AREA = 200;
const LINES = 100;
export const NUMBERS_PER_ACCOUNT = AREAS * LINES;
const STRIDE = 7919; // shares no factor with the count, so every number comes once before any comes again
const RECENT = 20_000;

/** A number of that range; they come again after 80,000. */
export function numberAt(index: number): string {
  const line = index % LINES;
  return `1${FIRST_AREA + (Math.floor(index / LINES) % AREAS)}55501${line < 10 ? '0' : ''}${line}`;
}

export class Recipients {
  #used = 0;
  #turn = 0;

  /** How many were asked for as new after every number had been used. */
  get repeated(): number {
    return Math.max(0, this.#used - NUMBERS_PER_ACCOUNT);
  }

  next(): string {
    this.#turn++;
    const isNew = this.#turn % 2 === 1;
    const ordinal = isNew ? this.#used++ : this.#used - 1 - Math.floor(Math.random() * Math.min(this.#used, RECENT));
    return numberAt(ordinal * STRIDE);
  }
}
