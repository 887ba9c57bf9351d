import { systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import { type Fault, fault } from '../../src/base/fault.ts';
import { type Id, IdSource, idText, idTimeMs } from '../../src/base/id.ts';
import type {
  Accepted,
  Claim,
  MessagePage,
  MessageSearch,
  Messages,
  MessageView,
  Settled,
  Submission,
} from '../../src/messages/index.ts';

const DAY_MS = 86_400_000;
/** NPA-555-0100 to 0199 are reserved for fiction: the only numbers this river knows. */
const NUMBER = /^\+?1\d{3}55501\d{2}$/;

interface Stored {
  readonly submission: Submission;
  readonly accepted: Accepted;
  view: MessageView;
}

interface Claimed {
  readonly bodyHash: Buffer;
  readonly ids: readonly Id[];
  isAtWork: boolean;
}

/** A river in memory: it keeps what the contract of `Messages` promises to doors, and nothing is ever sent. */
export class FakeMessages implements Messages {
  readonly #ids = new IdSource(systemClock, systemEntropy);
  readonly #stored = new Map<string, Stored>();
  readonly #claims = new Map<string, Claimed>();
  hasRoom = true;
  /** What every submission is refused with; null where each is looked at. */
  refusal: Fault | null = null;
  readonly maxSegments = 10;
  #held: (() => void)[] | null = null;

  /** What was submitted and accepted, oldest first. */
  get submissions(): readonly Submission[] {
    return [...this.#stored.values()].map(({ submission }) => submission);
  }

  /** From now on each submission is answered when its function in the list that this gives is called. */
  hold(): readonly (() => void)[] {
    this.#held = [];
    return this.#held;
  }

  /** New submissions are answered at once again. */
  goOn(): void {
    this.#held = null;
  }

  submit(submission: Submission, settled: Settled): void {
    const settle = () => settled(this.#refusal(submission) ?? this.#store(submission));
    if (this.#held === null) setImmediate(settle);
    else this.#held.push(settle);
  }

  #refusal({ to, from, content, credential }: Submission): Fault | null {
    if (this.refusal) return this.refusal;
    if (!this.hasRoom) return fault('throttled', { retryAfterMs: 2500 });
    if (!NUMBER.test(to)) return fault('invalid_number', { field: '/to' });
    if (!credential.capability.senders.includes(from)) return fault('sender_not_allowed', { field: '/from' });
    return content.kind === 'text' && content.text === '' ? fault('text_empty', { field: '/text' }) : null;
  }

  #store(submission: Submission): Accepted {
    const id = submission.id ?? this.#ids.next();
    const accepted: Accepted = {
      id,
      state: submission.sendAtMs === null ? 'accepted' : 'scheduled',
      segments: 1,
      dataCoding: 0,
      acceptedAtMs: idTimeMs(id),
      expiresAtMs: idTimeMs(id) + (submission.validityMs ?? DAY_MS),
    };
    this.#stored.set(idText(id), { submission, accepted, view: viewOf(submission, accepted) });
    return accepted;
  }

  claim(accountId: number, key: string, bodyHash: Buffer, count: number): Promise<Claim> {
    const name = `${accountId} ${key}`;
    const known = this.#claims.get(name);
    if (known === undefined) return Promise.resolve(this.#newClaim(name, bodyHash, count));
    if (!known.bodyHash.equals(bodyHash)) return refused('idempotency_mismatch');
    if (known.isAtWork) return refused('idempotency_in_progress');
    known.isAtWork = true;
    return Promise.resolve(this.#claimed(name, known));
  }

  #newClaim(name: string, bodyHash: Buffer, count: number): Claim {
    const claimed: Claimed = { bodyHash, ids: Array.from({ length: count }, () => this.#ids.next()), isAtWork: true };
    this.#claims.set(name, claimed);
    return this.#claimed(name, claimed);
  }

  #claimed(name: string, claimed: Claimed): Claim {
    const release = () => {
      claimed.isAtWork = false;
      if (!claimed.ids.some((id) => this.#stored.has(idText(id)))) this.#claims.delete(name);
    };
    const answers = claimed.ids.map((id) => this.#stored.get(idText(id))?.accepted ?? null);
    return { kind: 'claimed', ids: claimed.ids, answers, release };
  }

  find(accountId: number, id: Id): Promise<MessageView | null> {
    return Promise.resolve(this.#of(accountId, id)?.view ?? null);
  }

  search(query: MessageSearch): Promise<MessagePage | Fault> {
    if (query.recipient !== null && !NUMBER.test(query.recipient)) {
      return Promise.resolve(fault('invalid_number', { field: '/recipient' }));
    }
    const found = [...this.#stored.values()]
      .filter(({ submission, view }) => matches(query, submission, view))
      .map(({ view }) => view)
      .toReversed();
    const messages = found.slice(0, query.limit);
    return Promise.resolve({ messages, next: found.length > query.limit ? messages.at(-1)!.id : null });
  }

  cancel(accountId: number, id: Id): Promise<MessageView | Fault> {
    const stored = this.#of(accountId, id);
    if (stored === undefined) return Promise.resolve(fault('message_not_found'));
    if (stored.view.state !== 'scheduled') return Promise.resolve(fault('message_not_cancellable'));
    stored.view = { ...stored.view, state: 'cancelled' };
    return Promise.resolve(stored.view);
  }

  #of(accountId: number, id: Id): Stored | undefined {
    const stored = this.#stored.get(idText(id));
    return stored?.submission.credential.accountId === accountId ? stored : undefined;
  }
}

const refused = (code: 'idempotency_mismatch' | 'idempotency_in_progress'): Promise<Claim> =>
  Promise.resolve({ kind: 'refused', fault: fault(code) });

function matches(query: MessageSearch, submission: Submission, view: MessageView): boolean {
  return (
    submission.credential.accountId === query.accountId &&
    (query.recipient === null || submission.to.endsWith(query.recipient.slice(1))) &&
    (query.state === null || view.state === query.state) &&
    (query.fromMs === null || view.acceptedAtMs >= query.fromMs) &&
    (query.untilMs === null || view.acceptedAtMs < query.untilMs) &&
    (query.after === null || view.id.compare(query.after) < 0)
  );
}

const viewOf = (submission: Submission, accepted: Accepted): MessageView => ({
  id: accepted.id,
  direction: 'mt',
  state: accepted.state,
  maskedTo: `+*********${submission.to.slice(-2)}`,
  from: submission.from,
  class: submission.class,
  segments: accepted.segments,
  dataCoding: accepted.dataCoding,
  reference: submission.reference,
  acceptedAtMs: accepted.acceptedAtMs,
  expiresAtMs: accepted.expiresAtMs,
  timeline: [{ atMs: accepted.acceptedAtMs, state: accepted.state, segment: 0, carrier: null, code: 0 }],
});
