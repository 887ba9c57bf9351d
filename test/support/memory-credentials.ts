import type { CredentialRow, CredentialsStore, NewCredentialRow } from '../../src/access/index.ts';

/** The store of credentials in memory: the same answers as PostgreSQL's, and notices to whoever listens. */
export class MemoryCredentials implements CredentialsStore {
  readonly #rows = new Map<number, CredentialRow>();
  readonly #listeners = new Set<() => void>();

  all(): Promise<readonly CredentialRow[]> {
    return Promise.resolve([...this.#rows.values()].map((row) => ({ ...row })));
  }

  add(row: NewCredentialRow): Promise<CredentialRow | null> {
    const isTaken = [...this.#rows.values()].some(({ kind, lookup }) => kind === row.kind && lookup === row.lookup);
    if (isTaken) return Promise.resolve(null);
    const capability: unknown = JSON.parse(JSON.stringify(row.capability));
    return Promise.resolve(
      this.#write({ ...row, capability, id: this.#rows.size + 1, revokedAtMs: null, isChanged: false }),
    );
  }

  revoke(id: number, atMs: number): Promise<CredentialRow | null> {
    const row = this.#rows.get(id);
    return Promise.resolve(row === undefined ? null : this.#write({ ...row, revokedAtMs: row.revokedAtMs ?? atMs }));
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  #write(row: CredentialRow): CredentialRow {
    this.#rows.set(row.id, row);
    for (const listener of this.#listeners) listener();
    return { ...row };
  }
}
