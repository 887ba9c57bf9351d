import type { Fault } from '../base/fault.ts';
import type { Verdict } from '../base/verdict.ts';

/** A step asks one question and narrows what passes through it. */
export type Step<Context, From, To> = (value: From, context: Context) => Verdict<To>;

/** A step that may have to wait for an answer, and so gathers what waits into one question. Null: `then` is called later. */
export type GatherStep<Context, From, To> = (
  value: From,
  context: Context,
  then: (verdict: Verdict<To>) => void,
) => Verdict<To> | null;

type AnyStep<Context> = GatherStep<Context, unknown, unknown>;

/** A stage: its steps in order. A step that needs what an earlier one finds does not compile before it. */
export class Stage<Context, First, Last> {
  readonly #steps: readonly AnyStep<Context>[];

  constructor(steps: readonly AnyStep<Context>[]) {
    this.#steps = steps;
  }

  step<Next>(step: Step<Context, Last, Next>): Stage<Context, First, Next> {
    return this.gather(step);
  }

  gather<Next>(step: GatherStep<Context, Last, Next>): Stage<Context, First, Next> {
    return new Stage([...this.#steps, step as AnyStep<Context>]);
  }

  /** Sends a value down all steps; the first refusal ends its way. */
  run(value: First, context: Context, refused: (value: First, fault: Fault) => void): void {
    this.#from(0, value, value, context, refused);
  }

  #from(
    first: number,
    start: First,
    value: unknown,
    context: Context,
    refused: (value: First, fault: Fault) => void,
  ): void {
    for (let at = first; at < this.#steps.length; at++) {
      const verdict = this.#steps[at]!(value, context, (late) => {
        if (late.go === 'on') this.#from(at + 1, start, late.with, context, refused);
        else refused(start, late.fault);
      });
      if (verdict === null) return;
      if (verdict.go === 'refuse') return refused(start, verdict.fault);
      value = verdict.with;
    }
  }
}

export const stage = <Context, First>(): Stage<Context, First, First> => new Stage<Context, First, First>([]);
