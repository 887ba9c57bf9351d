/** One step on the way to a bind. */
export interface ProbeStep {
  readonly step: 'address' | 'connection' | 'tls' | 'bind' | 'enquire_link' | 'unbind';
  readonly isOk: boolean;
  /** What was found, or what is wrong. */
  readonly words: string;
  /** What to do about it, where that is known. */
  readonly advice: string | null;
  readonly tookMs: number;
}

/** What ends a probe; its words are for people. */
export class ProbeTrouble extends Error {
  override name = 'ProbeTrouble';
}
