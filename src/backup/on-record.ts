import type { ClientBase } from 'pg';
import { type Action, type Actor, type Entry, putOnRecord } from '../audit/index.ts';
import { FaultError } from '../base/fault.ts';
import { storeFault } from '../store/index.ts';

export interface Deed {
  readonly by: Actor;
  readonly atMs: number;
  readonly what: Extract<Action, `backup.${string}`>;
  /** SHA-256 of the archives that it is about; null of one that could not be read. */
  readonly archives: readonly (string | null)[];
  readonly outcome: string;
  readonly about: NonNullable<Entry['about']>;
}

/** Puts on record what was done with a backup. Throws `store_unavailable` or `store_full` where that cannot be. */
export async function onRecord(client: ClientBase, { by, archives, ...deed }: Deed): Promise<void> {
  const on = archives.flatMap((sha256) => (sha256 === null ? [] : [`archive:${sha256}`]));
  try {
    await putOnRecord(client, { ...by, ...deed, on });
  } catch (cause) {
    const code = storeFault(cause);
    throw code === null ? cause : new FaultError(code, {}, cause);
  }
}
