import { type Fault, fault } from '../../src/base/fault.ts';
import type { RootKeyOffice, RootKeyView } from '../../src/doors/api/index.ts';

/** A root key in a file, in memory; it wraps one account key. */
export class FakeRootKeys implements RootKeyOffice {
  #passphrase: string | null = null;
  #versionCount = 1;

  show(): Promise<RootKeyView> {
    return Promise.resolve({
      kind: 'file',
      hasPassphrase: this.#passphrase !== null,
      versions: Array.from({ length: this.#versionCount }, (_, at) => ({
        version: at + 1,
        madeAtMs: at === 0 ? null : 0,
      })),
      dueAtMs: null,
      inUse: [{ kind: 'file', version: this.#versionCount, accountKeys: 1 }],
    });
  }

  rewrap(isRenewed: boolean): Promise<RootKeyView> {
    if (isRenewed) this.#versionCount++;
    return this.show();
  }

  forget(version: number): Promise<RootKeyView | Fault> {
    return version === this.#versionCount ? Promise.resolve(fault('root_key_in_use')) : this.show();
  }

  changePassphrase(current: string | null, next: string | null): Promise<Fault | null> {
    if (current !== this.#passphrase) return Promise.resolve(fault('passphrase_wrong'));
    this.#passphrase = next;
    return Promise.resolve(null);
  }
}
