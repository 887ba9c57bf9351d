import type pg from 'pg';
import { type Clock, SECOND_MS } from '../base/clock.ts';
import { FaultError } from '../base/fault.ts';
import { errorText, type Log } from '../base/log.ts';
import { must } from '../base/must.ts';
import { locks } from '../store/index.ts';
import { AuditStore, type Head } from './audit-store.ts';
import { eachEntry } from './entries.ts';
import { type PendingGroup, PlacesStore } from './places-store.ts';
import { Rounds } from './rounds.ts';
import { edgeTiles, GrowingTree, HASH_BYTES, hashLeafInto } from './tree/index.ts';
import { type Held, Turn } from './turn.ts';

/** How often entries get their places. A checkpoint is signed each time. */
const ROUND_MS = SECOND_MS;
/**
 * Between two slices of a step others have the database: of a second's entries in one go they would wait some 50 ms (of
 * 2,000 messages a second the slowest hundredth then took 22 ms in place of 13, `npm run bench -- latency`).
 */
const PAUSE_MS = 20;
const SLICES_A_STEP = 64;
/** So many leaves are hashed in one go, in about 2 ms: then others have their turn. */
const LEAVES_IN_A_GO = 1024;
/** Where nothing happens, something is put on record so often: a log that stands still cannot be told from one cut short. */
const BEAT_MS = 45 * SECOND_MS;

export interface SequencerOptions {
  connect(): Promise<pg.Client>;
  /** Throws where the log of the database is not the one that was signed. */
  check(store: AuditStore): Promise<void>;
  /** The signed note for a head. */
  sign(head: { readonly size: number; readonly root: Buffer; readonly atMs: number }): string;
  /** Puts on record that the log is alive. */
  beat(): Promise<void>;
  /** A checkpoint is durable. */
  signed(head: Head): void;
  readonly clock: Clock;
  readonly log: Log;
}

/** What gives places while it is this node's turn, and the tree as it was committed over that connection. */
interface Place {
  readonly held: Held;
  readonly store: PlacesStore;
  tree: GrowingTree;
}

/**
 * Gives entries their places in the log and signs what has grown. Of all gateways on a database one does so at a time.
 */
export class Sequencer {
  readonly #options: SequencerOptions;
  readonly #leaf = Buffer.alloc(HASH_BYTES);
  readonly #turn: Turn;
  readonly #rounds: Rounds;
  #place: Place | null = null;
  #signedAtMs: number;

  constructor(options: SequencerOptions) {
    this.#options = options;
    this.#turn = new Turn(() => options.connect(), locks.sequence);
    this.#rounds = new Rounds(options.clock, async () => {
      await this.round();
      return ROUND_MS;
    });
    this.#signedAtMs = options.clock.elapsed();
  }

  start(): void {
    this.#rounds.start(ROUND_MS);
  }

  /** Places what was committed up to now, then gives the lock back. */
  async stop(): Promise<void> {
    await this.#rounds.stop();
    await this.round();
    await this.#turn.letGo();
  }

  /** Places all that waits, where it is this node's turn. Never rejects: what could not be done is tried again. */
  async round(): Promise<void> {
    try {
      this.#place = await this.#take();
      if (!this.#place) return;
      while (await this.#step(this.#place));
      await this.#beatWhenDue(this.#place);
    } catch (error) {
      const why = error instanceof FaultError && { fault: error.fault.code };
      this.#options.log.warn('audit_not_sequenced', { cause: errorText(error), ...why });
      this.#place = null;
      await this.#turn.letGo();
    }
  }

  async #beatWhenDue(place: Place): Promise<void> {
    if (this.#options.clock.elapsed() - this.#signedAtMs < BEAT_MS) return;
    await this.#options.beat();
    while (await this.#step(place));
  }

  /** Null where another gateway gives the places. */
  async #take(): Promise<Place | null> {
    const held = await this.#turn.take();
    if (held === null || this.#place?.held === held) return held && this.#place;
    const reader = new AuditStore(held.client);
    await this.#options.check(reader);
    return { held, store: new PlacesStore(held.client), tree: await grownTree(reader) };
  }

  /**
   * Whether there may be more to place. What comes while it works waits for the next round: under load that is hardly
   * less than there is in a second, and every step costs a signature, a commit, and the tiles that are not full.
   */
  async #step({ store, tree }: Place): Promise<boolean> {
    await store.begin();
    const sizeBefore = tree.size;
    const isMore = await this.#placeSlices(store, tree);
    if (tree.size === sizeBefore) {
      await store.commit();
      return false;
    }
    const atMs = this.#options.clock.now();
    const root = tree.root();
    const head = { size: tree.size, root, atMs, note: this.#options.sign({ size: tree.size, root, atMs }) };
    await store.keepTiles(tree.takeTiles());
    await store.keepHead(head);
    await store.commit();
    this.#signedAtMs = this.#options.clock.elapsed();
    this.#options.signed(head);
    return isMore;
  }

  /** Whether there may be more. */
  async #placeSlices(store: PlacesStore, tree: GrowingTree): Promise<boolean> {
    for (let slice = 0; slice < SLICES_A_STEP; slice++) {
      const { groups, isMore } = await store.pending();
      if (groups.length > 0) await store.place(await this.#append(tree, groups));
      if (!isMore) return false;
      if (!this.#rounds.isStopped) await this.#options.clock.sleep(PAUSE_MS);
    }
    return true;
  }

  async #append(tree: GrowingTree, groups: readonly PendingGroup[]) {
    const places: { id: number; firstIndex: number }[] = [];
    for (const { id, entries, entryCount } of groups) {
      places.push({ id, firstIndex: tree.size });
      let count = 0;
      for (const { from, to } of eachEntry(entries)) {
        hashLeafInto(entries, from, to, this.#leaf, 0);
        tree.append(this.#leaf);
        if (++count % LEAVES_IN_A_GO === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      }
      must(count === entryCount, 'a group has as many entries as it says');
    }
    return places;
  }
}

/** The tree as it was signed last. */
async function grownTree(store: AuditStore): Promise<GrowingTree> {
  const head = await store.head();
  if (!head) return new GrowingTree();
  const edge = await store.tiles(edgeTiles(head.size));
  const tree = edge.includes(null) ? null : GrowingTree.from(head.size, edge as Buffer[]);
  must(tree, 'the audit log has the tiles that a checkpoint was signed over');
  must(tree.root().equals(head.root), 'the tiles of the audit log have the root that was signed');
  return tree;
}
