import { systemClock } from '../../src/base/clock.ts';
import { type Fault, fault } from '../../src/base/fault.ts';
import type {
  CompromiseView,
  InventoryView,
  RotationView,
  VaultDesk,
  WantedCompromise,
} from '../../src/doors/api/index.ts';
import { vaultUses } from '../../src/vault/index.ts';

/** A vault of one account, `acme`, and the gateway. */
export class FakeVaultDesk implements VaultDesk {
  readonly #rotations: RotationView[] = [];
  readonly compromised: WantedCompromise[] = [];

  inventory(): Promise<InventoryView> {
    const oldestMs = systemClock.now();
    const counts = [
      { kind: 'account', state: 'active', count: 2, oldestMs, newestMs: oldestMs },
      { kind: 'day', state: 'active', count: 1, oldestMs, newestMs: oldestMs },
      { kind: 'day', state: 'pre-active', count: 1, oldestMs, newestMs: oldestMs },
      { kind: 'recipient', state: 'active', count: 7, oldestMs: null, newestMs: null },
    ] as const;
    return Promise.resolve({ uses: vaultUses(counts), rotations: this.#rotations });
  }

  rotate(account: string | null): Promise<RotationView | Fault> {
    if (account !== null && account !== 'acme') return Promise.resolve(fault('not_found'));
    const view = { account, version: 2, rewrapped: 0, startedAtMs: systemClock.now() };
    this.#rotations.push(view);
    return Promise.resolve(view);
  }

  compromise(wanted: WantedCompromise): Promise<CompromiseView | Fault> {
    if (wanted.account !== null && wanted.account !== 'acme') return Promise.resolve(fault('not_found'));
    this.compromised.push(wanted);
    const days = wanted.day === null ? ['2026-11-24', '2026-11-25'] : [wanted.day];
    return Promise.resolve({ recipients: 7, days, messages: 12, secrets: ['secret of the webhook'], redrawn: 1 });
  }
}
