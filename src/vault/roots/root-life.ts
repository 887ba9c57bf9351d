import type pg from 'pg';
import type { Clock } from '../../base/clock.ts';
import { FaultError } from '../../base/fault.ts';
import type { RecordKeyEvent } from '../key-event.ts';
import { keyPeriods } from '../key-states.ts';
import { type RootVersion, rootKinds } from '../root-key.ts';
import { tombstonesStore } from '../tombstones-store.ts';
import type { RootKeys } from './root-keys.ts';
import { RootsStore } from './roots-store.ts';

export interface RootLifeParts {
  /** Connections of the role `sallyport_engine`. */
  readonly pool: pg.Pool;
  readonly root: RootKeys;
  readonly record: RecordKeyEvent;
  readonly clock: Clock;
}

/** How old the root key in force is. */
export interface RootAge {
  /** Its versions, the latest last, each with the time of its making. */
  readonly versions: readonly RootVersion[];
  /** When the latest was made, Unix ms; null where that was not seen yet. */
  readonly sinceMs: number | null;
  /** When the latest is to be exchanged; null for a key service, which does that by itself and does not say. */
  readonly dueAtMs: number | null;
  /** Until then, in milliseconds: negative where the period is over. */
  readonly leftMs: number | null;
}

/** The life of the root key in force: which versions there are, how old they are, and their end. */
export class RootLife {
  readonly #parts: RootLifeParts;
  readonly #store: RootsStore;

  constructor(parts: RootLifeParts) {
    this.#parts = parts;
    this.#store = new RootsStore(parts.pool);
  }

  /** Takes down versions that were not seen yet, on record: also one whose maker was killed before he could say so. */
  async keep(): Promise<void> {
    const { root, record } = this.#parts;
    const known = await this.#known();
    for (const version of await root.versions()) {
      if (known.has(version.version)) continue;
      await this.#store.transaction(async (client) => {
        if (!(await this.#store.learn(client, root.kind, version))) return;
        await record(client, { what: 'made', kind: 'root', ...ofAll, version: version.version, count: 1 });
      });
    }
  }

  /**
   * Takes up what another gateway has done to the root key in its file. Throws why it cannot, as `FileRootKey.reread` does, and
   * `root_key_mismatch` where keys are wrapped under a version that the file here does not have: then nothing changes,
   * and the keys that are unwrapped go on working.
   */
  async takeUp(): Promise<void> {
    const { root } = this.#parts;
    root.reread();
    if (root.kind !== 'file') return;
    const known = new Set((await root.versions()).map(({ version }) => version));
    const lacking = (await this.#store.counts()).find(
      ({ tag, version }) => tag === rootKinds.file && !known.has(version),
    );
    if (lacking === undefined) return;
    const detail = `${lacking.count} keys of accounts are wrapped under version ${lacking.version} of the root key, which the file here does not have: copy that of the gateway that made it.`;
    throw new FaultError('root_key_mismatch', { detail });
  }

  async age(): Promise<RootAge> {
    const { root, clock } = this.#parts;
    const known = await this.#known();
    const versions = (await root.versions()).map(({ version, madeAtMs }) => ({
      version,
      madeAtMs: madeAtMs ?? known.get(version) ?? null,
    }));
    const sinceMs = versions.at(-1)?.madeAtMs ?? null;
    const dueAtMs = sinceMs === null || root.kind === 'kms' ? null : sinceMs + keyPeriods.root.protectsMs;
    return { versions, sinceMs, dueAtMs, leftMs: dueAtMs === null ? null : dueAtMs - clock.now() };
  }

  /**
   * Destroys the key of an older version that wraps nothing any more, on record. What was wrapped under it and is in older
   * backups opens with a copy of the key alone, or never. Throws `root_key_in_use`, or `not_found`. Killed at any moment
   * it is done again to the end.
   */
  async forget(version: number): Promise<void> {
    const { root, record } = this.#parts;
    const latest = (await root.versions()).at(-1)?.version;
    if (version === latest) throw inUse(`Version ${version} is the latest: it wraps what comes.`);
    await this.#store.transaction(async (client) => {
      const isThere = await this.#store.lockVersion(client, root.kind, version);
      if (!isThere) throw new FaultError('not_found', { detail: `The root key in force has no version ${version}.` });
      const count = await this.#store.countUnder(client, root.kind, version);
      if (count > 0) throw inUse(`Version ${version} wraps ${count} keys of accounts. Wrap them again first.`);
      await this.#store.markForgotten(client, root.kind, version);
      await record(client, { what: 'destroyed', kind: 'root', ...ofAll, version, count: 1 });
      await tombstonesStore.tell(client, 'key');
      await root.forget(version);
    });
  }

  async #known(): Promise<Map<number, number>> {
    const tag = rootKinds[this.#parts.root.kind];
    const own = (await this.#store.versions()).filter((one) => one.tag === tag);
    return new Map(own.map(({ version, madeAtMs }) => [version, madeAtMs]));
  }
}

const ofAll = { accountId: null, record: null } as const;

const inUse = (detail: string): FaultError => new FaultError('root_key_in_use', { detail });
