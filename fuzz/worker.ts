import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { Dice } from '../src/base/dice.ts';
import { readCorpus } from './corpus.ts';
import { BlockCoverage } from './coverage.ts';
import { Crash, Fuzzer } from './fuzzer.ts';
import type { Target } from './target.ts';
import { Watched } from './watched.ts';

/** What a fuzzing thread is told. */
export interface Order {
  /** The module with the targets, and which of them. */
  readonly module: string;
  readonly target: string;
  readonly seed: number;
  readonly executions: number;
  readonly memory: SharedArrayBuffer;
}

/** What it reports. */
export type Report =
  | { readonly kind: 'crash'; readonly input: Uint8Array; readonly words: string; readonly executions: number }
  | {
      readonly kind: 'done';
      readonly executions: number;
      readonly cpuSeconds: number;
      readonly blocks: number;
      readonly corpus: readonly Uint8Array[];
      /** What the heap held more at the end than a quarter of the way there, after collections. */
      readonly grownBytes: number;
    };

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The heap after a collection, without what the fuzzer itself keeps. */
function heapBytes(fuzzer: Fuzzer): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  const own = fuzzer.inputs.reduce((total, input) => total + input.length, 0);
  return heapUsed + external - own;
}

async function work({ module, target: name, seed, executions, memory }: Order): Promise<Report> {
  const { targets } = (await import(module)) as { targets: readonly Target[] };
  const target = targets.find((one) => one.name === name)!;
  using coverage = new BlockCoverage(target.modules);
  const watched = new Watched(memory);
  const start = process.threadCpuUsage();
  let fuzzer: Fuzzer | null = null;
  try {
    const running = (input: Buffer) => watched.running(input);
    fuzzer = await Fuzzer.begin({ target, coverage, dice: new Dice(seed), corpus: readCorpus(name), running });
    let early: number | null = null;
    while (fuzzer.executions < executions) {
      await fuzzer.step();
      if (early === null && fuzzer.executions > executions / 4) early = heapBytes(fuzzer);
    }
    const grownBytes = heapBytes(fuzzer) - (early ?? 0);
    const { user, system } = process.threadCpuUsage(start);
    const cpuSeconds = (user + system) / 1_000_000;
    const { blocks } = fuzzer;
    return {
      kind: 'done',
      executions: fuzzer.executions,
      cpuSeconds,
      blocks,
      grownBytes,
      corpus: await fuzzer.minimized(),
    };
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    const words = error.cause instanceof Error ? (error.cause.stack ?? error.message) : error.message;
    return { kind: 'crash', input: error.input, words, executions: fuzzer?.executions ?? 0 };
  }
}

const report = await work(workerData as Order);
// A port of threads, which has no origin.
parentPort!.postMessage(report, []);
