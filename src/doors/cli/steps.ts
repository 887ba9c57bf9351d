import type { Output } from './command.ts';
import { line, safe, styled } from './print.ts';

/** One step of a test, as the API tells it. */
export interface Step {
  readonly step: string;
  readonly isOk: boolean;
  readonly words: string;
  readonly advice: string | null;
  readonly tookMs: number;
}

const NAME_CHARACTERS = 12;

/** A line for each step, and under the one that failed what to do. */
export function stepsShown(out: Output, steps: readonly Step[]): void {
  for (const { step, isOk, words, advice } of steps) {
    const mark = isOk ? styled(out, 'green', 'ok    ') : styled(out, 'red', 'failed');
    line(out, `${mark}  ${step.padEnd(NAME_CHARACTERS)}  ${safe(words)}`);
    if (advice !== null) line(out, `        ${advice}`);
  }
}
