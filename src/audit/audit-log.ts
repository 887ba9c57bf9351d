import type pg from 'pg';
import type { Clock } from '../base/clock.ts';
import type { Entropy } from '../base/entropy.ts';
import type { Id } from '../base/id.ts';
import { errorText, type Log } from '../base/log.ts';
import type { Vault } from '../vault/index.ts';
import { Anchor } from './anchor.ts';
import type { Audit } from './audit.ts';
import { AuditStore, type Head } from './audit-store.ts';
import { entriesOf } from './entries.ts';
import { type FoundEntries, findMessage } from './find-message.ts';
import { LogKey } from './log-key.ts';
import { Sequencer } from './sequencer.ts';
import {
  consistencyProof,
  formatProofFile,
  inclusionProof,
  type Missing,
  packEntries,
  type Tile,
  type TrustPolicy,
  tileOf,
} from './tree/index.ts';
import { type Claim, DatabaseSource, type Walked, walkLog } from './walk/index.ts';
import { WitnessStore } from './witness/witness-store.ts';

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

export interface VerifyOptions {
  /** Whose checkpoints are believed; those of this log's own key where it is left out. */
  readonly policy?: TrustPolicy;
  /** Checkpoints that others have kept. */
  readonly claims?: readonly Claim[];
  readonly progress?: (entries: number) => void;
}

/** Groups that are read at a time. */
const GROUPS_PAGE = 64;

/** The log as it is signed: checkpoints, tiles, entries and proofs. What it gives out is covered by the latest checkpoint. */
export class AuditLog {
  readonly key: LogKey;
  readonly #store: AuditStore;
  readonly #witnesses: WitnessStore;
  readonly #sequencer: Sequencer;
  readonly #anchor: Anchor;
  readonly #log: Log;
  readonly #connect: () => Promise<pg.Client>;

  private constructor(options: AuditLogOptions, key: LogKey, anchor: Anchor) {
    this.key = key;
    this.#anchor = anchor;
    this.#log = options.log;
    this.#connect = () => options.connect();
    this.#store = new AuditStore(options.pool);
    this.#witnesses = new WitnessStore(options.pool);
    this.#sequencer = new Sequencer({
      ...options,
      check: (store) => anchor.check(store, key),
      sign: (head) => key.sign(head),
      beat: () => beat(options),
      signed: (head) => this.#signed(head),
    });
  }

  /** Loads the signing key, or makes it at the first start. Throws where the log is not the one that was signed. */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    const store = new AuditStore(options.pool);
    const key = await LogKey.load(store, options);
    const anchor = new Anchor(options.anchorFile, options.clock);
    await anchor.check(store, key);
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
    await this.#anchor.close();
  }

  /** As `AuditStore.mentions`. */
  mentions(words: string): Promise<boolean> {
    return this.#store.mentions(words);
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

  /**
   * That the entry `index` is in the log, as the text of a `.tlog-proof` file with the entry in it: it is verified without
   * the gateway (C2SP tlog-proof). Where witnesses have cosigned a checkpoint that covers it, it is by that one. Null for
   * an entry that no checkpoint covers yet.
   */
  async proofFile(index: number): Promise<string | null> {
    const size = await this.#witnesses.bestAbove(index);
    const head = size === null ? await this.head() : ((await this.heads(size))[0] ?? null);
    if (head === null || index >= head.size) return null;
    const [hashes, entry] = await Promise.all([this.inclusion(index, head.size), this.entry(index)]);
    if ('missing' in hashes || entry === null) return null;
    return formatProofFile({ index, hashes, checkpoint: await this.cosigned(head), extra: entry });
  }

  /** The note of a checkpoint with the cosignatures that there are of it, as it is given to others. */
  async cosigned({ size, note }: Pick<Head, 'size' | 'note'>): Promise<string> {
    return note + (await this.#witnesses.lines(size)).join('');
  }

  /**
   * What a message's way is on record with, as far as it is signed; and what names it besides, like who read it. `laterMs`:
   * when something is known to have become of it.
   */
  async ofMessage(id: Id, laterMs: readonly number[] = []): Promise<FoundEntries> {
    return findMessage(this.#store, id, (await this.head())?.size ?? 0, laterMs);
  }

  /** One entry; null for one that is not there. */
  async entry(index: number): Promise<Buffer | null> {
    for await (const { bytes } of this.entries(index, index + 1)) return bytes;
    return null;
  }

  /**
   * Goes through everything: every row, tile and checkpoint of the database, the one kept beside it, and those that are
   * given. It reads the log as it is at one moment, over a connection of its own, while the log grows.
   */
  async verify({ policy = this.key.policy, claims = [], progress }: VerifyOptions): Promise<Walked> {
    const client = await this.#connect();
    try {
      const store = new AuditStore(client);
      const kept = await this.#anchor.claim();
      await store.beginReading();
      const all = kept === null ? claims : [kept, ...claims];
      return await walkLog({ source: new DatabaseSource(store), policy, claims: all, ...(progress && { progress }) });
    } finally {
      await client.end();
    }
  }

  #signed(head: Head): void {
    this.#anchor.signed(head).catch((error: unknown) => {
      this.#log.warn('audit_anchor_not_kept', { cause: errorText(error) });
    });
  }
}

async function beat({ audit, clock }: AuditLogOptions): Promise<void> {
  await audit.noted({ atMs: clock.now(), what: 'log.alive', who: 'gateway', from: null, on: [], outcome: 'done' });
}
