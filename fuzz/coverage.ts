import { Session } from 'node:inspector';

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly functionName: string; readonly ranges: readonly Range[] }[];
}

interface Block {
  readonly start: number;
  readonly end: number;
  readonly id: number;
}

/** Which blocks ran since the last `take`, each with how often as one of AFL's buckets. */
export interface CoverageSource {
  take(): ReadonlySet<number>;
}

/** How often a block ran, in steps: 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more. */
const BUCKET_STEPS = [1, 2, 3, 4, 8, 16, 32, 128] as const;
const BUCKETS = BUCKET_STEPS.length;

function bucketOf(count: number): number {
  let bucket = BUCKETS - 1;
  while (count < BUCKET_STEPS[bucket]!) bucket--;
  return bucket;
}

/** The block of a feature that `take` gave, without its bucket. */
export const blockOf = (feature: number): number => Math.floor(feature / BUCKETS);

/** V8's own block coverage, of the modules whose address matches: no code is changed, and no package is needed. */
export class BlockCoverage implements CoverageSource, Disposable {
  readonly #session = new Session();
  readonly #modules: RegExp;
  readonly #blocks = new Map<string, Block[]>();
  #lastId = 0;

  constructor(modules: RegExp) {
    this.#modules = modules;
    this.#session.connect();
    this.#post('Profiler.enable');
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Counts begin anew after it. About a millisecond. */
  take(): ReadonlySet<number> {
    const { result } = this.#post('Profiler.takePreciseCoverage') as { result: ScriptCoverage[] };
    const features = new Set<number>();
    for (const script of result) {
      if (!this.#modules.test(script.url)) continue;
      for (const { ranges } of script.functions) this.#addFunction(script.url, ranges, features);
    }
    return features;
  }

  /**
   * V8 leaves a block out that ran as often as the one around it. So each block ever seen is looked up in what is reported
   * now: it ran as often as the innermost range that holds it.
   */
  #addFunction(url: string, ranges: readonly Range[], features: Set<number>): void {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return;
    for (const block of this.#blocksOf(`${url}:${whole.startOffset}`, ranges)) {
      const { count } = ranges.findLast(
        ({ startOffset, endOffset }) => startOffset <= block.start && endOffset >= block.end,
      )!;
      if (count > 0) features.add(block.id * BUCKETS + bucketOf(count));
    }
  }

  #blocksOf(key: string, ranges: readonly Range[]): readonly Block[] {
    const blocks = this.#blocks.get(key) ?? [];
    for (const { startOffset: start, endOffset: end } of ranges) {
      if (!blocks.some((block) => block.start === start && block.end === end))
        blocks.push({ start, end, id: ++this.#lastId });
    }
    this.#blocks.set(key, blocks);
    return blocks;
  }

  /** Answers of the own thread's inspector come before `post` returns. */
  #post(method: string, parameters: object = {}): unknown {
    let answer: unknown;
    this.#session.post(method, parameters, (error, result) => {
      if (error) throw new Error(`${method}: ${error.message}`);
      answer = result;
    });
    return answer;
  }

  [Symbol.dispose](): void {
    this.#session.disconnect();
  }
}
