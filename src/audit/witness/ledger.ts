import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { timeText } from '../../base/clock.ts';
import { must } from '../../base/must.ts';
import { lockDataFolder } from '../../store/index.ts';
import { keepFile, readKept, setFileAside } from '../kept-file.ts';
import { formatCheckpoint, parseCheckpoint, type TreeHead } from '../tree/index.ts';

/** What a witness has cosigned last of each log, in a file each. It survives a crash at any moment, as the old or the new. */
export class Ledger implements Disposable {
  readonly #folder: string;
  readonly #lock: Disposable;

  private constructor(folder: string, lock: Disposable) {
    this.#folder = folder;
    this.#lock = lock;
  }

  /** Throws `data_folder_in_use` where another witness works with the same state: two could sign two histories. */
  static async open(folder: string): Promise<Ledger> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new Ledger(folder, await lockDataFolder(folder));
  }

  /** Null of a log that was never cosigned. A file that says nothing is broken state, and stops the work. */
  async last(origin: string): Promise<TreeHead | null> {
    const text = await readKept(this.#fileOf(origin));
    if (text === null) return null;
    const head = parseCheckpoint(text);
    must(head?.origin === origin, 'the state of a witness says what it cosigned');
    return head;
  }

  /** Resolves when it is durable. */
  keep(origin: string, { size, root }: TreeHead): Promise<void> {
    return keepFile(this.#fileOf(origin), formatCheckpoint({ origin, size, root, extensions: [] }));
  }

  /**
   * Forgets a log that was restored from a backup, which is to be cosigned from its beginning on. What was cosigned of it is
   * evidence, and stays beside its place, in the file that is named. Null of a log that was never cosigned.
   */
  async setAside(origin: string, atMs: number): Promise<{ readonly size: number; readonly file: string } | null> {
    const last = await this.last(origin);
    if (last === null) return null;
    const file = `${this.#fileOf(origin)}.${timeText(atMs)}`;
    await setFileAside(this.#fileOf(origin), file);
    return { size: last.size, file };
  }

  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]();
  }

  #fileOf(origin: string): string {
    return join(this.#folder, `${createHash('sha256').update(origin).digest('hex')}.head`);
  }
}
