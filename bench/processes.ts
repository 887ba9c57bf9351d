import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Child processes: asked over a channel, measured through /proc, ended by their process id. */

type Verb = (argument: never) => unknown;
type Verbs = Readonly<Record<string, Verb>>;
type Answer = { readonly answer: unknown } | { readonly error: string };

/** In a child: answers what the parent asks, and ends when the parent does. */
export function serve(verbs: Verbs): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (message) => {
    const [verb, argument] = message as [string, never];
    void answer(verbs, verb, argument).then((said) => process.send?.(said));
  });
}

async function answer(verbs: Verbs, verb: string, argument: never): Promise<Answer> {
  try {
    return { answer: (await verbs[verb]?.(argument)) ?? null };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** In the parent: a child in a group of its own, out of reach of Ctrl-C. */
export class Child {
  readonly #process: ChildProcess;

  constructor(name: string) {
    this.#process = fork(join(import.meta.dirname, `${name}.ts`), { detached: true });
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** One question at a time. Rejects when the child fails at it or ends. */
  async ask<T>(verb: string, argument?: unknown): Promise<T> {
    if (!this.#process.connected) throw new Error(`a process of the benchmark ended before it was asked to ${verb}`);
    const ended = new AbortController();
    const onExit = () => ended.abort(new Error(`a process of the benchmark ended while it was asked to ${verb}`));
    this.#process.once('exit', onExit);
    try {
      const heard = once(this.#process, 'message', { signal: ended.signal });
      this.#process.send([verb, argument]);
      const [said] = (await heard) as [Answer];
      if ('error' in said) throw new Error(`${verb}: ${said.error}`);
      return said.answer as T;
    } finally {
      this.#process.off('exit', onExit);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return end(this.#process, 'SIGKILL', 0);
  }
}

/** Ends a process by its id; after `graceMs` without mercy. */
export async function end(child: ChildProcess, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = graceMs > 0 ? setTimeout(() => child.kill('SIGKILL'), graceMs) : undefined;
  await exited;
  clearTimeout(timer);
}

const TICK_US = 10_000; // USER_HZ is 100
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** utime, stime, cutime, cstime (proc(5)): the last two are of children that have ended. */
function cpuTicks(pid: number): number[] {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return fields.slice(11, 15).map(Number);
  } catch {
    return [0, 0, 0, 0]; // it ended since it was listed; its parent counts it
  }
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

/** CPU time of one process with all its threads, without its children. */
export const ownCpuUs = (pid: number): number => sum(cpuTicks(pid).slice(0, 2)) * TICK_US;

/** CPU time of a process and of its children, those that have ended included. */
export const familyCpuUs = (pid: number): number => sum([pid, ...childrenOf(pid)].flatMap(cpuTicks)) * TICK_US;

/** Resident memory now, and the most it has been. */
export function memoryMiB(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024);
  return { now: field('VmRSS'), peak: field('VmHWM') };
}
