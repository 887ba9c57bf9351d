import { keepFile, readKept } from '../audit/index.ts';
import { FaultError } from '../base/fault.ts';
import { OneByOne } from '../base/one-by-one.ts';

const LINE = /^([a-z]{1,20}) (\d{1,10})$/;

/**
 * The highest revision of each page that this gateway has seen, in memory and in a file outside of the database: who puts
 * an older state of a table and of its page back is found out, at the next start too.
 */
export class Heights {
  readonly #file: string;
  readonly #seen: Map<string, number>;
  readonly #keeping = new OneByOne();

  private constructor(file: string, seen: Map<string, number>) {
    this.#file = file;
    this.#seen = seen;
  }

  /** Throws `register_broken` where the file says nothing that can be read. */
  static async open(file: string): Promise<Heights> {
    const text = await readKept(file);
    const lines = text === null ? [] : text.split('\n').filter((line) => line !== '');
    const seen = lines.map((line) => {
      const found = LINE.exec(line);
      if (found !== null) return [found[1]!, Number(found[2])] as const;
      throw new FaultError('register_broken', { detail: `${file} is not a file that this gateway has written.` });
    });
    return new Heights(file, new Map(seen));
  }

  /** 0 for a page that was never seen. */
  of(name: string): number {
    return this.#seen.get(name) ?? 0;
  }

  /** Keeps a higher revision before it resolves. */
  async rise(name: string, revision: number): Promise<void> {
    if (revision <= this.of(name)) return;
    this.#seen.set(name, revision);
    await this.#keeping.do(() => keepFile(this.#file, this.#text()));
  }

  #text(): string {
    return [...this.#seen].map(([name, revision]) => `${name} ${revision}\n`).join('');
  }
}
