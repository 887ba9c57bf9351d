import type { Clock } from './base/clock.ts';
import type { StartStep } from './store/index.ts';

const words: Record<StartStep, string> = {
  'copy-programs': 'Copying PostgreSQL to where its user can run it',
  initdb: 'Making the database (first start only)',
  start: 'Starting the database',
  recover: 'Recovering the database',
  migrate: 'Bringing the database up to date',
};

/** Tells what a start is busy with, line by line. */
export class Progress {
  readonly #output: NodeJS.WritableStream;
  readonly #clock: Clock;
  readonly #startMs: number;

  constructor(output: NodeJS.WritableStream, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
    this.#startMs = clock.elapsed();
  }

  step(step: StartStep): void {
    this.#output.write(`  ${words[step]} …\n`);
  }

  elapsedMs(): number {
    return this.#clock.elapsed() - this.#startMs;
  }
}
