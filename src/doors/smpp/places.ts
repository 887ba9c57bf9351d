import type { PeerFault } from './peer-faults.ts';

export interface PlaceLimits {
  readonly maxConnections: number;
  readonly connectionsPerAddress: number;
  readonly unboundPerAddress: number;
}

/** The place of one connection, from before its handshake to its end. */
export interface Place {
  readonly source: string;
  isBound: boolean;
}

interface Taken {
  all: number;
  unbound: number;
}

/** How many connections there are, from which source, and how many of them are not bound. */
export class Places {
  readonly #limits: PlaceLimits;
  readonly #bySource = new Map<string, Taken>();
  #all = 0;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /** A place for one more connection of a source, or why there is none. */
  take(source: string): Place | PeerFault {
    const taken = this.#bySource.get(source) ?? { all: 0, unbound: 0 };
    if (this.#all >= this.#limits.maxConnections) return 'smpp_connections_full';
    if (taken.all >= this.#limits.connectionsPerAddress) return 'smpp_address_full';
    if (taken.unbound >= this.#limits.unboundPerAddress) return 'smpp_unbound_full';
    this.#all++;
    taken.all++;
    taken.unbound++;
    this.#bySource.set(source, taken);
    return { source, isBound: false };
  }

  bound(place: Place): void {
    place.isBound = true;
    this.#bySource.get(place.source)!.unbound--;
  }

  giveBack(place: Place): void {
    const taken = this.#bySource.get(place.source)!;
    this.#all--;
    taken.all--;
    if (!place.isBound) taken.unbound--;
    if (taken.all === 0) this.#bySource.delete(place.source);
  }
}
