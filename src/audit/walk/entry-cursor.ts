import { eachEntry } from '../entries.ts';
import { type Flaw, flaw } from './flaw.ts';
import type { Run } from './source.ts';

const LENGTH_BYTES = 2;

/** One entry, where it stands. */
export interface EntryPlace {
  readonly index: number;
  readonly run: Run;
  /** Octets in the run, behind the entry's length. */
  readonly from: number;
  readonly to: number;
}

export const entryBytes = ({ run, from, to }: EntryPlace): Buffer => run.bytes!.subarray(from, to);

/** Of an entry: where its length begins. */
export const offsetOf = ({ from }: EntryPlace): number => from - LENGTH_BYTES;

/** Goes through runs entry by entry, and says where they are not what they say of themselves. */
export class EntryCursor {
  readonly #runs: AsyncIterator<Run>;
  #run: Run | null = null;
  #places: Iterator<{ readonly from: number; readonly to: number }> | null = null;
  #index: number;
  #end = 0;
  /** Whether nothing was given yet: the first entry wanted may stand inside of a run. */
  #isFirst = true;

  /** `from`: the index of the first entry that is wanted. */
  constructor(runs: AsyncIterable<Run>, from = 0) {
    this.#runs = runs[Symbol.asyncIterator]();
    this.#index = from;
  }

  /** The next entry; null behind the last. */
  async next(): Promise<EntryPlace | Flaw | null> {
    for (;;) {
      const place = this.#places?.next();
      if (place && !place.done) return this.#found(place.value);
      const wrong = this.#atEnd() ?? (await this.#open());
      if (wrong !== null) return wrong;
      if (this.#run === null) return null;
    }
  }

  /** Ends what is being read. */
  async close(): Promise<void> {
    await this.#runs.return?.();
  }

  #found({ from, to }: { from: number; to: number }): EntryPlace {
    this.#end = to;
    return { index: this.#index++, run: this.#run!, from, to };
  }

  /** Whether a run that has been gone through was what it said. */
  #atEnd(): Flaw | null {
    const run = this.#run;
    if (run?.bytes == null) return null;
    const [place, held] = [{ offset: this.#end, index: this.#index }, this.#index - run.firstIndex];
    const left = run.bytes.length - this.#end;
    if (left > 0) {
      const words = `its last ${left} octets are no entry behind its length`;
      return flaw('entries_unreadable', run.name, words, place);
    }
    if (held === run.entryCount) return null;
    const words = `it has ${held} entries and should have ${run.entryCount}`;
    return flaw(held < run.entryCount ? 'entry_missing' : 'entry_too_many', run.name, words, place);
  }

  async #open(): Promise<Flaw | null> {
    const next = await this.#runs.next();
    this.#run = next.done ? null : next.value;
    this.#end = 0;
    this.#places = null;
    return this.#run && this.#begin(this.#run);
  }

  #begin(run: Run): Flaw | null {
    if (run.bytes === null) {
      return flaw('entry_missing', run.name, 'it is not there', { index: this.#index });
    }
    const isWithin = run.firstIndex <= this.#index && this.#index < run.firstIndex + run.entryCount;
    if (run.firstIndex !== this.#index && !(this.#isFirst && isWithin)) return gap(run, this.#index);
    this.#places = eachEntry(run.bytes);
    for (let skipped = run.firstIndex; skipped < this.#index; skipped++) this.#end = this.#places.next().value?.to ?? 0;
    this.#isFirst = false;
    return null;
  }
}

function gap(run: Run, index: number): Flaw {
  if (run.firstIndex > index) {
    const words = `nothing has the entries ${index} to ${run.firstIndex - 1}, which come before it`;
    return flaw('entry_missing', run.name, words, { index });
  }
  const words = `it says that its first entry is ${run.firstIndex}, and entry ${index} is the next`;
  return flaw('entry_too_many', run.name, words, { index });
}
