import type { Dice } from '../src/base/dice.ts';
import { blockOf, type CoverageSource } from './coverage.ts';
import { mutated } from './mutate.ts';
import type { Target } from './target.ts';

const BATCH = 512;
const TRIMS_MAX = 64;
/** Of so many picks, one is from the whole corpus, and the others from what was found last. */
const RECENT = 32;

/** An input that the target does not bear. */
export class Crash extends Error {
  override name = 'Crash';
  readonly input: Buffer;

  constructor(input: Buffer, cause: unknown) {
    super(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause), { cause });
    this.input = input;
  }
}

export interface FuzzerOptions {
  readonly target: Target;
  readonly coverage: CoverageSource;
  readonly dice: Dice;
  /** What earlier runs have kept. */
  readonly corpus: readonly Buffer[];
  /** Called before each execution: what runs now, for whoever watches over it. */
  readonly running?: (input: Buffer) => void;
}

/**
 * Looks for inputs that reach new ground, and keeps them to make others of. Coverage costs a millisecond to read, so it is
 * read after a batch; a batch that reached a new block is halved until the inputs are found that did. One input of each
 * batch is read alone, for what only shows in how often a block runs.
 */
export class Fuzzer {
  readonly #options: FuzzerOptions;
  readonly #inputs: Buffer[] = [];
  readonly #features = new Set<number>();
  readonly #blocks = new Set<number>();
  executions = 0;

  private constructor(options: FuzzerOptions) {
    this.#options = options;
  }

  /** One that has run its seeds and its corpus. Throws a `Crash` like `step`. */
  static async begin(options: FuzzerOptions): Promise<Fuzzer> {
    const fuzzer = new Fuzzer(options);
    const { target, corpus } = options;
    for (const input of [...target.seeds(), ...corpus]) await fuzzer.#begin(input.subarray(0, target.maxBytes));
    return fuzzer;
  }

  /** What reached new ground, in the order it was found. */
  get inputs(): readonly Buffer[] {
    return this.#inputs;
  }

  /** Blocks that have run. */
  get blocks(): number {
    return this.#blocks.size;
  }

  /** One batch. Throws a `Crash` where the target does not bear an input. */
  async step(): Promise<void> {
    const batch = Array.from({ length: BATCH }, () => this.#make());
    const blocks = await this.#search(batch);
    // What only shows when several run together is not looked for again in every batch.
    for (const block of blocks) this.#blocks.add(block);
    await this.#tryAlone(this.#make());
  }

  /** The fewest inputs that still reach all the ground, small ones first. */
  async minimized(): Promise<Buffer[]> {
    const kept: Buffer[] = [];
    const reached = new Set<number>();
    for (const input of this.#inputs.toSorted((a, b) => a.length - b.length)) {
      const news = (await this.#featuresOf(input)).difference(reached);
      if (news.size === 0) continue;
      for (const feature of news) reached.add(feature);
      kept.push(input);
    }
    return kept;
  }

  #make(): Buffer {
    const { dice, target } = this.#options;
    const inputs = this.#inputs;
    const isRecent = dice.fraction() < 0.5 && inputs.length > RECENT;
    const at = isRecent ? inputs.length - 1 - dice.below(RECENT) : dice.below(inputs.length);
    return mutated(inputs[at]!, dice, { dictionary: target.dictionary, inputs }, target.maxBytes);
  }

  async #run(inputs: readonly Buffer[]): Promise<void> {
    const { target, running } = this.#options;
    for (const input of inputs) {
      running?.(input);
      this.executions++;
      try {
        // Most targets are done when they return: a turn of the queue costs as much as they do.
        const work = target.run(input);
        if (work) await work;
      } catch (error) {
        throw new Crash(input, error);
      }
    }
  }

  async #featuresOf(input: Buffer): Promise<ReadonlySet<number>> {
    this.#options.coverage.take();
    await this.#run([input]);
    return this.#options.coverage.take();
  }

  /** Seeds are kept whatever they reach: others are made of them. */
  async #begin(seed: Buffer): Promise<void> {
    const features = await this.#featuresOf(seed);
    this.#inputs.push(seed);
    this.#note(features);
  }

  /** Keeps what reached new blocks, and returns all that ran. */
  async #search(inputs: readonly Buffer[]): Promise<readonly number[]> {
    this.#options.coverage.take();
    await this.#run(inputs);
    const blocks = [...this.#options.coverage.take()].map(blockOf);
    if (blocks.some((block) => !this.#blocks.has(block))) await this.#halve(inputs);
    return blocks;
  }

  /** In halves whose ground is new when their turn comes. */
  async #halve(inputs: readonly Buffer[]): Promise<void> {
    if (inputs.length === 1) return this.#tryAlone(inputs[0]!);
    const middle = inputs.length >> 1;
    await this.#search(inputs.slice(0, middle));
    await this.#search(inputs.slice(middle));
  }

  async #tryAlone(input: Buffer): Promise<void> {
    const features = await this.#featuresOf(input);
    const news = features.difference(this.#features);
    if (news.size === 0) return;
    this.#inputs.push(await this.#trimmed(input, news));
    this.#note(features);
  }

  #note(features: ReadonlySet<number>): void {
    for (const feature of features) {
      this.#features.add(feature);
      this.#blocks.add(blockOf(feature));
    }
  }

  /** The same without what it does not need to reach this. */
  async #trimmed(input: Buffer, news: ReadonlySet<number>): Promise<Buffer> {
    let kept = input;
    let left = TRIMS_MAX;
    for (let chunk = kept.length >> 1; chunk >= 4 && left > 0; chunk >>= 1) {
      for (let at = 0; at + chunk <= kept.length && left > 0; left--) {
        const without = Buffer.concat([kept.subarray(0, at), kept.subarray(at + chunk)]);
        if (news.isSubsetOf(await this.#featuresOf(without))) kept = without;
        else at += chunk;
      }
    }
    return Buffer.from(kept);
  }
}
