import type { Client, Notification } from 'pg';
import { type Clock, SECOND_MS } from '../base/clock.ts';
import { errorText, type Log } from '../base/log.ts';

/** The one channel of the gateway's nodes; the payload says what kind of thing has changed. */
const CHANNEL = 'sallyport_changes';

const RETRY_FIRST_MS = SECOND_MS;
const RETRY_MAX_MS = 30 * SECOND_MS;
/** A connection that died without a word is found out by asking. */
const PROBE_MS = 30 * SECOND_MS;

/** Payload → what reads the change. It is also called at every new connection, since notices may have been missed. */
export type ChangeHandlers = Readonly<Record<string, () => Promise<void>>>;

export interface ChangesOptions {
  /** Opens a connection of its own, for as long as it lasts. */
  readonly connect: () => Promise<Client>;
  readonly handlers: ChangeHandlers;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ChangesListener {
  close(): Promise<void>;
}

/**
 * Listens for what other nodes change, for ever: a connection that is lost, and a handler that fails, are tried again
 * with back-off. Notices that come while their handler runs lead to one more run after it.
 */
export function listenForChanges(options: ChangesOptions): ChangesListener {
  const stop = new AbortController();
  const ended = listenOn(options, stop.signal);
  return {
    close() {
      stop.abort();
      return ended;
    },
  };
}

async function listenOn(options: ChangesOptions, stop: AbortSignal): Promise<void> {
  const { clock, log } = options;
  let delayMs = RETRY_FIRST_MS;
  const onCaughtUp = () => {
    delayMs = RETRY_FIRST_MS;
  };
  for (;;) {
    const cause = await new Listening(options, stop).run(onCaughtUp).then(() => 'ended', errorText);
    if (stop.aborted) return;
    log.warn('database.notices_lost', { cause, delayMs });
    await clock.sleep(delayMs, stop).catch(() => undefined);
    if (stop.aborted) return;
    delayMs = Math.min(delayMs * 2, RETRY_MAX_MS);
  }
}

/** One connection that listens, from its beginning to its end. */
class Listening {
  readonly #options: ChangesOptions;
  readonly #stop: AbortSignal;
  readonly #changed = new Set<string>();
  #isOver = false;
  #wake = Promise.withResolvers<void>();

  constructor(options: ChangesOptions, stop: AbortSignal) {
    this.#options = options;
    this.#stop = stop;
  }

  /** Calls `onCaughtUp` when everything was read once; resolves or rejects when the connection is over. */
  async run(onCaughtUp: () => void): Promise<void> {
    const client = await this.#options.connect();
    const end = () => this.#end();
    client.on('error', end);
    client.on('end', end);
    client.on('notification', (notice) => this.#note(notice));
    this.#stop.addEventListener('abort', end, { once: true });
    if (this.#stop.aborted) end();
    try {
      await client.query(`LISTEN ${CHANNEL}`);
      for (const payload of Object.keys(this.#options.handlers)) this.#changed.add(payload);
      await this.#readChanges();
      onCaughtUp();
      await this.#follow(client);
    } finally {
      this.#stop.removeEventListener('abort', end);
      await client.end().catch(() => undefined);
    }
  }

  async #follow(client: Client): Promise<void> {
    while (!this.#isOver) {
      const callOff = this.#options.clock.after(PROBE_MS, () => this.#wake.resolve());
      await this.#wake.promise;
      callOff();
      this.#wake = Promise.withResolvers<void>();
      if (this.#isOver) return;
      if (this.#changed.size === 0) await client.query('SELECT 1');
      await this.#readChanges();
    }
  }

  async #readChanges(): Promise<void> {
    for (const payload of this.#changed) {
      this.#changed.delete(payload);
      await this.#options.handlers[payload]?.();
    }
  }

  #note({ payload = '' }: Notification): void {
    this.#changed.add(payload);
    this.#wake.resolve();
  }

  #end(): void {
    this.#isOver = true;
    this.#wake.resolve();
  }
}
