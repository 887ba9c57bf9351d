import { type Fault, fault } from '../../src/base/fault.ts';
import type {
  ErasureView,
  HoldView,
  LatenessView,
  Privacy,
  RetentionView,
  WantedErasure,
  WantedHold,
  WantedRetention,
} from '../../src/doors/api/index.ts';

const ACCOUNTS = ['acme', 'bank'];

/** What is kept, in memory: one row of retention, holds, and people who were erased. */
export class FakePrivacy implements Privacy {
  readonly holds: HoldView[] = [];
  readonly erased: WantedErasure[] = [];
  /** What every erasure ends in instead. */
  refuses: Fault | null = null;
  #days = 30;

  showRetention(): Promise<readonly RetentionView[]> {
    const words = {
      what: 'What messages say.',
      ends: 'Its key is destroyed.',
      why: 'To answer.',
      owner: 'The account.',
    };
    const state = { oldestMs: Date.UTC(2030, 0, 1), held: 0, late: 0, lateByDays: 0 };
    const bounds = { least: 1, most: 396, accounts: [] };
    return Promise.resolve([{ datum: 'message_body', days: this.#days, ...words, ...bounds, ...state }]);
  }

  isLate: readonly LatenessView[] | null = [{ datum: 'message_body', held: 1, late: 2, lateByDays: 3 }];

  lateness(): Promise<readonly LatenessView[] | null> {
    return Promise.resolve(this.isLate);
  }

  setRetention({ datum, days }: WantedRetention): Promise<readonly RetentionView[] | Fault> {
    if (datum !== 'message_body') return Promise.resolve(fault('not_found'));
    this.#days = days;
    return this.showRetention();
  }

  listHolds(): Promise<readonly HoldView[]> {
    return Promise.resolve(this.holds.toReversed());
  }

  askHold({ number, by, ...wanted }: WantedHold): Promise<HoldView | Fault> {
    if (!ACCOUNTS.includes(wanted.account)) return Promise.resolve(fault('not_found'));
    const nobody = { approvedBy: null, approvedAtMs: null, endedBy: null, endedAtMs: null };
    const asked = { askedBy: by, askedAtMs: Date.UTC(2030, 0, 1), isOfOnePerson: number !== null };
    const hold: HoldView = { id: this.holds.length + 1, ...wanted, ...asked, ...nobody, state: 'asked' };
    this.holds.push(hold);
    return Promise.resolve(hold);
  }

  approveHold(id: number, by: string): Promise<HoldView | Fault> {
    const hold = this.holds[id - 1];
    if (!hold) return Promise.resolve(fault('not_found'));
    if (hold.askedBy === by) return Promise.resolve(fault('second_person_needed'));
    return this.#change(id, { approvedBy: by, approvedAtMs: Date.UTC(2030, 0, 2), state: 'in force' });
  }

  endHold(id: number, by: string): Promise<HoldView | Fault> {
    if (!this.holds[id - 1]) return Promise.resolve(fault('not_found'));
    return this.#change(id, { endedBy: by, endedAtMs: Date.UTC(2030, 0, 3), state: 'ended' });
  }

  erase(wanted: WantedErasure): Promise<ErasureView | Fault> {
    if (this.refuses) return Promise.resolve(this.refuses);
    if (!ACCOUNTS.includes(wanted.account)) return Promise.resolve(fault('not_found'));
    this.erased.push(wanted);
    const id = '01890a5d-ac96-774b-bcce-b302099a8057';
    return Promise.resolve({ id, atMs: Date.UTC(2030, 0, 1), messages: 2, waiting: 1, parts: 0, references: 1 });
  }

  liftSuppression({ number }: WantedErasure): Promise<Fault | null> {
    return Promise.resolve(this.erased.some((one) => one.number === number) ? null : fault('not_found'));
  }

  certificate(): Promise<{ certificate: string; verifier: string } | Fault> {
    return Promise.resolve(
      this.erased.length > 0 ? { certificate: 'c2sp.org/tlog-proof@v1\n', verifier: 'log+01+AA' } : fault('not_found'),
    );
  }

  #change(id: number, about: Partial<HoldView>): Promise<HoldView> {
    const hold = { ...this.holds[id - 1]!, ...about };
    this.holds[id - 1] = hold;
    return Promise.resolve(hold);
  }
}
