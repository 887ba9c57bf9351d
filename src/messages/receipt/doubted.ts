import type { CarrierReceipt } from '../../carriers/index.ts';
import { parseNumber } from '../../wire/number/e164.ts';
import type { Part } from '../message.ts';
import { RecentMap } from './recent-map.ts';

/** How many people parts may be in doubt for, twice; beyond that the oldest are left to the end of their doubt. */
const PEOPLE_MAX = 50_000;
/** For one person, at one carrier, from one sender. */
const PARTS_MAX = 100;

/**
 * Parts whose answer was lost: the carrier may have them, under a reference that is not known. A receipt is told apart by
 * who got the message and from whom. Where several are in doubt for one person, the oldest is taken: carriers deliver what
 * they took first to one handset first.
 */
export class DoubtedParts {
  readonly #byPerson = new RecentMap<Part[]>(PEOPLE_MAX);

  add(carrierId: number, part: Part): void {
    const key = keyOf(carrierId, part.to, part.from);
    const parts = this.#byPerson.get(key);
    if (!parts) return this.#byPerson.set(key, [part]);
    if (parts.length >= PARTS_MAX) parts.shift();
    parts.push(part);
  }

  /** The part a receipt is about; a final one takes it out. */
  take(carrierId: number, receipt: CarrierReceipt, nowMs: number): Part | undefined {
    const handset = parseNumber(receipt.handset);
    if (handset === null) return undefined;
    const key = keyOf(carrierId, handset, parseNumber(receipt.sender) ?? receipt.sender);
    const parts = this.#byPerson.get(key)?.filter(isOpen) ?? [];
    // One whose validity is over had its end; it is meant only where there is no other.
    const at = Math.max(
      0,
      parts.findIndex(({ expiresAtMs }) => expiresAtMs > nowMs),
    );
    const part = parts[at];
    if (part && receipt.outcome !== 'underway') parts.splice(at, 1);
    if (parts.length > 0) this.#byPerson.set(key, parts);
    else this.#byPerson.delete(key);
    return part;
  }
}

/** Not one that was answered or refused late, or had its receipt by another way. */
const isOpen = (part: Part): boolean => part.state !== 'sent' && part.state !== 'ended' && part.receipt === null;

const keyOf = (carrierId: number, handset: string, sender: string): string => `${carrierId} ${handset} ${sender}`;
