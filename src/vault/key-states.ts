import { DAY_MS } from '../base/clock.ts';

/** What a state allows. `protects`: new data may be sealed under the key; `opens`: what was sealed may be opened. */
interface KeyStateRow {
  readonly protects: boolean;
  readonly opens: boolean;
  readonly next: readonly string[];
}

/**
 * The states of NIST SP 800-57 Part 1 Rev. 5 §7, but for `suspended`: nobody here waits for an answer about a key. The
 * database holds every change to this table (`vault.check_transition`).
 */
export const keyStates = {
  /** Made, and its time has not come. */
  'pre-active': { protects: false, opens: false, next: ['active', 'compromised', 'destroyed'] },
  active: { protects: true, opens: true, next: ['deactivated', 'compromised', 'destroyed'] },
  /** Its period has ended, or another took its place. */
  deactivated: { protects: false, opens: true, next: ['compromised', 'destroyed'] },
  /** Somebody else may know it. What it sealed is still opened, for its owner has nothing else. */
  compromised: { protects: false, opens: true, next: ['destroyed'] },
  destroyed: { protects: false, opens: false, next: [] },
} as const satisfies Readonly<Record<string, KeyStateRow>>;

export type KeyState = keyof typeof keyStates;

export const allows = (from: KeyState, to: KeyState): boolean =>
  (keyStates[from].next as readonly KeyState[]).includes(to);

/** How long a key protects what is new, and what follows when that has ended. */
export interface KeyPeriod {
  /** Null: for as long as what it is for. */
  readonly protectsMs: number | null;
  readonly after: 'rotated' | 'deactivated' | 'kept' | 'destroyed';
  readonly why: string;
}

const YEAR_MS = 365 * DAY_MS;

/** NIST SP 800-57 Part 1 Rev. 5 §5.3.6, Table 1: symmetric key-wrapping keys, data-encryption keys, key-derivation keys. */
export const keyPeriods = {
  root: {
    protectsMs: YEAR_MS,
    after: 'kept',
    why: 'It wraps every account key. Whoever keeps it exchanges it, and then has every account key wrapped again.',
  },
  account: {
    protectsMs: YEAR_MS,
    after: 'rotated',
    why: 'It wraps the other keys of its account. They are wrapped again under its successor, then it is destroyed.',
  },
  day: {
    protectsMs: DAY_MS,
    after: 'deactivated',
    why: 'It seals messages of one UTC day. It opens them until retention destroys it.',
  },
  code: {
    protectsMs: null,
    after: 'destroyed',
    why: 'It seals the one-time codes that end within one window of ten minutes, and is destroyed with the window.',
  },
  record: {
    protectsMs: YEAR_MS,
    after: 'rotated',
    why: 'It seals passwords of carriers and secrets of webhooks. It is exchanged with the account key, and older versions open what was sealed under them.',
  },
  index: {
    protectsMs: null,
    after: 'kept',
    why: 'It hashes numbers, so that a person is found again. Another one would make strangers of all people of the account.',
  },
  recipient: {
    protectsMs: null,
    after: 'kept',
    why: 'It lives as long as the person is known, for it makes every message to that person unreadable when it is destroyed. It never seals alone: the key of the day goes with it.',
  },
} as const satisfies Readonly<Record<string, KeyPeriod>>;

/** So long before a key is due whoever exchanges it is told. */
export const DUE_SOON_MS = 30 * DAY_MS;

export type PeriodOf = keyof typeof keyPeriods;
