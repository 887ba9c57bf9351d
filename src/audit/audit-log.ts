import type pg from 'pg';
import type { Clock } from '../base/clock.ts';
import type { Entropy } from '../base/entropy.ts';
import { errorText, type Log } from '../base/log.ts';
import type { Vault } from '../vault/index.ts';
import { Anchor } from './anchor.ts';
import type { Audit } from './audit.ts';
import { AuditStore, type Head } from './audit-store.ts';
import { entriesOf } from './entries.ts';
import { LogKey } from './log-key.ts';
import { Sequencer } from './sequencer.ts';
import { consistencyProof, inclusionProof, type Missing, packEntries, type Tile, tileOf } from './tree/index.ts';

export interface AuditLogOptions {
  /** Connections of the role `sallyport_engine`. */
  readonly pool: pg.Pool;
  readonly vault: Vault;
  readonly audit: Audit;
  /** The name of the log; null for one that is drawn at the first start. It cannot be changed later. */
  readonly origin: string | null;
  /** Where the last checkpoint is kept outside of the database. */
  readonly anchorFile: string;
  connect(): Promise<pg.Client>;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
}

/** Groups that are read at a time. */
const GROUPS_PAGE = 64;

/** The log as it is signed: checkpoints, tiles, entries and proofs. What it gives out is covered by the latest checkpoint. */
export class AuditLog {
  readonly key: LogKey;
  readonly #store: AuditStore;
  readonly #sequencer: Sequencer;
  readonly #anchor: Anchor;
  readonly #log: Log;
  #head: Head | null = null;

  private constructor(options: AuditLogOptions, key: LogKey, anchor: Anchor) {
    this.key = key;
    this.#anchor = anchor;
    this.#log = options.log;
    this.#store = new AuditStore(options.pool);
    this.#sequencer = new Sequencer({
      ...options,
      sign: (head) => key.sign(head),
      beat: () => beat(options),
      signed: (head) => this.#signed(head),
    });
  }

  /** Loads the signing key, or makes it at the first start. Throws where the log is shorter than it is known to have been. */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    const store = new AuditStore(options.pool);
    const key = await LogKey.load(store, options);
    const anchor = new Anchor(options.anchorFile);
    await anchor.check(await store.head(), key);
    return new AuditLog(options, key, anchor);
  }

  start(): void {
    this.#sequencer.start();
  }

  /** Gives what was committed up to now its place, and signs it, where it is this gateway's turn. */
  round(): Promise<void> {
    return this.#sequencer.round();
  }

  /** Places and signs what is left, then gives others their turn. */
  async close(): Promise<void> {
    await this.#sequencer.stop();
    await this.#anchor.keep(this.#head);
  }

  /** The latest checkpoint, of whatever gateway signed it; null of a log without one. */
  head(): Promise<Head | null> {
    return this.#store.head();
  }

  /** Checkpoints from a size on, the smallest first; 1000 at most. */
  heads(fromSize: number): Promise<Head[]> {
    return this.#store.heads(fromSize, 1000);
  }

  /** The octets of a tile as wide as it is asked for; null where the log does not reach so far. */
  async tile(tile: Tile): Promise<Buffer | null> {
    const head = await this.head();
    const level = tile.level === 'entries' ? 0 : tile.level;
    const whole = head && tileOf(head.size, level, tile.index);
    if (!whole || whole.width < tile.width) return null;
    if (tile.level !== 'entries') return (await this.#store.tiles([tile]))[0] ?? null;
    const from = tile.index * 256;
    const entries: Buffer[] = [];
    for await (const { bytes } of this.entries(from, from + tile.width)) entries.push(bytes);
    return entries.length === tile.width ? packEntries(entries) : null;
  }

  /** The entries from index `from` up to `to`, in order. */
  async *entries(from: number, to: number): AsyncGenerator<{ readonly index: number; readonly bytes: Buffer }> {
    for (let next = from; next < to; ) {
      const groups = await this.#store.groups(next, to, GROUPS_PAGE);
      const before = next;
      for (const { firstIndex, entries } of groups) {
        for (const [at, bytes] of entriesOf(entries).entries()) {
          const index = firstIndex! + at;
          if (index >= to) return;
          if (index < next) continue;
          yield { index, bytes };
          next = index + 1;
        }
      }
      if (next === before) return;
    }
  }

  inclusion(index: number, size: number): Promise<Buffer[] | Missing> {
    return inclusionProof(index, size, (tiles) => this.#store.tiles(tiles));
  }

  consistency(oldSize: number, size: number): Promise<Buffer[] | Missing> {
    return consistencyProof(oldSize, size, (tiles) => this.#store.tiles(tiles));
  }

  #signed(head: Head): void {
    this.#head = head;
    this.#anchor.keepNowAndThen(head).catch((error: unknown) => {
      this.#log.warn('audit_anchor_not_kept', { cause: errorText(error) });
    });
  }
}

async function beat({ audit, clock }: AuditLogOptions): Promise<void> {
  await audit.noted({ atMs: clock.now(), what: 'log.alive', who: 'gateway', from: null, on: [], outcome: 'done' });
}
