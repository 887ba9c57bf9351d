import { SECOND_MS } from '../../base/clock.ts';
import { statuses } from '../../wire/smpp/statuses.ts';

/** How long a link of the sandbox waits for an answer. */
export const RESPONSE_MS = 10 * SECOND_MS;
const DELIVERED_LATER_MS = 10 * SECOND_MS;
const ANSWERED_LATE_MS = SECOND_MS;

/** What the sandbox does next with a part it did not refuse: it answers, its answer is lost, or a receipt comes. */
export interface SandboxStep {
  /** Counted from the step before. */
  readonly afterMs: number;
  readonly does: 'answer' | 'lose the answer' | 'delivered' | 'undelivered' | 'expired';
}

export interface SandboxRule {
  /** The last two digits it is for, from and to. */
  readonly digits: readonly [number, number];
  /** In words, for the documentation and the command line. */
  readonly words: string;
  /** How the first tries are refused; the try after them is taken and the count begins anew. Null where none is. */
  readonly refusal: { readonly code: number; readonly tries: number } | null;
  readonly steps: readonly SandboxStep[];
}

const answer = { afterMs: 0, does: 'answer' } as const;
const loseAnswer = { afterMs: RESPONSE_MS, does: 'lose the answer' } as const;
const deliver = { afterMs: 0, does: 'delivered' } as const;

/**
 * What becomes of a part, by the last two digits of a North American number reserved for fiction: any area code, then
 * 555-01xx. Any other number has the fate of the first row.
 */
export const sandboxRules = [
  { digits: [0, 89], words: 'delivered at once', refusal: null, steps: [answer, deliver] },
  {
    digits: [90, 90],
    words: 'not delivered',
    refusal: null,
    steps: [answer, { afterMs: 0, does: 'undelivered' }],
  },
  { digits: [91, 91], words: 'expired', refusal: null, steps: [answer, { afterMs: 0, does: 'expired' }] },
  {
    digits: [92, 92],
    words: 'delivered after 10 seconds',
    refusal: null,
    steps: [answer, { afterMs: DELIVERED_LATER_MS, does: 'delivered' }],
  },
  {
    digits: [93, 93],
    words: 'throttled twice (ESME_RTHROTTLED), then delivered',
    refusal: { code: statuses.ESME_RTHROTTLED.value, tries: 2 },
    steps: [answer, deliver],
  },
  {
    digits: [94, 94],
    words: 'refused for good (ESME_RINVDSTADR)',
    refusal: { code: statuses.ESME_RINVDSTADR.value, tries: Number.POSITIVE_INFINITY },
    steps: [],
  },
  {
    digits: [95, 95],
    words: 'refused for now twice (ESME_RSYSERR), then delivered',
    refusal: { code: statuses.ESME_RSYSERR.value, tries: 2 },
    steps: [answer, deliver],
  },
  { digits: [96, 96], words: 'never answered: stays in doubt', refusal: null, steps: [loseAnswer] },
  {
    digits: [97, 97],
    words: 'the answer is lost after 10 seconds, but the receipt comes: delivered',
    refusal: null,
    steps: [loseAnswer, deliver],
  },
  {
    digits: [98, 98],
    words: 'delivered, and the receipt comes a second before the answer',
    refusal: null,
    steps: [deliver, { afterMs: ANSWERED_LATE_MS, does: 'answer' }],
  },
  {
    digits: [99, 99],
    words: 'delivered, and the receipt comes twice',
    refusal: null,
    steps: [answer, deliver, deliver],
  },
] as const satisfies readonly SandboxRule[];

const FICTION = /^1\d{3}55501(\d\d)$/;

/** The rule for a number in E.164 digits. */
export function ruleFor(to: string): SandboxRule {
  const ending = Number(FICTION.exec(to)?.[1] ?? 0);
  return sandboxRules.find(({ digits: [from, until] }) => from <= ending && ending <= until)!;
}
