import type { Accounts } from './access/index.ts';
import { type Clock, DAY_MS, HOUR_MS, SECOND_MS } from './base/clock.ts';
import { type Fault, fault } from './base/fault.ts';
import { OneByOne } from './base/one-by-one.ts';
import type {
  ErasureView,
  HoldView,
  LatenessView,
  Privacy,
  RetentionView,
  WantedErasure,
  WantedHold,
  WantedRetention,
} from './doors/api/index.ts';
import { type Flow, logged } from './flow.ts';
import type { Foundation, GatewayOptions } from './foundation.ts';
import {
  certificateOf,
  Erasure,
  erasureStore,
  type Hold,
  Holds,
  holdState,
  isDatum,
  Retention,
  type RetentionRow,
  type RetentionState,
  retention,
} from './privacy/index.ts';
import { repeat } from './repeat.ts';
import { storeFault } from './store/index.ts';
import { parseNumber } from './wire/number/e164.ts';
import { senderKind } from './wire/number/sender.ts';

/** The signed checkpoint that covers an erasure comes within a second or two. */
const PROOF_TRIES = 20;
const PROOF_EVERY_MS = SECOND_MS / 2;

/** What an operator does about what is kept. */
export class PrivacyOffice implements Privacy {
  readonly retention: Retention;
  readonly #base: Foundation;
  readonly #clock: Clock;
  readonly #holds: Holds;
  readonly #erasure: Erasure;
  readonly #forgotten: (people: readonly { accountId: number; id: number }[]) => Promise<void>;
  /** Whoever waits for one waits for all before it. */
  readonly #forgettings = new OneByOne();

