import { type Fault, FaultError } from './base/fault.ts';
import type { RootKeyOffice, RootKeyView, RootUseView } from './doors/api/index.ts';
import { type RootKeys, type RootKind, rootKinds, type Vault, type WrappedCount } from './vault/index.ts';

interface KeyOfficeParts {
  readonly vault: Vault;
  readonly root: RootKeys;
}

/** What the operator does with the root key. What the vault throws is answered. */
export class KeyOffice implements RootKeyOffice {
  readonly #vault: Vault;
  readonly #root: RootKeys;

  constructor({ vault, root }: KeyOfficeParts) {
    this.#vault = vault;
    this.#root = root;
  }

  async show(): Promise<RootKeyView> {
    const [versions, inUse] = [await this.#root.versions(), await this.#vault.rootKeysInUse()];
    const { kind, hasPassphrase } = this.#root;
    return { kind, hasPassphrase, versions, inUse: inUse.map(useView) };
  }

  async rewrap(isRenewed: boolean): Promise<RootKeyView> {
    await this.#vault.rewrapAccountKeys(isRenewed);
    return await this.show();
  }

  async changePassphrase(current: string | null, next: string | null): Promise<Fault | null> {
    const [from, to] = [octets(current), octets(next)];
    try {
      await this.#vault.changeRootPassphrase(from, to);
      return null;
    } catch (error) {
      if (error instanceof FaultError) return error.fault;
      throw error;
    } finally {
      for (const bytes of [from, to]) bytes?.fill(0);
    }
  }
}

const octets = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));

const useView = ({ tag, version, count }: WrappedCount): RootUseView => ({
  kind: (Object.keys(rootKinds) as RootKind[]).find((kind) => rootKinds[kind] === tag) ?? 'unknown',
  version,
  accountKeys: count,
});
