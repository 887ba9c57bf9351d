import type { KeyEvent, RecordKeyEvent } from '../../src/vault/index.ts';

/** Has what happens to keys on record in memory, and can be told to fail. */
export class KeyLog {
  readonly events: KeyEvent[] = [];
  /** Refuses to record events of this kind. */
  refuses: KeyEvent['what'] | null = null;

  readonly record: RecordKeyEvent = (_client, event) => {
    if (event.what === this.refuses) return Promise.reject(new Error('the record is full'));
    this.events.push(event);
    return Promise.resolve();
  };

  /** In words: `2 day keys made`. */
  get words(): string[] {
    return this.events.map(({ what, kind, count }) => `${count} ${kind} ${what}`);
  }
}

/** For tests of something else. */
export const { record: unrecorded } = new KeyLog();
