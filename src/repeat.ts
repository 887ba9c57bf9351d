import type { Clock } from './base/clock.ts';

/** Does something every so often, until the function it returns is called. */
export function repeat(
  clock: Clock,
  everyMs: number,
  action: () => Promise<unknown>,
  failed: (error: unknown) => void,
): () => void {
  let cancel: () => void;
  const plan = () => {
    cancel = clock.after(everyMs, () => {
      action().catch(failed);
      plan();
    });
  };
  plan();
  return () => cancel();
}
