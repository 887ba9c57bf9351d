import type { Fault } from './fault.ts';

/** What a step decides of what passes through it. */
export type Verdict<With> =
  | { readonly go: 'on'; readonly with: With }
  | { readonly go: 'refuse'; readonly fault: Fault };

export const on = <With>(value: With): Verdict<With> => ({ go: 'on', with: value });
export const refuse = (fault: Fault): Verdict<never> => ({ go: 'refuse', fault });
