import { FaultError } from '../base/fault.ts';
import { OneByOne } from '../base/one-by-one.ts';
import type { Head } from './audit-store.ts';
import { keepFile, readKept } from './kept-file.ts';
import type { LogKey } from './log-key.ts';
import type { Claim } from './walk/index.ts';

/** Of the checkpoints, which are signed once a second at most, one of so many is kept, and the last. */
const KEEP_EVERY = 30;

/**
 * The last checkpoint, in a file outside of the database: who cuts the log short in the database alone is found out at the
 * next start, and by `audit verify`.
 */
export class Anchor {
  readonly #file: string;
  #signed = 0;
  /** So that the newest is what stays. */
  readonly #keeping = new OneByOne();

  constructor(file: string) {
    this.#file = file;
  }

  /** Throws `audit_log_short` where the log is shorter than the checkpoint that was kept. */
  async check(head: Head | null, key: LogKey): Promise<void> {
    const kept = await this.read(key);
    if (kept === null || (head !== null && head.size >= kept.size)) return;
    const detail = `The audit log has ${head?.size ?? 0} entries, and ${this.#file} holds a checkpoint of ${kept.size}. Restore the newer database, or move the file away and say so in your records.`;
    throw new FaultError('audit_log_short', { detail });
  }

  /** The checkpoint that was kept; null where none was. Throws `audit_anchor_broken` for one that this log did not sign. */
  async read(key: LogKey): Promise<{ size: number; root: Buffer } | null> {
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

  /** Null has nothing to keep, and waits for what is being kept. */
  keep(head: Head | null): Promise<void> {
    return this.#keeping.do(async () => {
      if (head !== null) await keepFile(this.#file, head.note);
    });
  }

  /** Keeps one of several. */
  async keepNowAndThen(head: Head): Promise<void> {
    if (this.#signed++ % KEEP_EVERY === 0) await this.keep(head);
  }
}
