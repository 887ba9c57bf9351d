import type { Conduct } from './conduct.ts';

/** One row of the table of carriers: how it behaves, and what a sound application makes of it. */
export interface Behaviour {
  readonly name: string;
  readonly does: string;
  readonly sound: string;
  readonly conduct: Conduct;
  /** What may become of a message that is handed to it; nothing where it is never bound. */
  readonly fates: readonly Fate[];
}

export type Fate = 'sent' | 'refused' | 'lost';

/** `sent` is the only fate where none is named. */
export type Row = readonly [name: string, does: string, sound: string, conduct: Conduct, fates?: readonly Fate[]];
