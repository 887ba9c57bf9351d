import type { Actor, Audit } from './audit/index.ts';
import { type Fault, FaultError } from './base/fault.ts';
import type { RootKeyOffice, RootKeyView, RootUseView } from './doors/api/index.ts';
import {
  type RootKeys,
  type RootKind,
  type RootLife,
  rootKinds,
  type Vault,
  type WrappedCount,
} from './vault/index.ts';

interface KeyOfficeParts {
  readonly audit: Pick<Audit, 'done' | 'noted'>;
  readonly vault: Vault;
  readonly root: RootKeys;
  readonly rootLife: Pick<RootLife, 'age' | 'forget'>;
  /** Looks anew whether the root key is due. */
  readonly keyWatch: { round(): Promise<void> };
}

/**
 * What the operator does with the root key. Who asked is on record before it is done; what is done, with it. What the vault
 * throws is answered.
 */
export class KeyOffice implements RootKeyOffice {
  readonly #audit: KeyOfficeParts['audit'];
  readonly #vault: Vault;
  readonly #root: RootKeys;
  readonly #rootLife: KeyOfficeParts['rootLife'];
  readonly #keyWatch: KeyOfficeParts['keyWatch'];

  constructor({ audit, vault, root, rootLife, keyWatch }: KeyOfficeParts) {
    this.#audit = audit;
    this.#vault = vault;
    this.#root = root;
    this.#rootLife = rootLife;
    this.#keyWatch = keyWatch;
  }

  async show(): Promise<RootKeyView> {
    const [{ versions, dueAtMs }, inUse] = [await this.#rootLife.age(), await this.#vault.rootKeysInUse()];
    const { kind, hasPassphrase } = this.#root;
    return { kind, hasPassphrase, versions, dueAtMs, inUse: inUse.map(useView) };
  }

  async rewrap(isRenewed: boolean, by: Actor): Promise<RootKeyView | Fault> {
    const about = { version: isRenewed ? 'new' : 'latest' };
    const why = await this.#audit.noted(this.#audit.done(by, 'key.rewrap', ['key:all/account'], about));
    if (why) return why;
    await this.#vault.rewrapAccountKeys(isRenewed);
    await this.#keyWatch.round();
    return await this.show();
  }

  async forget(version: number, by: Actor): Promise<RootKeyView | Fault> {
    const about = { version: String(version) };
    const why = await this.#audit.noted(this.#audit.done(by, 'key.forget', ['key:all/root'], about));
    if (why) return why;
    await this.#rootLife.forget(version);
    return await this.show();
  }

  async changePassphrase(current: string | null, next: string | null, by: Actor): Promise<Fault | null> {
    const about = { has: next === null ? 'none' : 'another' };
    const why = await this.#audit.noted(this.#audit.done(by, 'key.passphrase', ['key:all/root'], about));
    if (why) return why;
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
