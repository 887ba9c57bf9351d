import type pg from 'pg';
import { TurnStore } from './turn-store.ts';

/** A connection that holds the turn. */
export interface Held {
  readonly client: pg.Client;
}

/**
 * Of all gateways on a database one has the turn: the lock belongs to the connection over which what was done is also
 * written down, so who has lost it cannot write either.
 */
export class Turn {
  readonly #connect: () => Promise<pg.Client>;
  readonly #lock: number;
  #held: Promise<Held | null> | null = null;

  constructor(connect: () => Promise<pg.Client>, lock: number) {
    this.#connect = connect;
    this.#lock = lock;
  }

  /** Null where another gateway has it. Rejects where the database is away. */
  async take(): Promise<Held | null> {
    this.#held ??= this.#tryLock();
    try {
      const held = await this.#held;
      if (held === null) this.#held = null;
      return held;
    } catch (error) {
      this.#held = null;
      throw error;
    }
  }

  /** Gives it back; also after trouble with its connection, for it may be what was lost. */
  async letGo(): Promise<void> {
    const held = this.#held;
    this.#held = null;
    await held?.then((taken) => taken?.client.end()).catch(() => undefined); // it may be what was lost
  }

  async #tryLock(): Promise<Held | null> {
    const client = await this.#connect();
    client.on('error', () => void this.letGo());
    try {
      if (await new TurnStore(client).tryLock(this.#lock)) return { client };
    } catch (error) {
      await client.end().catch(() => undefined); // the first error says what is wrong
      throw error;
    }
    await client.end();
    return null;
  }
}
