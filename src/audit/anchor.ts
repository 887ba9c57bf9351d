import { type Clock, SECOND_MS } from '../base/clock.ts';
import { FaultError } from '../base/fault.ts';
import { OneByOne } from '../base/one-by-one.ts';
import type { AuditStore, Head } from './audit-store.ts';
import { keepFile, readKept } from './kept-file.ts';
import type { LogKey } from './log-key.ts';
import { rootOf, type TreeHead } from './tree/index.ts';
import type { Claim } from './walk/index.ts';

/** Checkpoints are signed once a second at most. One is kept so often, and the last. */
const KEEP_EVERY_MS = 30 * SECOND_MS;

const changed = (detail: string): FaultError => new FaultError('audit_log_changed', { detail });

/**
 * What this gateway knows was signed last, in memory and in a file outside of the database: who cuts the log short or
 * rewrites it in the database alone is found out before anything more is signed, and by `audit verify`.
 */
export class Anchor {
  readonly #file: string;
  readonly #clock: Clock;
  #latest: Head | null = null;
  /** Monotonic milliseconds. */
  #keptAtMs = Number.NEGATIVE_INFINITY;
  /** So that the newest is what stays. */
  readonly #keeping = new OneByOne();

  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /**
   * Whether the log of the database may be gone on with: its latest checkpoint is signed, and it begins with what is known to
   * have been signed. Otherwise the next checkpoint would be of a second history, under the same name. Throws
   * `audit_log_short`, `audit_log_changed` or `audit_anchor_broken`.
   */
  async check(store: AuditStore, key: LogKey): Promise<void> {
    const head = await store.head();
    if (head !== null && !isSigned(head, key))
      throw changed(`The latest checkpoint in the database, of ${head.size} entries, is not one that this log signed.`);
    const known = this.#latest ?? (await this.read(key));
    if (known === null) return;
    const size = head?.size ?? 0;
    if (size < known.size) throw this.#short(size, known.size);
    const root = await rootOf(known.size, (tiles) => store.tiles(tiles));
    if (!Buffer.isBuffer(root) || !root.equals(known.root))
      throw changed(`The first ${known.size} entries in the database are not those that this log signed.`);
  }

  #short(size: number, known: number): FaultError {
    const detail = `The audit log has ${size} entries, and a checkpoint of ${known} was signed and is kept in ${this.#file}. Restore the newer database, or move the file away and say so in your records.`;
    return new FaultError('audit_log_short', { detail });
  }

  /** The checkpoint that was kept; null where none was. Throws `audit_anchor_broken` for one that this log did not sign. */
  async read(key: LogKey): Promise<TreeHead | null> {
    const note = await readKept(this.#file);
    if (note === null) return null;
    const head = key.open(note);
    if (head === null)
      throw new FaultError('audit_anchor_broken', { detail: `${this.#file} holds no checkpoint of this log.` });
    return head;
  }

  /** The file as it is, for whoever verifies; null where none was kept. */
  async claim(): Promise<Claim | null> {
    const note = await readKept(this.#file);
    return note === null ? null : { name: this.#file, note, beside: null };
  }

  /** A checkpoint is durable in the database: it is kept here too, where none was for a while. */
  async signed(head: Head): Promise<void> {
    this.#latest = head;
    const nowMs = this.#clock.elapsed();
    if (nowMs - this.#keptAtMs < KEEP_EVERY_MS) return;
    this.#keptAtMs = nowMs;
    await this.#keep(head);
  }

  /** Keeps the last one that was signed here, and waits for what is being kept. */
  close(): Promise<void> {
    return this.#keep(this.#latest);
  }

  #keep(head: Head | null): Promise<void> {
    return this.#keeping.do(async () => {
      if (head !== null) await keepFile(this.#file, head.note);
    });
  }
}

function isSigned({ size, root, note }: Head, key: LogKey): boolean {
  const said = key.open(note);
  return said !== null && said.size === size && said.root.equals(root);
}
