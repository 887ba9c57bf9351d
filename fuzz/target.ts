/** One thing that takes octets from strangers. */
export interface Target {
  readonly name: string;
  /** The modules whose blocks count as new ground, by their address. */
  readonly modules: RegExp;
  readonly maxBytes: number;
  /** What it is to begin with. */
  seeds(): readonly Buffer[];
  /** Words that mean something to it. */
  readonly dictionary: readonly Buffer[];
  /** Takes the octets. Throws where something is wrong: a crash, or two answers that must agree and do not. */
  run(input: Buffer): void | Promise<void>;
}

export const words = (...texts: readonly string[]): readonly Buffer[] =>
  texts.map((text) => Buffer.from(text, 'latin1'));
