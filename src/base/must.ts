/** A broken invariant: our own mistake, never the user's. It stops the work that met it. */
export class BrokenInvariant extends Error {
  override name = 'BrokenInvariant';
}

/** Stops the work when something that must hold does not. */
export function must(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new BrokenInvariant(invariant);
}

/** Ends a `switch` over a closed set: the compiler proves that it is not reached. */
export function never(value: never): never {
  throw new BrokenInvariant(`a case was not handled: ${JSON.stringify(value)}`);
}
