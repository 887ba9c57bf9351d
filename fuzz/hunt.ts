import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Target } from './target.ts';
import { Watched } from './watched.ts';
import type { Order, Report } from './worker.ts';

/** What is too much for a heap that should stay flat. */
const GROWTH_BYTES_MAX = 16 << 20;
const LOOK_MS = 500;

export interface HuntOptions {
  readonly target: Target;
  /** The module that exports the target in `targets`. */
  readonly module: string;
  readonly seed: number;
  readonly executions: number;
  /** An input that runs longer is a hang. */
  readonly hangMs: number;
}

/** What came of it: nothing, or the first thing that is wrong. */
export type Result =
  | { readonly verdict: 'sound'; readonly report: Extract<Report, { kind: 'done' }> }
  | { readonly verdict: 'crash' | 'hang'; readonly input: Buffer; readonly words: string; readonly executions: number }
  | { readonly verdict: 'growth'; readonly words: string; readonly report: Extract<Report, { kind: 'done' }> };

/** Fuzzes one target in a thread of its own, and watches over it. */
export async function hunt({ target, module, seed, executions, hangMs }: HuntOptions): Promise<Result> {
  const watched = Watched.forInputsOf(target.maxBytes);
  const order: Order = { module, target: target.name, seed, executions, memory: watched.memory };
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: order });
  const watch = new AbortController();
  try {
    const said = once(worker, 'message').then(([report]) => resultOf(report as Report));
    return await Promise.race([said, hung(watched, hangMs, watch.signal)]);
  } finally {
    watch.abort();
    await worker.terminate();
  }
}

function resultOf(report: Report): Result {
  if (report.kind === 'crash') {
    const { words, executions } = report;
    return { verdict: 'crash', input: Buffer.from(report.input), words, executions };
  }
  const { grownBytes } = report;
  if (grownBytes <= GROWTH_BYTES_MAX) return { verdict: 'sound', report };
  return { verdict: 'growth', words: `the heap grew by ${Math.round(grownBytes / 1024)} KiB`, report };
}

/** Resolves when one execution has taken too long. Never, where it is called off. */
async function hung(watched: Watched, hangMs: number, signal: AbortSignal): Promise<Result> {
  let seen = -1;
  let sinceMs = performance.now();
  for (;;) {
    try {
      await sleep(LOOK_MS, undefined, { signal });
    } catch {
      return new Promise(() => {});
    }
    const { executions } = watched;
    const isStill = executions === seen && executions > 0;
    if (!isStill) sinceMs = performance.now();
    seen = executions;
    if (performance.now() - sinceMs > hangMs)
      return { verdict: 'hang', input: watched.input, words: `one input ran for ${hangMs} ms`, executions };
  }
}