  constructor({ clock, log }: GatewayOptions, base: Foundation, { river }: Pick<Flow, 'river'>) {
    this.#base = base;
    this.#clock = clock;
    this.#forgotten = (people) => river.forget(people);
    const parts = { ...base, pool: base.database.engine, clock, log };
    this.retention = new Retention(parts);
    this.#holds = new Holds(parts);
    this.#erasure = new Erasure({
      ...parts,
      lookUp: (accountId, digits) => base.recipients.lookUp(accountId, digits),
      forget: () => this.forget(),
      logSize: async () => (await base.auditLog.head())?.size ?? 0,
    });
  }

  /** Ends what is due, now and every hour, until the gateway stops. */
  begin({ clock, log }: GatewayOptions, taken: AsyncDisposableStack): void {
    const failed = logged(log, 'retention_failed');
    const rounds = new OneByOne();
    const round = () => rounds.do(() => this.round());
    round().catch(failed);
    taken.defer(() => rounds.ended());
    taken.defer(repeat(clock, HOUR_MS, round, failed));
  }

  /** What is due now. */
  async round(): Promise<void> {
    try {
      await this.#erasure.finish('lately');
    } finally {
      await this.retention.round();
    }
  }

  /** Forgets in memory whoever was erased, here or elsewhere. */
  forget(): Promise<void> {
    return this.#forgettings.do(() => this.#forgetNow());
  }

  async #forgetNow(): Promise<void> {
    await this.#base.keyLife.tellDestroyed(async (people) => {
      this.#base.recipients.forget(people);
      await this.#forgotten(people);
      await this.#erasure.finish(people);
    });
  }

  async showRetention(): Promise<readonly RetentionView[]> {
    const state = await this.retention.show();
    const names = await this.#names();
    return Object.entries(retention).map(([datum, row]) => viewOf(datum, row, state, names));
  }

  async lateness(): Promise<readonly LatenessView[] | null> {
    try {
      return await this.retention.lateness();
    } catch (error) {
      if (storeFault(error) === null) throw error;
      return null;
    }
  }

  async setRetention(wanted: WantedRetention): Promise<readonly RetentionView[] | Fault> {
    const { datum, account, days, by, why } = wanted;
    if (!isDatum(datum)) return fault('not_found', { detail: 'The table of retention has no such row.' });
    const accountId = account === null ? 0 : await this.#accountId(account);
    if (typeof accountId === 'object') return accountId;
    const set = await this.retention.set({ accountId, datum, days, setBy: by, ...(why !== undefined && { why }) });
    return 'code' in set ? set : this.showRetention();
  }

  async listHolds(): Promise<readonly HoldView[]> {
    const names = await this.#names();
    return (await this.#holds.list()).map((hold) => this.#holdView(hold, names));
  }

  async askHold({ account, number, sender, by, ...wanted }: WantedHold): Promise<HoldView | Fault> {
    const accountId = await this.#accountId(account);
    if (typeof accountId === 'object') return accountId;
    if (sender !== null && senderKind(sender) === null) return fault('invalid_sender', { field: '/sender' });
    const recipientId = number === null ? null : await this.#recipientId(accountId, number);
    if (typeof recipientId === 'object' && recipientId !== null) return recipientId;
    return this.#held(await this.#holds.ask({ ...wanted, accountId, recipientId, sender: senderOf(sender) }, by));
  }

  async approveHold(id: number, by: string, why?: string): Promise<HoldView | Fault> {
    return this.#held(await this.#holds.approve(id, by, why));
  }

  async endHold(id: number, by: string, why?: string): Promise<HoldView | Fault> {
    return this.#held(await this.#holds.end(id, by, why));
  }

  async erase({ account, number, why, by }: WantedErasure): Promise<ErasureView | Fault> {
    const wanted = await this.#person(account, number);
    if ('code' in wanted) return wanted;
    return this.#erasure.erase({ ...wanted, why, by });
  }

  async liftSuppression({ account, number, why, by }: WantedErasure): Promise<Fault | null> {
    const wanted = await this.#person(account, number);
    return 'code' in wanted ? wanted : this.#erasure.lift({ ...wanted, why, by });
  }

  async certificate(id: string): Promise<{ certificate: string; verifier: string } | Fault> {
    const { auditLog, database } = this.#base;
    const row = await erasureStore.find(database.engine, id);
    if (row === null) return fault('not_found', { detail: 'There was no erasure of that number.' });
    for (let left = PROOF_TRIES; left > 0; left--) {
      const certificate = await certificateOf(auditLog, row);
      if (certificate !== null) return { certificate, verifier: auditLog.key.verifier };
      await this.#clock.sleep(PROOF_EVERY_MS);
    }
    return fault('not_proven_yet');
  }

  async #person(account: string, number: string): Promise<{ accountId: number; digits: string } | Fault> {
    const accountId = await this.#accountId(account);
    if (typeof accountId === 'object') return accountId;
    const digits = parseNumber(number);
    return digits === null ? fault('invalid_number', { field: '/number' }) : { accountId, digits };
  }

  async #recipientId(accountId: number, number: string): Promise<number | Fault> {
    const digits = parseNumber(number);
    if (digits === null) return fault('invalid_number', { field: '/number' });
    const recipient = await this.#base.recipients.lookUp(accountId, digits);
    return recipient?.id ?? fault('not_found', { detail: 'Nothing was sent to or came from that number.' });
  }

  async #accountId(name: string): Promise<number | Fault> {
    const { accounts }: { accounts: Accounts } = this.#base;
    const account = await accounts.find(name);
    return account?.id ?? fault('not_found', { detail: 'There is no account of that name.', field: '/account' });
  }

  async #names(): Promise<ReadonlyMap<number, string>> {
    return new Map((await this.#base.accounts.list()).map(({ id, name }) => [id, name]));
  }

  async #held(hold: Hold | Fault): Promise<HoldView | Fault> {
    return 'code' in hold ? hold : this.#holdView(hold, await this.#names());
  }

  #holdView(hold: Hold, names: ReadonlyMap<number, string>): HoldView {
    const { accountId, recipientId, ...rest } = hold;
    return {
      ...rest,
      account: names.get(accountId) ?? '',
      isOfOnePerson: recipientId !== null,
      state: holdState(hold, this.#clock.now()),
    };
  }
}

const senderOf = (sender: string | null): string | null =>
  sender !== null && senderKind(sender) === 'long_code' ? parseNumber(sender) : sender;

function viewOf(
  datum: string,
  row: RetentionRow,
  { settings, oldest, due }: RetentionState,
  names: ReadonlyMap<number, string>,
): RetentionView {
  const own = settings.filter((setting) => setting.datum === datum);
  const { what, days, bounds, ends, why, owner } = row;
  const of = due.find((one) => one.datum === datum);
  const day = (isDatum(datum) ? oldest[datum] : null) ?? null;
  return {
    datum,
    what,
    days: own.find(({ accountId }) => accountId === 0)?.days ?? days,
    least: bounds?.least ?? null,
    most: bounds?.most ?? null,
    accounts: own
      .filter(({ accountId }) => accountId !== 0)
      .map((setting) => ({ account: names.get(setting.accountId) ?? '', days: setting.days })),
    ends,
    why,
    owner,
    oldestMs: day === null ? null : day * DAY_MS,
    held: of?.held ?? 0,
    late: of?.late ?? 0,
    lateByDays: of?.lateByDays ?? 0,
  };
}
