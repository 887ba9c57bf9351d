import type { RiverContext } from '../context.ts';
import type { Message, Part } from '../message.ts';
import { countParts, cut } from './cut.ts';
import type { Outlet } from './outlet.ts';

/**
 * Gives messages to another carrier of their route: what a carrier refused because another may take it, at once; what waits
 * in memory for a carrier that is down or fails, after a while. A message of which anything was handed over and not refused
 * stays where it is. It is recorded as taken with its new carrier before it is handed over, so that it is in one
 * carrier's hands at a time, whenever the gateway is killed.
 */
export class Failover {
  readonly #river: RiverContext;
  /** Records that a message, for which there is room in the lane, is with its carrier, and lets it go. */
  readonly #take: (message: Message) => void;

  constructor(river: RiverContext, take: (message: Message) => void) {
    this.#river = river;
    this.#take = take;
  }

  /** Gives a message that was refused as a whole to the next carrier; false where there is none for it. */
  moveOn(message: Message): boolean {
    if (message.isBound || message.isForgotten) return false;
    if (message.parts.some(({ state, doubts }) => state !== 'refused' || doubts > 0)) return false;
    message.tried = [...(message.tried ?? []), message.outlet!.carrierId];
    if (this.reroute(message) !== 'moved') return false;
    for (const part of message.parts) part.state = 'here';
    message.partsOpen = message.parts.length;
    message.wantsOtherRoute = false;
    this.#take(message);
    return true;
  }

  /**
   * Keeps room for a message that was read back to be sent. Where its time had to come first, its carrier is chosen anew: it
   * may have been refused, or have waited for long; else it stays with its carrier, where that is fit for use.
   */
  place(message: Message, isAnew: boolean): void {
    const to = isAnew && !message.isBound ? this.#river.ways.chooseAgain(message) : message.outlet;
    if (to && to !== message.outlet && this.#goes(message, to)) return;
    if (message.outlet!.isUsable || this.reroute(message) !== 'moved')
      message.outlet!.laneOf(message).expect(message.partsOpen);
  }

  /** Puts a message, of which nothing is with a carrier, on another way where there is one, and keeps room for it there. */
  reroute(message: Message): 'moved' | 'no way' | 'full' {
    const to = message.isBound ? null : this.#river.ways.other(message);
    if (!to) return 'no way';
    return this.#goes(message, to) ? 'moved' : 'full';
  }

  /** Moves what waits in memory for a carrier that has not been fit for use for a while. */
  leave(from: Outlet): void {
    const moved = new Map<Message, boolean>();
    from.takeOut(({ message }) => {
      const known = moved.get(message);
      if (known !== undefined) return known;
      const goes = this.#isWhole(message) && this.reroute(message) === 'moved';
      moved.set(message, goes);
      return goes;
    });
    for (const [message, goes] of moved) if (goes) this.#take(message);
  }

  /** Whether nothing of it was handed over, and it is still to be sent. */
  #isWhole({ parts, isCancelled, expiresAtMs }: Message): boolean {
    return !isCancelled && expiresAtMs > this.#river.clock.now() && parts.every(isUntouched);
  }

  /** A long message is cut anew where the other carrier wants it cut in another way. */
  #goes(message: Message, to: Outlet): boolean {
    const { cutting } = to.link!.traits;
    const isCutAnew = message.segments > 1 && cutting !== message.cutting;
    if (isCutAnew && message.octets === null) return false;
    const before = message.cutting;
    message.cutting = cutting;
    const parts = isCutAnew ? countParts(message) : message.parts.length;
    if (!to.laneOf(message).reserve(parts)) {
      message.cutting = before;
      return false;
    }
    message.outlet = to;
    if (isCutAnew) cut(message);
    return true;
  }
}

const isUntouched = ({ state, doubts }: Part): boolean => state === 'here' && doubts === 0;
