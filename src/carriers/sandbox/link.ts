import type { Clock } from '../../base/clock.ts';
import { SECOND_MS } from '../../base/clock.ts';
import type { Entropy } from '../../base/entropy.ts';
import { must, never } from '../../base/must.ts';
import type {
  Answer,
  CarrierEvents,
  CarrierLink,
  CarrierTraits,
  HandOver,
  InboundPart,
  OutboundPart,
  ReceiptOutcome,
} from '../carrier.ts';
import { nextAfter } from '../smpp/submit-policy.ts';
import type { Handset, HandsetLine } from './handset.ts';
import { ruleFor, type SandboxRule } from './rules.ts';

const WINDOW = 100;
/** Parts whose last receipt has not come: beyond them the sandbox takes no more until some have. */
const UNDERWAY_MAX = 2000;
const SLOW_DOWN_MS = SECOND_MS;
const RECEIPT_AGAIN_MS = SECOND_MS;
const RECEIPT_TRIES = 10;
const RUN_BYTES = 4;

export interface SandboxLinkOptions {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly handset: Handset;
}

/** A part on its way through the sandbox. */
interface Passage<Part> {
  readonly part: Part;
  readonly rule: SandboxRule;
  readonly reference: string;
  step: number;
  isAnswered: boolean;
  isShown: boolean;
  callOff: () => void;
}

/** A carrier inside this process that reaches nobody but the handset; `sandboxRules` says what becomes of each number. */
export class SandboxLink<Part extends OutboundPart> implements CarrierLink<Part>, HandsetLine {
  readonly traits: CarrierTraits = { cutting: 'header-8', nationalLanguages: [] };
  readonly #options: SandboxLinkOptions;
  readonly #events: CarrierEvents<Part>;
  readonly #underway = new Set<Passage<Part>>();
  /** Timers that belong to no passage: of the start, of a pause, of receipts to be sent again. */
  readonly #timers = new Set<() => void>();
  /** Refusals so far, by number. Only 555-01xx numbers with a rule for it come in: at most a few thousand. */
  readonly #refusals = new Map<string, number>();
  /** Tells the references of one run from those of another. */
  readonly #run: string;
  #state: 'stopped' | 'up' | 'ending' = 'stopped';
  #unanswered = 0;
  #submitted = 0;
  #pauses = 0;
  #whenQuiet: (() => void) | null = null;

  constructor(options: SandboxLinkOptions, events: CarrierEvents<Part>) {
    this.#options = options;
    this.#events = events;
    this.#run = options.entropy.fill(Buffer.alloc(RUN_BYTES)).toString('hex');
  }

  get room(): number {
    if (!this.isUp || this.#pauses > 0) return 0;
    return Math.max(0, Math.min(WINDOW - this.#unanswered, UNDERWAY_MAX - this.#underway.size));
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  get status(): string {
    return this.#state;
  }

  start(): void {
    this.#state = 'up';
    this.#options.handset.connect(this);
    this.#after(0, () => this.#events.changed());
  }

  async stop(): Promise<void> {
    this.#state = 'ending';
    this.#options.handset.disconnect(this);
    this.#loseWhatIsNeverAnswered();
    if (this.#unanswered > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#whenQuiet = resolve;
      await promise;
    }
    for (const { callOff } of this.#underway) callOff();
    for (const callOff of this.#timers) callOff();
    this.#underway.clear();
    this.#timers.clear();
    this.#pauses = 0;
    this.#state = 'stopped';
  }

  submit(part: Part): void {
    must(this.room > 0, 'a part is handed over only where there is room');
    const passage: Passage<Part> = {
      part,
      rule: ruleFor(part.to),
      reference: `${this.#run}-${++this.#submitted}`,
      step: 0,
      isAnswered: false,
      isShown: false,
      callOff: () => {},
    };
    this.#underway.add(passage);
    this.#unanswered++;
    const refusal = this.#refusalOf(passage);
    if (refusal === null) return this.#plan(passage);
    passage.callOff = this.#options.clock.after(0, () => {
      this.#underway.delete(passage);
      this.#refuse(passage, refusal);
    });
  }

  inbound(part: InboundPart, answer: Answer): void {
    this.#events.inbound(part, answer);
  }

  /** With what code this try is refused; null where it is taken. */
  #refusalOf({ part, rule }: Passage<Part>): number | null {
    if (rule.refusal === null) return null;
    const { code, tries } = rule.refusal;
    if (tries === Number.POSITIVE_INFINITY) return code;
    const refused = this.#refusals.get(part.to) ?? 0;
    if (refused < tries) this.#refusals.set(part.to, refused + 1);
    else this.#refusals.delete(part.to);
    return refused < tries ? code : null;
  }

  #refuse(passage: Passage<Part>, code: number): void {
    const next = nextAfter(code);
    if (next === 'slow down') this.#pause();
    this.#answer(passage, { kind: 'refused', code, next });
  }

  #pause(): void {
    this.#pauses++;
    this.#after(SLOW_DOWN_MS, () => {
      this.#pauses--;
      this.#events.changed();
    });
  }

  /** Waits for the next step; a passage without one is over. */
  #plan(passage: Passage<Part>): void {
    const step = passage.rule.steps[passage.step];
    if (step) {
      passage.callOff = this.#options.clock.after(step.afterMs, () => this.#walk(passage));
      return;
    }
    const wasFull = this.#underway.size === UNDERWAY_MAX;
    this.#underway.delete(passage);
    if (wasFull) this.#events.changed();
  }

  /** Takes the step that is due, and those that follow it at once. */
  #walk(passage: Passage<Part>): void {
    const { steps } = passage.rule;
    do this.#take(passage, steps[passage.step++]!.does);
    while (steps[passage.step]?.afterMs === 0);
    this.#plan(passage);
  }

  #take(passage: Passage<Part>, does: SandboxRule['steps'][number]['does']): void {
    switch (does) {
      case 'answer':
        return this.#answer(passage, { kind: 'sent', reference: passage.reference });
      case 'lose the answer':
        return this.#answer(passage, { kind: 'lost' });
      case 'delivered':
        if (!passage.isShown) this.#options.handset.arrives(passage.part);
        passage.isShown = true;
        return this.#tell(passage, 'delivered', 1);
      case 'undelivered':
      case 'expired':
        return this.#tell(passage, does, 1);
      default:
        return never(does);
    }
  }

  #answer(passage: Passage<Part>, result: HandOver): void {
    passage.isAnswered = true;
    this.#unanswered--;
    this.#events.handedOver(passage.part, result);
    if (this.#unanswered === 0) this.#whenQuiet?.();
    this.#events.changed();
  }

  /** A receipt that is not kept comes again, so often. */
  #tell(passage: Passage<Part>, outcome: ReceiptOutcome, attempt: number): void {
    const { part, reference } = passage;
    this.#events.receipt({ reference, outcome, code: 0, handset: part.to, sender: part.from }, (isKept) => {
      if (isKept || attempt === RECEIPT_TRIES || this.#state === 'stopped') return;
      this.#after(RECEIPT_AGAIN_MS, () => this.#tell(passage, outcome, attempt + 1));
    });
  }

  /** There is nothing to wait for: no answer will come to these. */
  #loseWhatIsNeverAnswered(): void {
    for (const passage of this.#underway) {
      if (passage.isAnswered || passage.rule.steps[0]?.does !== 'lose the answer') continue;
      passage.callOff();
      this.#underway.delete(passage);
      this.#answer(passage, { kind: 'lost' });
    }
  }

  #after(delayMs: number, action: () => void): void {
    const callOff = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(callOff);
      action();
    });
    this.#timers.add(callOff);
  }
}
